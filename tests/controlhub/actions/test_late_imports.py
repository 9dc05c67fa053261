"""Imports of users who changed between the check and the import."""

import pytest

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions.imports import apply_import, check_import
from controlhub.actions.imports.control import sweep_imports
from controlhub.actions.jobs import running
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import deactivate_user, delete_user, purge_user, reactivate_user
from controlhub.errors import JobStateError
from controlhub.models import (
    Account,
    Cause,
    DeletedChoice,
    ImportMode,
    ImportRow,
    JobState,
    MatchBy,
    Role,
    User,
    UserImport,
)
from tests import factories, imports

COMMAND = factories.COMMAND
NAME, BOSS = "neo@example.com", "boss@example.com"


def actor_of(account):
    return Actor(ActorKind.ADMIN, id=str(account.user_id), label=account.sign_in_address, role=account.role)


def existing(organization):
    return factories.make_user(organization, NAME, title="Hacker", emails=[{"value": NAME}])


PEOPLE = {
    "new": lambda _organization: None,
    "existing": existing,
    "deleted": lambda organization: delete_user(existing(organization), actor=COMMAND),
}


@pytest.fixture(params=PEOPLE)
def user(request, organization):
    """The person of the row before the import, or None if new."""
    return PEOPLE[request.param](organization)


def row_of(stored):
    return stored.rows.get(number=2)


def state_of(organization):
    """Everything about the person that an import could change."""
    found = User.objects.in_organization(organization).filter(user_name__endswith=NAME)
    return list(found.values("user_name", "document", "active", "portal_role", "version"))


def events_about(user, action):
    return AuditEvent.objects.about(user.pk).filter(action=action).count()


# --- Rows that became invalid ------------------------------------------------------------------------------


def test_row_whose_manager_left_after_the_check_fails_and_changes_nothing(organization, user):
    boss = factories.make_user(organization, BOSS)
    stored = imports.check(organization, f"userName,title,Manager\n{NAME},The One,{BOSS}\n")
    assert imports.counts(stored.check_job).get("error") is None
    before = state_of(organization)
    delete_user(boss, actor=COMMAND)
    stored = imports.apply(stored, deleted_choice=DeletedChoice.RESTORE)
    assert (stored.job.state, imports.counts(stored.job)) == (JobState.DONE, {"failed": 1})
    ((_column, _value, reason),) = row_of(stored).details["problems"]
    assert BOSS in reason
    assert stored.job.problems.get().reason == reason
    assert state_of(organization) == before


def test_importer_whose_role_was_lowered_after_the_check_assigns_no_higher_role(organization, user):
    factories.make_admin(organization, "other@example.com")
    account, _ = factories.make_admin(organization, "cypher@example.com")
    data = f"userName,Email,Administrator role\n{NAME},{NAME},Full administrator\n"
    stored = imports.check(organization, data, actor=actor_of(account))
    before = state_of(organization)
    Account.objects.filter(pk=account.pk).update(role=Role.USER_ADMIN)
    stored = imports.apply(stored, deleted_choice=DeletedChoice.RESTORE, actor=actor_of(account))
    assert imports.counts(stored.job) == {"failed": 1}
    assert "permissions that yours lacks" in row_of(stored).details["problems"][0][2]
    assert AuditEvent.objects.get(action="role.refused").actor_label == "cypher@example.com"
    assert state_of(organization) == before
    assert not Account.objects.filter(user__user_name=NAME).exists()


def test_row_of_a_user_permanently_deleted_after_the_check_fails(organization):
    user = existing(organization)
    stored = imports.check(organization, f"userName,title\n{NAME},The One\n")
    purge_user(delete_user(user, actor=COMMAND), cause=Cause.ADMIN, actor=COMMAND)
    stored = imports.apply(stored)
    assert imports.counts(stored.job) == {"failed": 1}
    assert row_of(stored).details["problems"] == [["", "", "This person no longer exists."]]
    assert state_of(organization) == [], "a row that updates somebody creates nobody"


def test_deleted_user_purged_after_the_check_is_not_restored(organization):
    user = PEOPLE["deleted"](organization)
    stored = imports.check(organization, f"userName,title\n{NAME},The One\n")
    purge_user(user, cause=Cause.ADMIN, actor=COMMAND)
    stored = imports.apply(stored, deleted_choice=DeletedChoice.RESTORE)
    assert imports.counts(stored.job) == {"failed": 1}
    assert row_of(stored).details["problems"] == [["", "", "This person no longer exists."]]
    assert state_of(organization) == []


def test_import_of_a_deleted_file_fails_and_explains_what_to_do(organization):
    stored = imports.check(organization, f"userName\n{NAME}\n")
    job = apply_import(stored, deleted_choice="", actor=COMMAND)
    UserImport.objects.filter(pk=stored.pk).delete()
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.reason) == (JobState.FAILED, "The file of this import was deleted. Upload it again.")
    assert state_of(organization) == []


# --- Changes that were already made ------------------------------------------------------------------------


def test_user_who_already_has_the_values_is_not_changed(organization):
    user = existing(organization)
    data = f"userName,title\n{NAME},The One\n"
    stored = imports.check(organization, data)
    imports.run(organization, data)
    stored = imports.apply(stored)
    assert imports.counts(stored.job) == {"unchanged": 1}
    assert events_about(user, "user.updated") == 1


def test_missing_user_who_is_already_inactive_is_not_changed(organization):
    change_policies(organization, changes={"purge_floor": 10}, actor=COMMAND)
    user = existing(organization)
    stored = imports.check(organization, "userName\ntrinity@example.com\n", mode=ImportMode.DEACTIVATE)
    since = deactivate_user(user, actor=COMMAND).deactivated_at
    stored = imports.apply(stored)
    assert imports.counts(stored.job) == {"created": 1, "unchanged": 1}
    user.refresh_from_db()
    assert (user.deactivated_at, events_about(user, "user.deactivated")) == (since, 1)


def test_user_restored_after_the_check_still_gets_the_values(organization):
    user = PEOPLE["deleted"](organization)
    stored = imports.check(organization, f"userName,title\n{NAME},The One\n")
    reactivate_user(user, actor=COMMAND)
    stored = imports.apply(stored, deleted_choice=DeletedChoice.RESTORE)
    assert imports.counts(stored.job) == {"restored": 1}
    user.refresh_from_db()
    assert (user.active, user.document["title"]) == (True, "The One")
    assert events_about(user, "user.restored") == 1


# --- The file itself ---------------------------------------------------------------------------------------


def check_again(stored):
    return check_import(stored, mapping=["userName"], mode=ImportMode.ADD, match_by=MatchBy.USER_NAME, actor=COMMAND)


def test_file_is_not_checked_again_during_a_check(organization):
    stored = imports.upload(organization, f"userName\n{NAME}\n")
    job = check_again(stored)
    with pytest.raises(JobStateError, match="still running"):
        check_again(stored)
    assert imports.done(stored).check_job == job


def test_imported_file_is_not_checked_again(organization):
    stored = imports.run(organization, f"userName\n{NAME}\n")
    with pytest.raises(JobStateError, match="already been imported"):
        check_again(stored)
    assert imports.fresh(stored).check_job == stored.check_job


def test_files_and_their_rows_are_deleted_after_thirty_days(organization, at):
    imports.run(organization, f"userName\n{NAME}\n")
    at(days=29)
    kept = imports.upload(organization, "userName\ntrinity@example.com\n")
    assert sweep_imports() == 0
    at(days=31)
    assert (sweep_imports(), sweep_imports()) == (1, 0)
    assert UserImport.objects.get() == kept
    assert ImportRow.objects.get().cells == ["trinity@example.com"]
    assert state_of(organization), "the users stay"
