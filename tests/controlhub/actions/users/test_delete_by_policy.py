"""A single action decides the effect of a SCIM DELETE. SCIM calls it, and so can a page of the portal."""

import pytest

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import deactivate_user, delete_by_policy, hold_user
from controlhub.actions.users.lifecycle import lock_with_groups
from controlhub.errors import RoleTooHighError
from controlhub.models import PurgedUser, Role, User
from controlhub.sql.changing import read_row
from controlhub.sql.statements import OvertakenError
from tests import factories

CLIENT = Actor(ActorKind.CLIENT, id="t", label="Directory")
ADMIN = Actor(
    ActorKind.ADMIN, id="01a21722-2bff-75ff-a872-962eaeeb6cf1", label="alice@example.com", role=Role.FULL_ADMIN
)
USER_ADMIN = Actor(
    ActorKind.ADMIN, id="01a21722-2bff-75ff-a872-962eaeeb6cf2", label="bob@example.com", role=Role.USER_ADMIN
)
BURST = "SCIM DELETE, one of unusually many within an hour"


def nothing(user):
    pass


def soft(user):
    change_policies(user.organization, changes={"scim_delete": "soft"}, actor=factories.COMMAND)


def organization_hold(user):
    change_policies(user.organization, changes={"hold_reason": "Case 1"}, actor=factories.COMMAND)


def user_hold(user):
    hold_user(user, reason="Case 2", actor=factories.COMMAND)


def review(user):
    deactivate_user(user, actor=CLIENT)
    User.objects.filter(pk=user.pk).update(reviewed=False)


def burst(user):
    change_policies(user.organization, changes={"purge_floor": 0, "purge_share": 1}, actor=factories.COMMAND)


CASES = [
    (nothing, CLIENT, "scim", "SCIM DELETE."),
    (nothing, ADMIN, "admin", "Deleted permanently by an administrator."),
    (nothing, USER_ADMIN, None, ""),
    (soft, CLIENT, None, "SCIM DELETE"),
    (soft, ADMIN, None, ""),
    (organization_hold, CLIENT, None, "SCIM DELETE"),
    (user_hold, CLIENT, None, "SCIM DELETE"),
    (user_hold, ADMIN, None, ""),
    (review, CLIENT, None, "SCIM DELETE"),
    (burst, CLIENT, None, BURST),
    (burst, ADMIN, "admin", "Deleted permanently by an administrator."),
]


@pytest.mark.parametrize(("prepare", "actor", "cause", "reason"), CASES)
def test_user_is_deleted_permanently_unless_something_prevents_it(organization, prepare, actor, cause, reason):
    user = factories.make_user(organization)
    prepare(user)
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    delete_by_policy(lock_with_groups(user), actor=actor)
    event = AuditEvent.objects.exclude(pk__in=before).get()
    assert (event.reason, event.actor_label) == (reason, actor.label)
    if cause:
        assert event.action == "user.purged"
        assert PurgedUser.objects.get().cause == cause
        assert not User.objects.filter(pk=user.pk).exists()
    else:
        assert event.action == "user.deleted"
        kept = User.objects.get(pk=user.pk)
        assert (kept.hidden, kept.active) == (True, False)
        assert kept.reviewed is (prepare not in {review, burst})


@pytest.mark.parametrize("prepare", [soft, organization_hold, user_hold, review, burst])
def test_keeping_a_user_requires_the_lock(organization, prepare):
    user = factories.make_user(organization)
    prepare(user)
    organization.refresh_from_db()
    unlocked, _ = read_row(User, organization.pk, user.pk, is_locked=False)
    unlocked.organization = organization
    with pytest.raises(OvertakenError):
        delete_by_policy(unlocked, actor=CLIENT)
    assert not User.objects.get(pk=user.pk).hidden


@pytest.mark.parametrize("prepare", [nothing, soft])
def test_administrator_above_the_actor_is_refused(organization, prepare):
    account, _ = factories.make_admin(organization)
    prepare(account.user)
    with pytest.raises(RoleTooHighError):
        delete_by_policy(lock_with_groups(account.user), actor=USER_ADMIN)
