"""Imports of users: the findings of the check and the effects of the import."""

import pytest

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent, has_label
from controlhub.actions import jobs
from controlhub.actions.imports import apply_import, applying, check_import, checking
from controlhub.actions.jobs import running
from controlhub.actions.organizations import change_policies
from controlhub.actions.schemas import register_schema
from controlhub.actions.users import delete_user
from controlhub.errors import InvalidSettingError, JobStateError
from controlhub.models import Account, ImportMode, JobState, MatchBy, Role, Session, User
from tests import factories, imports

COMMAND = factories.COMMAND
ENTERPRISE = factories.ENTERPRISE
PHONE = 'phoneNumbers[type eq "work"].value'


def row_of(stored, number):
    return stored.rows.get(number=number)


def user_named(organization, name):
    return User.objects.in_organization(organization).get(user_name=name)


def events_of_users():
    return AuditEvent.objects.filter(target_type="User").count()


def person(account):
    return Actor(ActorKind.ADMIN, id=str(account.user_id), label=account.sign_in_address, role=account.role)


# --- From a file to users ----------------------------------------------------------------------------------


def test_check_changes_nothing(organization):
    before = events_of_users()
    stored = imports.check(organization, "Email,First Name\nzoe@example.com,Zoë\n")
    assert imports.counts(stored.check_job) == {"create": 1}
    assert not User.objects.in_organization(organization).filter(user_name="zoe@example.com").exists()
    assert events_of_users() == before


def test_import_creates_and_updates(organization):
    user = factories.make_user(organization, "neo@example.com", title="Hacker")
    stored = imports.run(organization, "Email,First Name,Title\nzoe@example.com,Zoë,CEO\nneo@example.com,,The One\n")
    assert imports.counts(stored.job) == {"created": 1, "updated": 1}
    new = user_named(organization, "zoe@example.com")
    assert new.document["name"] == {"givenName": "Zoë"}
    assert new.document["emails"] == [{"type": "work", "primary": True, "value": "zoe@example.com"}]
    assert new.source == "import"
    user.refresh_from_db()
    assert user.document["title"] == "The One"
    assert row_of(stored, 3).details["changes"][-1] == ["title", "Hacker", "The One"]


def test_add_mode_skips_existing_people(organization):
    factories.make_user(organization, "neo@example.com", title="Hacker")
    stored = imports.run(organization, "userName,Title\nneo@example.com,The One\n", mode=ImportMode.ADD)
    assert imports.counts(stored.check_job) == {"unchanged": 1}
    assert user_named(organization, "neo@example.com").document["title"] == "Hacker"


def test_each_person_is_recorded_once(organization):
    imports.run(organization, "userName\nzoe@example.com\n")
    assert AuditEvent.objects.filter(has_label("target", exact="zoe@example.com"), action="user.created").count() == 1


def test_second_import_of_a_file_is_refused(organization):
    stored = imports.run(organization, "userName\nzoe@example.com\n")
    with pytest.raises(JobStateError):
        apply_import(stored, deleted_choice="", actor=COMMAND)


@pytest.mark.parametrize("mapping", [[""], ["title"]])
def test_column_to_match_by_is_required(organization, mapping):
    stored = imports.upload(organization, "x\n1\n")
    with pytest.raises(InvalidSettingError):
        check_import(stored, mapping=mapping, mode=ImportMode.UPDATE, match_by=MatchBy.USER_NAME, actor=COMMAND)


def test_people_are_matched_by_external_id(organization):
    user = factories.make_user(organization, "neo@example.com", externalId="42")
    stored = imports.run(organization, "externalId,userName\n42,thomas@example.com\n", match_by=MatchBy.EXTERNAL_ID)
    assert imports.counts(stored.job) == {"updated": 1}
    user.refresh_from_db()
    assert user.user_name == "thomas@example.com"


BY_ID = "externalId,userName,title\n"


@pytest.mark.parametrize(
    ("row", "attribute", "value", "reason"),
    [
        (",thomas@example.com,CEO", "externalId", "", "The externalId is empty."),
        ("7,thomas@example.com,CEO", "externalId", "7", "Several people have this value."),
        ("42,smith@example.com,CEO", "userName", "smith@example.com", "Another person has this userName."),
        ("43,smith@example.com,CEO", "userName", "smith@example.com", "Another person has this userName."),
    ],
)
def test_ambiguous_external_id_is_an_error(organization, row, attribute, value, reason):
    factories.make_user(organization, "neo@example.com", externalId="42")
    for name in ("smith@example.com", "jones@example.com"):
        factories.make_user(organization, name, externalId="7")
    before = events_of_users()
    stored = imports.run(organization, f"{BY_ID}{row}\n", match_by=MatchBy.EXTERNAL_ID)
    assert imports.counts(stored.check_job) == {"error": 1}
    assert [attribute, value] == row_of(stored, 2).details["problems"][0][:2]
    assert row_of(stored, 2).details["problems"][0][2].startswith(reason)
    assert events_of_users() == before


def test_row_without_a_name_shows_the_name_of_the_user(organization):
    factories.make_user(organization, "neo@example.com", externalId="42", displayName="Thomas Anderson")
    stored = imports.check(organization, "externalId,title\n42,CEO\n", match_by=MatchBy.EXTERNAL_ID)
    assert row_of(stored, 2).label == "Thomas Anderson"


# --- A7: the same file again, and deleted people ----------------------------------------------------------


def test_same_file_again_changes_nothing(organization):
    data = f"Email,First Name,{PHONE}\nzoe@example.com,Zoë,+49 30 123456\nmax@example.com,Max,\n"
    imports.run(organization, data)
    before = events_of_users()
    stored = imports.run(organization, data)
    assert imports.counts(stored.check_job) == {"unchanged": 2}
    assert imports.counts(stored.job) == {}
    assert events_of_users() == before


@pytest.fixture
def deleted(organization):
    return delete_user(factories.make_user(organization, "gone@example.com", title="Old"), actor=COMMAND)


DELETED = "userName,Title\ngone@example.com,New\n"


def test_address_of_a_deleted_user_requires_a_decision(organization, deleted):
    stored = imports.check(organization, DELETED)
    assert imports.counts(stored.check_job) == {"deleted": 1}
    with pytest.raises(InvalidSettingError):
        apply_import(stored, deleted_choice="", actor=COMMAND)
    assert not User.objects.in_organization(organization).filter(user_name="gone@example.com").exists()


def test_deleted_user_is_restored(organization, deleted):
    stored = imports.apply(imports.check(organization, DELETED), deleted_choice="restore")
    assert imports.counts(stored.job) == {"restored": 1}
    deleted.refresh_from_db()
    assert (deleted.user_name, deleted.active, deleted.document["title"]) == ("gone@example.com", True, "New")


def test_new_user_is_created_in_addition_to_the_deleted_one(organization, deleted):
    stored = imports.apply(imports.check(organization, DELETED), deleted_choice="create")
    assert imports.counts(stored.job) == {"created": 1}
    assert user_named(organization, "gone@example.com").pk != deleted.pk
    deleted.refresh_from_db()
    assert deleted.is_deleted


def test_rows_of_deleted_users_are_skipped(organization, deleted):
    stored = imports.apply(imports.check(organization, DELETED), deleted_choice="skip")
    assert imports.counts(stored.job) == {"left_out": 1}
    assert [row["userName"] for row in imports.failed(stored)] == ["gone@example.com"]


# --- A8: blank cells, missing columns, the marker ---------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "phones", "title"),
    [
        ("userName\nneo@example.com\n", True, "Hacker"),
        (f"userName,{PHONE},title\nneo@example.com,,\n", True, "Hacker"),
        (f"userName,{PHONE},title\nneo@example.com,(clear),(clear)\n", False, None),
    ],
)
def test_blank_cell_keeps_the_value_and_marker_removes_it(organization, data, phones, title):
    factories.make_user(
        organization, "neo@example.com", title="Hacker", phoneNumbers=[{"type": "work", "value": "+4930"}]
    )
    stored = imports.run(organization, data)
    document = user_named(organization, "neo@example.com").document
    assert ("phoneNumbers" in document, document.get("title")) == (phones, title)
    changes = row_of(stored, 2).details.get("changes", [])
    assert changes == ([] if phones else [[PHONE, "+4930", ""], ["title", "Hacker", ""]])


def test_access_is_not_changed(organization, admin):
    factories.browser(admin)
    before = (admin.password, Session.objects.count(), admin.role)
    imports.run(organization, f"userName,title\n{admin.user.user_name},Boss\n")
    admin.refresh_from_db()
    assert (admin.password, Session.objects.count(), admin.role) == before
    assert admin.user.__class__.objects.get(pk=admin.user.pk).document["title"] == "Boss"


# --- A9: errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [50, pytest.param(1_000, marks=pytest.mark.deep)])
def test_bad_rows_do_not_affect_others(organization, size):
    account = factories.make_admin(organization, "admin@example.com", Role.USER_ADMIN)[0]
    rows = [[f"user{number}@example.com", ""] for number in range(2, size + 2)]
    rows[17 - 2][0] = "malformed@"
    rows[40 - 2][0] = "USER12@example.com"
    rows[-1][1] = "Full administrator"
    data = "Email,Administrator role\n" + "".join(f"{address},{role}\n" for address, role in rows)
    stored = imports.check(organization, data, actor=person(account))
    errors = {row.number: row.details["problems"][0] for row in stored.rows.filter(result="error")}
    assert set(errors) == {17, 40, size + 1}
    assert errors[17][:2] == ["Email", "malformed@"]
    assert "12" in errors[40][2]
    assert errors[size + 1][:2] == ["Administrator role", "Full administrator"]
    stored = imports.apply(stored, actor=person(account))
    assert imports.counts(stored.job) == {"created": size - 3}
    failed = imports.failed(stored)
    assert [row["Email"] for row in failed] == ["malformed@", "USER12@example.com", rows[-1][0]]
    assert all(row["reason"] for row in failed)
    corrected = "Email,Administrator role,reason\nright@example.com,,was wrong\n"
    assert imports.counts(imports.run(organization, corrected, actor=person(account)).job) == {"created": 1}


def test_role_up_to_the_importers_is_assigned(organization):
    account = factories.make_admin(organization, "admin@example.com", Role.USER_ADMIN)[0]
    imports.run(organization, "Email,Administrator role\nhelp@example.com,help_desk\n", actor=person(account))
    assert Account.objects.get(user__user_name="help@example.com").role == Role.HELP_DESK


def test_role_is_assigned_without_other_changes_to_the_user(organization):
    emails = [{"value": "help@example.com", "type": "work"}]
    user = factories.make_user(organization, "help@example.com", emails=emails)
    stored = imports.run(organization, "userName,Administrator role\nhelp@example.com,help_desk\n")
    assert imports.counts(stored.job) == {"updated": 1}
    assert Account.objects.get(user=user).role == Role.HELP_DESK
    assert not AuditEvent.objects.about(user.pk).filter(action="user.updated").exists()


def test_administrator_above_the_importer_is_not_changed(organization, admin):
    account = factories.make_admin(organization, "low@example.com", Role.USER_ADMIN)[0]
    data = f"userName,title\n{admin.user.user_name},Fool\n"
    stored = imports.check(organization, data, actor=person(account))
    assert imports.counts(stored.check_job) == {"error": 1}


def test_only_a_row_that_became_invalid_after_the_check_fails(organization):
    stored = imports.check(organization, "userName\na@example.com\nb@example.com\n")
    factories.make_user(organization, "a@example.com")
    stored = imports.apply(stored)
    assert imports.counts(stored.job) == {"created": 1, "failed": 1}
    assert [row["userName"] for row in imports.failed(stored)] == ["a@example.com"]


def test_row_with_too_many_cells_is_an_error(organization):
    stored = imports.check(organization, "userName\na@example.com,lost\n")
    assert imports.counts(stored.check_job) == {"error": 1}


# --- Managers and owned values ----------------------------------------------------------------------------


def test_manager_can_come_later_in_the_file(organization):
    imports.run(organization, "userName,Manager\na@example.com,b@example.com\nb@example.com,\n")
    manager = user_named(organization, "b@example.com")
    assert user_named(organization, "a@example.com").document[ENTERPRISE]["manager"] == {"value": str(manager.pk)}


def test_unknown_manager_is_an_error(organization):
    stored = imports.check(organization, "userName,Manager\na@example.com,nobody@example.com\n")
    assert row_of(stored, 2).details["problems"][0][:2] == ["Manager", "nobody@example.com"]


def test_values_owned_by_a_directory_are_kept(organization):
    connection = factories.make_token(organization)[0].connection
    user = factories.make_user(organization, "neo@example.com", title="Hacker")
    User.objects.filter(pk=user.pk).update(connection=connection)
    stored = imports.run(organization, "userName,title,nickName\nneo@example.com,The One,N\n")
    user.refresh_from_db()
    assert (user.document["title"], user.document["nickName"]) == ("Hacker", "N")
    assert row_of(stored, 2).details["kept"] == [["title", "Hacker", "The One"]]


def test_only_the_row_with_a_taken_unique_value_fails(organization):
    number = {"name": "number", "type": "string", "uniqueness": "server"}
    schema = {"id": "urn:example:Badge", "attributes": [number]}
    register_schema(organization, definition=schema, extends="User", actor=COMMAND)
    organization.refresh_from_db()
    head = "userName,urn:example:Badge:number\n"
    imports.run(organization, f"{head}a@example.com,A-1\n")
    stored = imports.run(organization, f"{head}b@example.com,a-1\nc@example.com,A-2\n")
    assert imports.counts(stored.job) == {"created": 1, "failed": 1}
    assert [row["userName"] for row in imports.failed(stored)] == ["b@example.com"]
    stored = imports.run(organization, f"{head}a@example.com,A-2\nc@example.com,A-3\n")
    assert imports.counts(stored.job) == {"updated": 1, "failed": 1}
    assert user_named(organization, "a@example.com").document["urn:example:Badge"] == {"number": "A-1"}
    stored = imports.run(organization, f"{head}b@example.com,A-2\n")
    assert imports.counts(stored.job) == {"created": 1}, "the value was given up"


# --- Missing people ----------------------------------------------------------------------------------------


@pytest.fixture
def staff(organization):
    return [factories.make_user(organization, f"user{number}@example.com") for number in range(4)]


def missing(organization, data):
    return imports.check(organization, data, mode=ImportMode.DEACTIVATE)


def test_missing_people_are_deactivated(organization, staff):
    change_policies(organization, changes={"purge_floor": 10}, actor=COMMAND)
    stored = imports.apply(missing(organization, "userName\nuser0@example.com\nuser1@example.com\n"))
    assert imports.counts(stored.job) == {"deactivated": 2}
    active = User.objects.in_organization(organization).active().values_list("user_name", flat=True)
    assert set(active) >= {"user0@example.com", "user1@example.com"}
    assert not {"user2@example.com", "user3@example.com"} & set(active)


def test_nobody_is_deactivated_beyond_the_limit(organization, staff):
    change_policies(organization, changes={"purge_floor": 1}, actor=COMMAND)
    stored = missing(organization, "userName\nuser0@example.com\n")
    assert (stored.missing_refused, imports.counts(stored.check_job)) == ("limit", {"unchanged": 1})


def test_nobody_is_deactivated_if_the_file_has_errors(organization, staff):
    stored = missing(organization, "Email\nuser0@example.com\nuser1@\n")
    assert stored.missing_refused == "errors"


def test_people_of_a_directory_are_never_treated_as_missing(organization, staff):
    User.objects.filter(pk=staff[3].pk).update(connection=factories.make_token(organization)[0].connection)
    stored = missing(organization, "userName\n" + "".join(f"user{number}@example.com\n" for number in range(3)))
    assert "deactivate" not in imports.counts(stored.check_job)


# --- Jobs -------------------------------------------------------------------------------------------------


def test_cancelled_import_keeps_its_changes_and_can_be_repeated(organization, monkeypatch):
    monkeypatch.setattr(applying, "PORTION", 2)
    data = "userName\n" + "".join(f"user{number}@example.com\n" for number in range(5))
    stored = imports.check(organization, data)
    job = apply_import(stored, deleted_choice="", actor=COMMAND)
    running._try_step(job.pk)
    jobs.cancel_job(job, actor=COMMAND)
    running.run_due_jobs()
    assert User.objects.in_organization(organization).filter(user_name__startswith="user").count() == 2
    again = imports.run(organization, data)
    assert imports.counts(again.check_job) == {"unchanged": 2, "create": 3}
    assert User.objects.in_organization(organization).filter(user_name__startswith="user").count() == 5


def test_lost_step_is_done_once(organization, monkeypatch):
    monkeypatch.setattr(applying, "PORTION", 2)
    stored = imports.check(organization, "userName\n" + "".join(f"user{number}@example.com\n" for number in range(4)))
    job = apply_import(stored, deleted_choice="", actor=COMMAND)
    running._try_step(job.pk)
    monkeypatch.setattr(running, "_move", lambda *_: 1 / 0)
    running._try_step(job.pk)
    monkeypatch.undo()
    job.refresh_from_db()
    job.__class__.objects.filter(pk=job.pk).update(try_at=None)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, imports.counts(job)) == (JobState.DONE, {"created": 4})
    assert AuditEvent.objects.filter(has_label("target", exact="user3@example.com"), action="user.created").count() == 1


def test_check_continues_in_portions(organization, monkeypatch):
    monkeypatch.setattr(checking, "PORTION", 2)
    stored = imports.check(organization, "userName\n" + "".join(f"user{number}@example.com\n" for number in range(5)))
    assert imports.counts(stored.check_job) == {"create": 5}
    assert stored.check_job.done == stored.check_job.total == 5
