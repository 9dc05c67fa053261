"""The fixture `at` changes the result of every way to get the current time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from controlhub.database import clock
from controlhub.models import Organization
from tests import factories


def every_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT now(), STATEMENT_TIMESTAMP()")
        asked = cursor.fetchone()
    organization = Organization.objects.create(name="Zion")
    user = factories.make_user(organization, f"{organization.pk}@example.com")
    return [*asked, clock.database_now(), clock.machine_now(), organization.created_at, user.modified_at]


def is_about(moment, **delta):
    return abs(moment - datetime.now(UTC) - timedelta(**delta)) < timedelta(minutes=10)


def test_every_clock_moves_and_returns(at):
    at(days=31)
    assert all(is_about(moment, days=31) for moment in every_time())
    at()
    assert all(map(is_about, every_time()))


@pytest.mark.django_db(transaction=True)
def test_clock_moves_in_tests_that_commit(at):
    at(days=-1)
    assert all(is_about(moment, days=-1) for moment in every_time())
