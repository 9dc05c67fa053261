"""`make demo` fills the directory once."""

import pytest

from audit.actor import COMMAND
from directory.demo import invented
from directory.demo.filling import fill
from directory.models import Group, Person
from tests import factories

pytestmark = pytest.mark.django_db


def test_directory_is_filled_once():
    organization = factories.make_organization()
    assert fill(organization, actor=COMMAND) == (200, 12)
    assert fill(organization, actor=COMMAND) == (0, 0)
    assert Person.objects.count() == 200
    assert Person.objects.filter(manager=None).get().display_name == "Amara Okafor"
    assert Group.objects.get(display_name="Go to market").memberships.filter(child__isnull=False).count() == 2


def test_second_run_adds_what_is_missing():
    organization = factories.make_organization()
    fill(organization, actor=COMMAND)
    last = invented.people()[-1]
    Person.objects.filter(user_principal_name=last.upn).delete()
    Group.objects.filter(display_name="Managers").delete()
    assert fill(organization, actor=COMMAND) == (1, 1)
