"""A row that is read in order to be changed, as an instance of its model."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controlhub.models import User
from controlhub.sql.changing import read_row
from tests import factories

pytestmark = pytest.mark.django_db


def test_instance_equals_the_one_read_by_the_orm(organization):
    user = factories.make_user(organization)
    found, _ = read_row(User, organization.pk, user.pk, is_locked=False)
    other = User.objects.get()
    assert found == other
    assert (found._state.adding, found._state.db) == (other._state.adding, other._state.db)
    values = {name: getattr(found, name) for name in (field.attname for field in User._meta.concrete_fields)}
    assert values == {name: getattr(other, name) for name in values}
    assert found.organization == organization


def test_instance_can_be_saved(organization):
    user = factories.make_user(organization)
    found, _ = read_row(User, organization.pk, user.pk, is_locked=False)
    found.source_label = "Moved"
    found.save(update_fields=["source_label"])
    assert User.objects.get().source_label == "Moved"


def test_deferred_column_needs_one_statement(organization):
    user = factories.make_user(organization)
    found, _ = read_row(User, organization.pk, user.pk, is_locked=False)
    missing = sorted(found.get_deferred_fields())
    assert missing
    expected = getattr(User.objects.get(), missing[0])
    with CaptureQueriesContext(connection) as captured:
        assert getattr(found, missing[0]) == expected
    assert len(captured) == 1
