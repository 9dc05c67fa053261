"""`make demo` connects the directory once, and skips time only for invented people."""

from datetime import timedelta

import pytest

from audit.actor import COMMAND
from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from directory.actions.people import create_person, delete_person
from directory.demo.connecting import connect
from directory.demo.filling import fill
from directory.demo.tour import tour
from directory.engine.demo_clock import forward
from directory.models import Application, Person
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def application(settings):
    settings.PUBLIC_URL = "https://hub.example.com"
    organization = factories.make_organization()
    fill(organization, actor=COMMAND)
    return connect(organization, actor=COMMAND)


def test_directory_is_connected_once(application):
    assert application.is_on
    assert application.tenant_url == f"https://hub.example.com/v1/scim/{application.organization_id}"
    assert application.assignments.count() == 12
    assert connect(application.organization, actor=COMMAND).pk == application.pk
    assert Application.objects.get().sealed_secret == application.sealed_secret


def test_time_is_skipped_only_for_invented_people(application):
    invented = Person.objects.get(display_name="Keiko Tanaka")
    values = {"userPrincipalName": "ada@example.com", "displayName": "Ada"}
    real = create_person(application.organization, values=values, actor=COMMAND)
    for person in (invented, real):
        delete_person(person, actor=COMMAND)
    before = Person.objects.get(pk=real.pk).deleted_at
    assert forward(application, days=29, actor=COMMAND) == (1, 0)
    assert forward(application, days=1, actor=COMMAND) == (1, 1)
    assert not Person.objects.filter(pk=invented.pk).exists()
    assert Person.objects.get(pk=real.pk).deleted_at - before < timedelta(seconds=1)
    assert AuditEvent.objects.filter(action=AuditAction.DEMO_FORWARDED).count() == 2


def test_tour_names_pages_that_exist(application):
    text = tour(portal="", address="neo@example.com", application=application.pk)
    pages = [word for line in text.splitlines() for word in line.split() if word.startswith("/")]
    browser = factories.browser(factories.make_admin(application.organization)[0])
    assert len(pages) == 8
    for page in pages:
        assert browser.get(page).status_code == 200, page
