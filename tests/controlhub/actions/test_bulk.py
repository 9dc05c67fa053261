"""Bulk actions: their changes and how they are undone, which users they skip and why, and matching previews."""

import pytest

from audit.models import AuditEvent
from controlhub.actions import bulk, jobs
from controlhub.actions.bulk.rules import divide_selection
from controlhub.actions.groups import create_group
from controlhub.actions.invitations import Person, add_user
from controlhub.actions.jobs import running
from controlhub.actions.mappings import map_group
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import deactivate_user, delete_user, hold_user
from controlhub.errors import GroupGoneError, RoleTooHighError
from controlhub.models import Group, Invitation, Job, JobState, Membership, Role, Status, User
from tests import factories

COMMAND = factories.COMMAND


@pytest.fixture
def people(organization):
    return [factories.make_user(organization, f"user{n}@example.com", displayName=f"User {n}") for n in range(5)]


def actor_of(account):
    from audit.actor import Actor, ActorKind

    return Actor(ActorKind.ADMIN, id=str(account.user_id), label=account.sign_in_address, role=account.role)


def run(kind, users, actor=COMMAND, **parameters):
    organization, ids = users[0].organization, sorted(user.pk for user in users)
    job = bulk.start_bulk_job(organization, kind=kind, parameters=parameters, ids=ids, actor=actor)
    job.refresh_from_db()
    return job


def undo(job):
    undoing = jobs.undo_job(job, actor=COMMAND)
    running.run_due_jobs()
    undoing.refresh_from_db()
    return undoing


def statuses(users):
    found = User.objects.in_bulk([user.pk for user in users])
    return [found[user.pk].status if user.pk in found else None for user in users]


def problems(job):
    return {problem.label: problem.reason for problem in job.problems.all()}


def test_each_change_is_recorded_for_the_user_and_names_the_job(people):
    job = run(bulk.DeactivateUsers(), people)
    assert (job.state, job.done, job.counts) == (JobState.DONE, 5, {"changed": 5})
    assert statuses(people) == [Status.INACTIVE] * 5
    events = AuditEvent.objects.filter(target_type="User", facts__job=str(job.pk))
    assert {event.target_id for event in events} == {str(user.pk) for user in people}


def test_undo_reverts_only_the_changes_of_the_job(people):
    deactivate_user(people[0], actor=COMMAND)
    job = run(bulk.DeactivateUsers(), people)
    assert problems(job) == {"User 0": "Not Active"}
    undoing = undo(job)
    assert (undoing.total, undoing.counts) == (4, {"changed": 4})
    assert statuses(people) == [Status.INACTIVE] + [Status.ACTIVE] * 4


def test_delete_and_restore_revert_each_other(people):
    deactivate_user(people[0], actor=COMMAND)
    job = run(bulk.DeleteUsers(), people)
    assert job.counts == {"changed": 4, "kept": 1}
    assert statuses(people) == [Status.DELETED] * 5
    undo(job)
    assert statuses(people) == [Status.DELETED] + [Status.ACTIVE] * 4, "who was Inactive before is not made Active"
    job = run(bulk.RestoreUsers(), people[:2])
    assert problems(job) == {"User 1": "Active"}
    assert User.objects.get(pk=people[0].pk).user_name == "user0@example.com"
    undo(job)
    assert statuses(people[:2]) == [Status.DELETED, Status.ACTIVE]


def test_reactivate_skips_deleted_users(people):
    deactivate_user(people[0], actor=COMMAND)
    delete_user(people[1], actor=COMMAND)
    job = run(bulk.ReactivateUsers(), people[:2])
    assert problems(job) == {"User 1": "Deleted. Restore the user instead"}
    assert statuses(people[:2]) == [Status.ACTIVE, Status.DELETED]


def test_holds_are_placed_with_a_reason_and_undone(people):
    hold_user(people[0], reason="Case 1", actor=COMMAND)
    job = run(bulk.HoldUsers(), people[:3], reason="Case 2")
    assert problems(job) == {"User 0": "Already under a legal hold"}
    undo(job)
    assert list(User.objects.filter(pk__in=[p.pk for p in people]).exclude(hold_reason="").values_list("hold_reason"))
    released = run(bulk.ReleaseUsers(), people[:2])
    assert problems(released) == {"User 1": "Not under a legal hold"}
    assert not User.objects.exclude(hold_reason="").exists()


def test_permanent_deletion_skips_active_and_held_users(organization, people):
    gone = [delete_user(user, actor=COMMAND) for user in people[:3]]
    hold_user(gone[0], reason="Case 1", actor=COMMAND)
    job = run(bulk.PurgeUsers(), people)
    assert problems(job) == {"User 0": "Under a legal hold", "User 3": "Active", "User 4": "Active"}
    assert statuses(people)[1:3] == [None, None]
    change_policies(organization, changes={"hold_reason": "Case 2"}, actor=COMMAND)
    organization.refresh_from_db()
    delete_user(User.objects.get(pk=people[3].pk), actor=COMMAND)
    assert "Under a legal hold" in problems(run(bulk.PurgeUsers(), people[3:])).values()


def test_group_members_are_added_and_removed_again(organization, people):
    group = create_group(organization, document={"displayName": "Crew"}, actor=COMMAND)
    run(bulk.AddToGroup(), people[:1], group=str(group.pk))
    job = run(bulk.AddToGroup(), people[:3], group=str(group.pk))
    assert job.counts == {"changed": 2, "unchanged": 1}
    undo(job)
    assert [m.user_id for m in Membership.objects.filter(group=group)] == [people[0].pk]
    group.refresh_from_db()
    assert group.member_count == 1


def test_group_with_a_role_above_the_actors_is_refused(organization, people):
    factories.make_admin(organization, "other@example.com")
    account, _ = factories.make_admin(organization, "trinity@example.com", Role.USER_ADMIN)
    group = create_group(organization, document={"displayName": "Admins"}, actor=COMMAND)
    map_group(group, role=Role.FULL_ADMIN, actor=COMMAND)
    with pytest.raises(RoleTooHighError):
        run(bulk.AddToGroup(), people, actor=actor_of(account), group=str(group.pk))
    assert not Job.objects.exists()


def test_invitations_go_to_users_who_are_not_verified(organization, people):
    invited, _ = add_user(organization, Person("new@example.com", "New"), role=None, actor=COMMAND)
    before = Invitation.objects.get().pk
    job = run(bulk.InviteUsers(), [invited, people[0]])
    assert problems(job) == {"User 0": "Already verified"}
    assert Invitation.objects.get().pk != before


def test_sign_out_ends_sessions_and_tokens(organization, people):
    account, _ = factories.make_admin(organization)
    factories.browser(account)
    factories.make_token(organization, user=account.user)
    job = run(bulk.SignOutUsers(), [account.user, people[0]])
    assert job.counts == {"kept": 1, "unchanged": 1}
    assert not account.sessions.exists()
    assert account.user.tokens.live().count() == 0


def test_bulk_action_without_users_ends_immediately(organization, people):
    job = bulk.start_bulk_job(organization, kind=bulk.DeactivateUsers(), parameters={}, ids=[], actor=COMMAND)
    job.refresh_from_db()
    assert (job.state, job.done, job.counts, job.problem_count) == (JobState.DONE, 0, {}, 0)
    assert statuses(people) == [Status.ACTIVE] * 5


@pytest.mark.parametrize("kind", [bulk.AddToGroup, bulk.RemoveFromGroup])
def test_deleted_group_is_a_problem_of_each_user(organization, people, kind):
    group = create_group(organization, document={"displayName": "Crew"}, actor=COMMAND)
    ids, parameters = sorted(user.pk for user in people[:2]), {"group": str(group.pk)}
    job = jobs.start_job(organization, kind=kind(), parameters=parameters, targets=ids, actor=COMMAND)
    Group.objects.filter(pk=group.pk).delete()
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.counts) == (JobState.DONE, {})
    assert problems(job) == dict.fromkeys(["User 0", "User 1"], str(GroupGoneError.default_message))


def test_missing_user_is_a_problem(organization, people):
    delete_user(people[0], actor=COMMAND)
    job = jobs.start_job(organization, kind=bulk.RestoreUsers(), parameters={}, targets=[people[0].pk], actor=COMMAND)
    User.objects.get(pk=people[0].pk).delete()
    running.run_due_jobs()
    assert job.problems.get().reason == "Permanently deleted in the meantime"


@pytest.fixture
def mixed(organization, people):
    """Administrators of every kind, and users in every state."""
    accounts = {role: factories.make_admin(organization, f"{role}@example.com", role)[0] for role in Role}
    states = [deactivate_user(people[0], actor=COMMAND), delete_user(people[1], actor=COMMAND)]
    hold_user(states[1], reason="Case 1", actor=COMMAND)
    group = create_group(organization, document={"displayName": "Admins"}, actor=COMMAND)
    map_group(group, role=Role.FULL_ADMIN, actor=COMMAND)
    run(bulk.AddToGroup(), people[2:3], group=str(group.pk))
    return accounts, [*people, *(account.user for account in accounts.values())]


KINDS = [
    bulk.DeactivateUsers, bulk.ReactivateUsers, bulk.DeleteUsers, bulk.RestoreUsers, bulk.PurgeUsers, bulk.HoldUsers,
    bulk.ReleaseUsers, bulk.InviteUsers, bulk.SignOutUsers,
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "role"),
    [(kind, role) for kind in KINDS for role in (Role.FULL_ADMIN, Role.USER_ADMIN) if role.may(kind.permission)],
)
def test_preview_matches_the_result_of_the_job(organization, mixed, kind, role):
    accounts, users = mixed
    actor = actor_of(accounts[role])
    ids = sorted(user.pk for user in users)
    shown = divide_selection(organization, kind.rule, ids, actor=actor)
    job = run(kind(), users, actor=actor, reason="Case 9")
    assert shown.number == job.done - job.problem_count
    assert sum(left.number for left in shown.left) == job.problem_count
    named = {pk for left in shown.left for pk in left.ids}
    assert named == set(job.problems.values_list("target_id", flat=True))


def test_own_account_is_skipped(organization, mixed):
    accounts, users = mixed
    job = run(bulk.DeactivateUsers(), users, actor=actor_of(accounts[Role.FULL_ADMIN]))
    own = job.problems.get(target_id=accounts[Role.FULL_ADMIN].user_id)
    assert own.reason == "Your own account"
    assert User.objects.get(pk=accounts[Role.FULL_ADMIN].user_id).active


def test_last_full_administrator_is_named_in_the_preview_and_stays(organization, people):
    first, _ = factories.make_admin(organization, "a@example.com")
    second, _ = factories.make_admin(organization, "b@example.com")
    chosen = [first.user, second.user, *people]
    shown = divide_selection(organization, bulk.DeactivateUsers.rule, sorted(user.pk for user in chosen), actor=COMMAND)
    assert [(left.reason, left.number) for left in shown.left] == [("last_admin", 1)]
    job = run(bulk.DeactivateUsers(), chosen)
    assert job.problems.get().target_id == shown.left[0].ids[0]
    assert User.objects.filter(pk__in=[first.user_id, second.user_id], active=True).count() == 1


def test_users_beyond_the_limit_of_a_request_are_left_to_the_worker(organization, people, monkeypatch):
    monkeypatch.setattr("controlhub.actions.bulk.starting.AT_ONCE", 4)
    job = run(bulk.DeactivateUsers(), people)
    assert job.state == JobState.QUEUED
    running.run_due_jobs()
    assert statuses(people) == [Status.INACTIVE] * 5
