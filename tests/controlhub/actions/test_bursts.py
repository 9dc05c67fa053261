"""The burst breaker: nothing is refused, nothing is lost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions.bursts import flag_bursts, review_users
from controlhub.actions.organizations import change_policies
from controlhub.actions.purges import purge_due_users
from controlhub.actions.users import deactivate_user
from controlhub.models import OutgoingMail, PurgedUser, User
from controlhub.sql.burst_limits import SLACK
from tests import factories
from tests.bulk import press_many
from tests.conftest import ScimClient


@pytest.fixture
def people(organization, admin):
    change_policies(organization, changes={"purge_floor": 5}, actor=factories.COMMAND)
    return [factories.make_user(organization, f"user{index}@example.com") for index in range(12)]


def waiting(organization):
    return User.objects.in_organization(organization).awaiting_review().count()


def disable(scim, users):
    for user in users:
        assert scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "active", "value": False}).status_code == 200


def test_deactivations_in_a_burst_wait_for_an_administrator(organization, scim, portal, people, at):
    disable(scim, people[:6])
    assert (flag_bursts(), flag_bursts()) == (6, 0)
    disable(scim, people[6:8])
    assert flag_bursts() == 2
    assert AuditEvent.objects.filter(action="burst.found").count() == OutgoingMail.objects.count() == 1, "recorded once"
    at(days=31)
    assert purge_due_users().purged == 0
    at()
    assert "8 users became Inactive during a spike in deactivations" in portal.get("/users/").content.decode()
    portal.post("/users/deleted/review/", {"number": 8})
    assert AuditEvent.objects.get(action="users.reviewed").details == {"users": 8}
    assert "spike in deactivations" not in portal.get("/users/").content.decode()
    assert flag_bursts() == 0, "what was looked at is not flagged again"
    at(days=31)
    assert purge_due_users().waiting == 8, "the share limit of the purge is asked all the same"


def test_review_without_users_is_not_recorded(organization, scim, people):
    disable(scim, people[:5])
    assert review_users(organization, actor=factories.COMMAND) == 0
    assert not AuditEvent.objects.filter(action="users.reviewed").exists()


def test_usual_number_of_deactivations_is_not_a_burst(organization, scim, people):
    disable(scim, people[:5])
    assert flag_bursts() == 0


def test_deactivations_by_administrators_are_not_a_burst(organization, people):
    for user in people:
        deactivate_user(user, actor=factories.COMMAND)
    assert flag_bursts() == 0


def test_reactivated_user_no_longer_waits(organization, scim, people):
    disable(scim, people)
    flag_bursts()
    scim.patch(f"/Users/{people[0].pk}", {"op": "replace", "path": "active", "value": True})
    assert waiting(organization) == 11


def test_deletions_in_a_burst_stay_recoverable(organization, scim, portal, people, at):
    for user in people[:8]:
        assert scim.delete(f"/Users/{user.pk}").status_code == 204
        assert scim.get(f"/Users/{user.pk}").status_code == 404
    assert (PurgedUser.objects.count(), waiting(organization)) == (5, 3)
    flag_bursts()
    assert AuditEvent.objects.filter(action="burst.found").count() == 1
    reasons = [event.reason for event in AuditEvent.objects.filter(action="user.deleted")]
    at(days=400)
    assert purge_due_users().purged == 0
    at()
    portal.post(f"/users/{people[7].pk}/reactivate/")
    assert scim.get(f"/Users/{people[7].pk}").document["userName"] == "user7@example.com"
    review_users(organization, actor=factories.COMMAND)
    at(days=400)
    assert purge_due_users().purged == 2
    assert set(reasons) == {"SCIM DELETE, one of unusually many within an hour"}


def test_usual_number_is_removed_and_no_more(organization, other_organization, scim):
    """Deletions are counted only close to the limit, and those of other organizations do not count towards it."""
    for tenant in (organization, other_organization):
        change_policies(tenant, changes={"purge_floor": SLACK + 10}, actor=factories.COMMAND)
    _, secret = factories.make_token(other_organization)
    other = ScimClient(other_organization, secret)
    counted = []
    for index in range(SLACK + 13):
        user = factories.make_user(organization, f"user{index}@example.com")
        with CaptureQueriesContext(connection) as queries:
            assert scim.delete(f"/Users/{user.pk}").status_code == 204
        counted.append(any("LIMIT 1000) AS recent" in query["sql"] for query in queries))
        other.delete(f"/Users/{factories.make_user(other_organization, f'other{index}@example.com').pk}")
    assert PurgedUser.objects.in_organization(organization).count() == SLACK + 10
    assert waiting(organization) == 3
    assert not any(counted[:5]), "one statement is enough"
    assert all(counted[10:])


def test_organizations_are_counted_separately(organization, other_organization, scim, people):
    _, secret = factories.make_token(other_organization)
    other = ScimClient(other_organization, secret)
    disable(scim, people[:4])
    disable(other, [factories.make_user(other_organization, f"o{index}@example.com") for index in range(4)])
    assert flag_bursts() == 0


def test_waiting_users_are_listed_and_restored(organization, scim, portal, people):
    disable(scim, people[:6])
    flag_bursts()
    page = portal.get("/users/deleted/?review").content.decode()
    assert page.count('name="ids"') == 6
    press_many(portal, "/users/deleted/restore/", [user.pk for user in people[:6]])
    assert waiting(organization) == 0


def test_deletion_of_a_waiting_user_stays_recoverable(organization, scim, people):
    disable(scim, people[:6])
    flag_bursts()
    assert scim.delete(f"/Users/{people[0].pk}").status_code == 204
    assert (PurgedUser.objects.count(), waiting(organization)) == (0, 6)
