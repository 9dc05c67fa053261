"""A sweep purges at most `CAP_PER_RUN` users. The next one continues where it stopped."""

import pytest

from controlhub.actions import purges
from controlhub.actions.organizations import change_policies
from controlhub.actions.purges import allow_purge, purge_due_users
from controlhub.actions.users import delete_user
from controlhub.models import PurgeRun, PurgeState, User
from tests import factories


@pytest.fixture(autouse=True)
def _cap_of_two(monkeypatch):
    monkeypatch.setattr(purges, "CAP_PER_RUN", 2)


def delete_users(organization, number):
    for index in range(number):
        user = factories.make_user(organization, f"user{index}@example.com")
        delete_user(user, actor=factories.COMMAND)


def test_organizations_beyond_the_cap_wait_for_the_next_sweep(organization, other_organization, at):
    delete_users(organization, 2)
    delete_users(other_organization, 1)
    at(days=31)
    assert purge_due_users().purged == 2
    assert User.objects.get().organization_id == other_organization.pk
    assert purge_due_users().purged == 1


def test_allowed_run_stays_allowed_until_all_its_users_are_purged(organization, at):
    change_policies(organization, changes={"purge_floor": 1}, actor=factories.COMMAND)
    delete_users(organization, 6)
    at(days=31)
    assert purge_due_users().waiting == 6
    allow_purge(PurgeRun.objects.get(), due=6, actor=factories.COMMAND)
    for _ in range(3):
        assert PurgeRun.objects.get().state == PurgeState.ALLOWED
        done = purge_due_users()
        assert (done.purged, done.waiting) == (2, 0)
    assert purge_due_users().purged == 0
    run = PurgeRun.objects.get()
    assert (run.state, run.purged, User.objects.count()) == (PurgeState.DONE, 6, 0)
