"""The pages that deactivate or delete a user list what ends with it, and when permanent deletion follows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime

from controlhub.actions.groups import add_members, create_group
from controlhub.actions.invitations import invite_user
from controlhub.actions.users import deactivate_user
from controlhub.database import clock
from controlhub.models import Invitation, Organization, Role, User
from tests import factories, pages
from tests.factories import COMMAND

PAGES = ("deactivate", "delete")


@pytest.fixture
def trinity(organization):
    account, _ = factories.make_admin(organization, "trinity@example.com", Role.HELP_DESK)
    return account


def asked(portal, user, page="deactivate"):
    return pages.read(portal.get(f"/users/{user.pk}/{page}/"))


def invited(organization, address, *, by):
    """A user with an invitation sent by this administrator."""
    user = factories.make_user(organization, address, emails=[{"value": address}])
    User.objects.filter(pk=user.pk).update(verified=False)
    user.refresh_from_db()
    invite_user(user, actor=COMMAND)
    Invitation.objects.filter(user=user).update(created_by=by.sign_in_address)
    return user


def join(organization, user, name):
    group = create_group(organization, document={"displayName": name}, actor=COMMAND)
    add_members(group, ids=[user.pk], actor=COMMAND)


def endings(page):
    """The label and number of each line."""
    shown = {}
    for line in page.all(".endings > div"):
        label, _, number = pages.text_of(line.select_one("dt")).rpartition(" ")
        shown[line["id"].removeprefix("ending-")] = int(number) if number.isdigit() else label + number
    return shown


@pytest.mark.parametrize("page", PAGES)
def test_everything_that_ends_is_counted_and_named(portal, organization, scim, trinity, page):
    for _ in range(3):
        factories.browser(trinity)
    tokens = [factories.make_token(organization, user=trinity.user)[0] for _ in range(2)]
    tokens[1].name = "Nightly report"
    tokens[1].save(update_fields=["name"])
    invited(organization, "guest@example.com", by=trinity)
    group = factories.make_mapped_group(scim, "Support", Role.USER_ADMIN)
    add_members(group, ids=[trinity.user_id], actor=COMMAND)
    shown = asked(portal, trinity.user, page)
    assert endings(shown) == {
        "sessions": 3, "tokens": 2, "sent": 1, "roles": 2, "methods": 1, "groups": 1,
        "deletion": "Permanentdeletion",
    }  # fmt: skip
    assert "Nightly report" in shown.texts("#ending-tokens li")
    assert shown.texts("#ending-sent li") == ["guest@example.com"]
    assert shown.texts("#ending-roles li") == ["Help desk", "User administrator by group Support"]
    assert shown.texts("#ending-methods li") == ["Password"]


def test_empty_categories_are_left_out(portal, organization):
    user = factories.make_user(organization)
    assert list(endings(asked(portal, user))) == ["deletion"]
    join(organization, user, "Zion")
    assert list(endings(asked(portal, user))) == ["groups", "deletion"]


def test_long_lists_end_with_the_number_of_remaining_items(portal, trinity):
    for _ in range(7):
        factories.browser(trinity)
    assert asked(portal, trinity.user).texts("#ending-sessions li")[5:] == ["and 2 more"]


@pytest.mark.parametrize(
    ("page", "change", "follows"),
    [
        ("deactivate", {"retention_days": 9}, True),
        ("deactivate", {"purge_deactivated": False}, False),
        ("delete", {"retention_days": 9, "purge_deactivated": False}, True),
        ("delete", {"hold_reason": "Case 7"}, False),
    ],
)
def test_page_says_when_permanent_deletion_follows(portal, organization, page, change, follows):
    user = factories.make_user(organization)
    Organization.objects.filter(pk=organization.pk).update(**change)
    shown = asked(portal, user, page)
    if not follows:
        assert not shown.all("#ending-deletion time")
        assert change.get("hold_reason", "keeps users") in shown.one("#ending-deletion").text
        return
    at = parse_datetime(shown.one("#ending-deletion time")["datetime"])
    assert abs(at - clock.machine_now() - timedelta(days=9)) < timedelta(minutes=5)


def test_deletion_of_an_inactive_user_does_not_restart_the_retention_period(portal, organization):
    user = deactivate_user(factories.make_user(organization), actor=COMMAND)
    user.deactivated_at -= timedelta(days=10)
    user.save(update_fields=["deactivated_at"])
    shown = asked(portal, user, "delete").one("#ending-deletion time")["datetime"]
    portal.post(f"/users/{user.pk}/delete/")
    user.refresh_from_db()
    assert parse_datetime(shown) == user.purge_at


@pytest.mark.parametrize("page", PAGES)
def test_deactivating_the_last_administrator_is_refused_before_confirmation(portal, admin, page):
    shown = asked(portal, admin.user, page)
    assert shown.link("Give another user that role first") == "/administrators/give/"
    assert not shown.all(".confirm button")
    assert portal.post(f"/users/{admin.user_id}/{page}/").status_code == 409


def test_ones_own_account_is_named(portal, organization, admin):
    factories.make_admin(organization, "morpheus@example.com")
    shown = asked(portal, admin.user)
    assert shown.one(".banner--warn")
    assert shown.all(".confirm button")


def test_number_of_statements_is_constant(portal, organization, trinity):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            asked(portal, trinity.user)
        return len(captured)

    few = queries()
    for number in range(6):
        factories.browser(trinity)
        factories.make_token(organization, user=trinity.user)
        join(organization, trinity.user, f"G{number}")
    assert queries() == few


def test_other_organizations_are_not_counted(portal, other_organization, trinity):
    invited(other_organization, "smith@globex.example", by=trinity)
    assert "sent" not in endings(asked(portal, trinity.user))


def test_invitation_of_the_user_is_listed(portal, organization, trinity):
    guest = invited(organization, "guest@example.com", by=trinity)
    assert asked(portal, guest).texts("#ending-invitation li") == ["guest@example.com"]
