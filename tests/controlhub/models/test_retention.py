"""The retention rules in Python and in SQL agree for every combination of inputs."""

from datetime import datetime, time, timedelta
from itertools import product

import pytest
from django.db.models import F, Value
from django.db.models.functions import Now
from django.utils.timezone import get_current_timezone

from controlhub.actions.users import deactivate_user, delete_user, purge_inactive_user
from controlhub.errors import HeldError
from controlhub.models import Organization, User, retention
from controlhub.portal.overview.people import DAYS as DAYS_SHOWN
from controlhub.portal.overview.people import people_of
from tests import factories

ORGANIZATIONS = [
    {"retention_days": days, "purge_deactivated": purges, "hold_reason": hold}
    for days, purges, hold in product((1, 30), (True, False), ("", "Case 1"))
]
USERS = list(product((deactivate_user, delete_user), ("", "Case 2"), (True, False), (None, 0, 10, 60)))
DAYS = (0, 1, 10, 29, 30, 31, 60, 61)


@pytest.fixture
def users(db):
    """Inactive users with every combination of columns, in organizations with every combination of policies."""
    for number, policies in enumerate(ORGANIZATIONS):
        organization = factories.make_organization(f"Organization {number}")
        Organization.objects.filter(pk=organization.pk).update(**policies)
        factories.make_user(organization, f"active@{number}.example.com")
        for index, (end, hold, reviewed, extension) in enumerate(USERS):
            user = end(factories.make_user(organization, f"user{index}@{number}.example.com"), actor=factories.COMMAND)
            extended = None if extension is None else F("deactivated_at") + timedelta(days=extension)
            User.objects.filter(pk=user.pk).update(hold_reason=hold, reviewed=reviewed, extended_until=extended)
    User.objects.filter(active=False).update(
        deactivated_at=Now(), extended_until=Now() + (F("extended_until") - F("deactivated_at"))
    )
    return list(User.objects.select_related("organization"))


def ids(users):
    return {user.pk for user in users}


def test_sql_and_python_agree(users):
    began = next(user.deactivated_at for user in users if not user.active)
    for days in DAYS:
        for moment in (began + timedelta(days=days, microseconds=step) for step in (-1, 0, 1)):
            at = Value(moment)
            ended = {user.pk for user in users if (ends := retention.ends_at(user)) and ends <= moment}
            due = {user.pk for user in users if user.purge_at and user.purge_at <= moment}
            assert ids(User.objects.filter(retention.has_ended(at))) == ended, f"retention.has_ended after {days} days"
            assert ids(User.objects.due_for_purge(at)) == due, f"retention.is_due after {days} days"
    assert due, "the table contains users who are due at last"


def test_first_page_counts_the_users_due_on_each_day(users):
    began = next(user.deactivated_at for user in users if not user.active)
    for organization in Organization.objects.all():
        people = people_of(organization)
        for first in (began.date() + timedelta(days=days) for days in (0, DAYS_SHOWN)):
            total, counted = 0, 0
            for day, number in people.due(first):
                counted += number
                midnight = datetime.combine(day, time.max, get_current_timezone())
                total = User.objects.in_organization(organization).due_for_purge(Value(midnight)).count()
                assert counted == total, f"{organization} until {day}"
        assert bool(total) == (not organization.hold_reason)


def test_each_rule_is_the_same_in_sql_and_python(users):
    inactive = [user for user in users if not user.active]
    for rule in retention.RULES:
        found = ids(User.objects.filter(rule.applies, active=False))
        assert found == {user.pk for user in inactive if rule.reason(user)}, rule.name
    held = {user.pk for user in users if retention.held_because(user)}
    assert ids(User.objects.all()) - ids(User.objects.without_hold()) == held


def test_each_rule_is_explained_in_order(users):
    assert {user.kept_because for user in users} == {
        "",
        "Legal hold: Case 2",
        "Legal hold: Case 1",
        "This organization keeps users who were only deactivated.",
        (
            "This user became Inactive during a spike in deactivations. An administrator must "
            "confirm the deactivations first."
        ),
    }


def test_permanent_deletion_respects_the_same_holds(users):
    for user in [user for user in users if not user.active][::7]:
        is_held = False
        try:
            purge_inactive_user(user, actor=factories.COMMAND)
        except HeldError:
            is_held = True
        assert is_held is bool(retention.held_because(user))
