"""After an erasure, no table contains a value of the person, others keep theirs, and the log still verifies."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from audit.seal import seal_events
from audit.verification import faults
from controlhub.actions import erasure, users
from controlhub.actions.organizations import change_policies
from controlhub.errors import HeldError, InvalidSettingError
from controlhub.models import (
    AddressUse,
    ImportRow,
    Job,
    JobProblem,
    OutgoingMail,
    PurgedUser,
    Role,
    ScimRequest,
    TypedAddress,
    UserImport,
)
from controlhub.models.ids import new_id
from directory.actions.people import delete_person, purge_person
from directory.models import Application, Cycle, Link, Operation, Outcome, PeopleImport, PersonRow, SyncState
from tests import factories, pages, plans
from tests.factories import COMMAND

NAME, ADDRESS = "qtrinity@example.com", "private@qtrinity.example"
PERSON = {
    "userName": NAME,
    "externalId": "qext-4711",
    "displayName": "Qtrinity Moss",
    "name": {"givenName": "Qtrin", "familyName": "Qmoss"},
    "emails": [{"value": ADDRESS, "type": "home"}],
    "phoneNumbers": [{"value": "+49 170 5557788"}],
    "title": "Qpilot of the Nebuchadnezzar",
}
VALUES = (NAME, ADDRESS, "qext-4711", "qtrinity moss", "qtrin", "qmoss", "5557788", "qpilot", "192.0.2.99", "qlynx")


def tables_with(value):
    """The tables that have a row whose text contains this value, in lower case."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" t WHERE strpos(lower(t::text), %s) > 0)', [value])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def traces(organization, person, neo):
    """What the person leaves behind as a target, as an administrator, and in files, requests and mail."""
    acting = Actor(
        ActorKind.ADMIN, id=person, label=NAME, address="192.0.2.99", user_agent="Qlynx", role=Role.FULL_ADMIN
    )
    users.hold_user(neo, reason="A reason about Neo", actor=acting)
    entry = {"organization_id": organization.pk, "at": Now(), "method": "POST", "status": 409, "milliseconds": 1.5}
    ScimRequest.objects.create(id=new_id(), path=f"/Users?filter={NAME}", body="", answer="", **entry)
    ScimRequest.objects.create(id=new_id(), path="/Users", body=f'{{"userName": "{NAME.upper()}"}}', answer="", **entry)
    ScimRequest.objects.create(id=new_id(), path="/x", body='{"title": "Qpilot"}', resource_id=person, **entry)
    ScimRequest.objects.create(id=new_id(), path="/Users", body='{"userName": "neo"}', **entry)
    job = Job.objects.create(
        organization=organization,
        kind="unknown",
        started_by=person,
        started_by_label=NAME,
        origin={"kind": "admin", "id": person, "label": NAME, "address": "192.0.2.99", "user_agent": "Qlynx"},
        parameters={"query": f"q={NAME}"},
        finished_at=Now(),
    )
    JobProblem.objects.create(job=job, number=1, target_id=person, label="Qtrinity Moss", reason="Qmoss")
    JobProblem.objects.create(job=job, number=2, target_id=neo.pk, label="Neo", reason="Is busy")
    found = UserImport.objects.create(
        organization=organization,
        file_name="people.csv",
        header=["Email"],
        row_count=2,
        mapping=["userName"],
        columns=[{"samples": [NAME], "empty": 0, "is_unique": True}],
        created_by_label=NAME,
    )
    for user_id, cells in ((person, [NAME, "Qpilot"]), (None, [ADDRESS]), (neo.pk, ["neo"])):
        details = {"changes": [["title", "", cells[-1]]]}
        ImportRow.objects.create(user_import=found, number=1, cells=cells, user_id=user_id, details=details)
    people = PeopleImport.objects.create(
        organization=organization, file_name="people.csv", header=["mail"], row_count=1, created_by_label=NAME
    )
    for cell in (ADDRESS, "neo"):
        PersonRow.objects.create(people_import=people, number=1, cells=[cell], label=cell, details={"changes": [cell]})
    provisioned(organization, person)
    OutgoingMail.objects.create(organization=organization, address=ADDRESS, subject="Hello", body="")
    OutgoingMail.objects.create(organization=organization, address="neo@example.com", subject="Hello", body="")
    TypedAddress.objects.create(use=AddressUse.PASSWORD_RESET, key=NAME)


def provisioned(organization, user_id):
    """The same person in the directory, imported, provisioned and permanently deleted. Their report remains."""
    chief = factories.make_person(
        organization, NAME, displayName="Qtrinity Moss", givenName="Qtrin", surname="Qmoss", mail=ADDRESS
    )
    report = factories.make_person(organization, "mouse@example.com", displayName="Mouse")
    people = PeopleImport.objects.create(
        organization=organization, file_name="crew.csv", header=["displayName", "manager"], row_count=2
    )
    own = {"changes": [["surname", "", "Qmoss"]]}
    PersonRow.objects.create(
        people_import=people, number=1, cells=["Qtrinity Moss", ""], user_id=chief.pk, label="Q", details=own
    )
    others = {"changes": [["manager", "", NAME]]}
    PersonRow.objects.create(
        people_import=people, number=2, cells=["Mouse", f"<{NAME}>"], user_id=report.pk, label="Mouse", details=others
    )
    job = Job.objects.create(organization=organization, kind="directory-purge", finished_at=Now())
    JobProblem.objects.create(job=job, number=1, target_id=chief.pk, label="Qmoss", reason="Busy")
    application = Application.objects.create(
        organization=organization, name="Hub", template="cisco-webex", notification_email=ADDRESS, created_by=NAME,
        secret_by=NAME,
    )  # fmt: skip
    for local, remote, label in ((chief.pk, user_id, "Qmoss"), (report.pk, new_id(), "Mouse")):
        kind = {"kind": "person", "application": application}
        Link.objects.create(local_id=local, remote_id=str(remote), label=label, **kind)
        Outcome.objects.create(
            organization_id=organization.pk, object_id=local, remote_id=str(remote), identity=label, action="update",
            status="success", steps=[{"details": {"matched": label}}], **kind,
            modified=[{"name": "manager", "old": None, "new": NAME}],
        )  # fmt: skip
    Operation.objects.create(application=application, kind="person", object_id=report.pk, error=f"{NAME} is gone")
    Cycle.objects.create(
        application=application, organization_id=organization.pk, kind="initial", known={"userName": [NAME]},
        decided_by=NAME, finished_at=Now(),
    )  # fmt: skip
    failed = {"status": 400, "path": f"/Users?filter={NAME}", "answer": f"{NAME} exists"}
    SyncState.objects.update_or_create(
        application=application,
        defaults={"organization_id": organization.pk, "last_error": failed, "quarantine_details": failed},
    )
    purge_person(delete_person(chief, actor=COMMAND), actor=COMMAND)


@pytest.fixture
def person(organization, scim):
    """The ID of a former administrator who is permanently deleted."""
    made = scim.post("/Users", PERSON).document["id"]
    scim.patch(f"/Users/{made}", {"op": "replace", "path": "title", "value": "Qpilot again"})
    traces(organization, made, factories.make_user(organization, "neo"))
    assert scim.delete(f"/Users/{made}").status_code == 204
    return made


def test_no_table_contains_a_value_of_the_person(organization, person):
    assert [value for value in VALUES if not tables_with(value)] == [], "each value is in some table before"
    erasure.erase_person(organization, person, actor=COMMAND)
    assert {value: tables for value in VALUES if (tables := tables_with(value))} == {}


def test_address_in_an_old_event_is_erased_elsewhere(organization, person):
    """Version 1 recorded both complete arrays of a multi-valued attribute."""
    change = {"attribute": "emails", "old": [{"value": "Qformer@example.com"}, "odd"], "new": None}
    values = {"action": "user.updated", "actor_kind": "system", "target_type": "User", "target_id": person}
    AuditEvent.objects.create(organization_id=organization.pk, old_changes=[change], **values)
    OutgoingMail.objects.create(organization=organization, address="qformer@example.com", subject="Hello", body="")
    assert len(tables_with("qformer")) == 2
    erasure.erase_person(organization, person, actor=COMMAND)
    assert tables_with("qformer") == ["audit_auditevent"], "events of old versions cannot be changed"


def test_values_of_others_are_kept(organization, person):
    erasure.erase_person(organization, person, actor=COMMAND)
    event = AuditEvent.objects.get(action="user.held")
    assert (event.target_label, event.changes[0]["new"], event.actor_label) == ("neo", "A reason about Neo", "Erased")
    assert ScimRequest.objects.filter(body='{"userName": "neo"}').count() == 1
    assert ImportRow.objects.filter(cells=["neo"]).count() == 1
    assert PersonRow.objects.filter(cells=["neo"], label="neo").count() == 1
    assert PersonRow.objects.filter(cells=["Mouse", ""], label="Mouse").count() == 1
    assert Outcome.objects.filter(identity="Mouse").count() == Link.objects.filter(label="Mouse").count() == 1
    assert SyncState.objects.filter(last_error__status=400).count() == 1
    assert OutgoingMail.objects.filter(address="neo@example.com").count() == 1
    assert JobProblem.objects.filter(label="Neo", reason="Is busy").count() == 1
    assert ScimRequest.objects.count() == 4, "requests are emptied, not deleted"


def test_log_verifies_before_and_after(organization, person):
    while seal_events():
        continue
    assert list(faults(organization.pk)) == []
    erasure.erase_person(organization, person, actor=COMMAND)
    while seal_events():
        continue
    assert list(faults(organization.pk)) == []


def test_erasure_is_one_event_without_values(organization, person):
    number = erasure.erase_person(organization, person, actor=COMMAND)
    event = AuditEvent.objects.get(action="user.erased", target_type="User")
    elsewhere = AuditEvent.objects.get(action="user.erased", target_type="DirectoryUser")
    assert event.details == {
        "events": number - elsewhere.details["events"], "requests": 3, "errors": 0, "mails": 1, "import_rows": 4,
        "job_problems": 2, "outcomes": 2,
    }  # fmt: skip
    assert elsewhere.target_label == elsewhere.target_id
    assert (event.target_id, event.target_label) == (person, person)
    assert number >= 4
    assert PurgedUser.objects.get(pk=person).erased_at is not None
    assert erasure.erase_person(organization, person, actor=COMMAND) == 0, "repeating it is harmless"


@pytest.mark.parametrize("hold", [{"hold_reason": "Case 1"}, {"audit_hold": True}])
def test_hold_prevents_erasure(organization, person, hold):
    change_policies(organization, changes=hold, actor=COMMAND)
    with pytest.raises(HeldError, match="End the hold first"):
        erasure.erase_person(organization, person, actor=COMMAND)
    assert tables_with(NAME)


def test_only_a_deleted_person_of_the_organization_can_be_erased(organization, other_organization, person):
    neo = factories.make_user(organization, "morpheus")
    for tenant, user_id in ((organization, neo.pk), (other_organization, person)):
        with pytest.raises(InvalidSettingError):
            erasure.erase_person(tenant, user_id, actor=COMMAND)
    assert not AuditEvent.objects.filter(action="user.erased").exists()


@pytest.mark.parametrize(("days", "is_erased"), [(0, False), (30, True), (60, False)])
def test_policy_erases_people_after_the_configured_number_of_days(organization, person, days, is_erased):
    change_policies(organization, changes={"erase_after_days": days}, actor=COMMAND)
    PurgedUser.objects.filter(pk=person).update(purged_at=Now() - timedelta(days=31))
    assert erasure.erase_due_people() == int(is_erased)
    assert bool(tables_with(NAME)) is not is_erased
    assert erasure.erase_due_people() == 0


def test_policy_waits_for_the_end_of_a_hold(organization, person):
    change_policies(organization, changes={"erase_after_days": 1, "hold_reason": "Case 1"}, actor=COMMAND)
    PurgedUser.objects.filter(pk=person).update(purged_at=Now() - timedelta(days=31))
    assert erasure.erase_due_people() == 0
    change_policies(organization, changes={"hold_reason": ""}, actor=COMMAND)
    assert erasure.erase_due_people() == 1


def test_command_erases_the_person(organization, person, capsys):
    call_command("erase_person", str(organization.pk), person)
    assert "Events" in capsys.readouterr().out
    assert not tables_with(NAME)
    with pytest.raises(CommandError, match="permanently deleted"):
        call_command("erase_person", str(organization.pk), str(new_id()))


def test_full_administrator_can_erase_on_the_page(organization, person, portal):
    address = f"/purges/{person}/erase/"
    assert "cannot be undone" in pages.read(portal.get(address)).text
    portal.post(address)
    assert not tables_with(NAME)
    page = pages.read(portal.get("/purges/"))
    assert "Erased" in page.text
    assert "Erased" in pages.read(portal.get("/audit/")).text


def test_page_refuses_erasure_under_a_hold(organization, person, portal):
    change_policies(organization, changes={"hold_reason": "Case 1"}, actor=COMMAND)
    assert portal.post(f"/purges/{person}/erase/").status_code == 409
    assert tables_with(NAME)


OTHERS = 20_000
FILL = """
INSERT INTO audit_auditevent (id, organization_id, service, category, action, activity, result, actor_kind, actor_id,
    actor_user_id, request_id, target_type, target_id)
SELECT gen_random_uuid(), %s, '', '', 'user.updated', '', '', 'admin', '', gen_random_uuid(), '', 'User',
    gen_random_uuid()::text FROM generate_series(1, %s)
"""


def test_erasing_reads_only_the_events_of_the_person(organization, person):
    with connection.cursor() as cursor:
        cursor.execute(FILL, [organization.pk, OTHERS])
        cursor.execute("ANALYZE audit_auditevent")
    read = plans.RowsRead()
    with connection.execute_wrapper(read):
        number = erasure.erase_person(organization, person, actor=COMMAND)
    assert number >= 4
    assert read.by_table["audit_auditevent"] <= 10 * number


def test_values_of_a_person_still_in_the_directory_are_kept(organization, scim):
    made = scim.post("/Users", PERSON).document["id"]
    factories.make_person(organization, NAME, displayName="Qtrinity Moss")
    assert scim.delete(f"/Users/{made}").status_code == 204
    erasure.erase_person(organization, made, actor=COMMAND)
    assert set(tables_with(NAME)) == {"directory_person", "audit_personal"}
    assert AuditEvent.objects.get(action="user.erased").target_type == "User"


def test_values_of_another_person_with_a_shared_address_are_kept(organization, scim):
    """Two people have the address of the support team. One of them is erased."""
    shared = "support@qcompany.example"
    emails = [{"value": shared, "type": "other"}]
    person = scim.post("/Users", {"userName": NAME, "displayName": "Qtrinity Moss", "emails": emails}).document["id"]
    scim.delete(f"/Users/{person}")
    bob = factories.make_person(organization, "qbob@example.com", mail=shared)
    purge_person(delete_person(bob, actor=COMMAND), actor=COMMAND)
    erasure.erase_person(organization, person, actor=COMMAND)
    assert tables_with("qbob@example.com") == ["audit_personal"]


def test_values_of_a_person_with_a_longer_address_are_kept(organization, scim):
    made = scim.post("/Users", PERSON).document["id"]
    other = factories.make_person(organization, f"x{NAME}", displayName="Other")
    purge_person(delete_person(other, actor=COMMAND), actor=COMMAND)
    assert scim.delete(f"/Users/{made}").status_code == 204
    erasure.erase_person(organization, made, actor=COMMAND)
    assert AuditEvent.objects.get(action="directory_user.created").target_label == "Other"


COLUMNS = """
SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
AND table_name LIKE 'directory\\_%' AND data_type IN ('text', 'character varying', 'jsonb', 'ARRAY')
"""
NAMELESS = {
    "directory_application": "name template tenant_url sealed_secret secret_ending scope user_mappings group_mappings "
    "user_filters group_filters quirks",
    "directory_cycle": "kind state phase guard guard_reason counts",
    "directory_syncstate": "cluster quarantine totals",
    "directory_group": "display_name display_name_key description kind rule",
    "directory_change": "kind",
    "directory_link": "kind remote_id digest",
    "directory_sentmember": "remote_id",
    "directory_operation": "kind",
    "directory_outcome": "kind remote_id action status code",
    "directory_peopleimport": "file_name encoding delimiter header",
    "directory_personrow": "key user_name result outcome",
    "directory_targetschema": "tenant_url offers",
}
"""Columns of the directory whose texts belong to the installation, or to a row that is cleared as a whole."""
FILLED = {
    "directory_application": "notification_email created_by secret_by",
    "directory_cycle": "known decided_by",
    "directory_syncstate": "last_error quarantine_details",
    "directory_link": "label",
    "directory_operation": "error",
    "directory_outcome": "identity details steps modified",
    "directory_peopleimport": "created_by_label",
    "directory_personrow": "cells label details",
    "directory_person": "user_principal_name upn_key display_name given_name surname name_key attributes original_upn",
}
"""Columns that `traces` or `provisioned` fills with values of the person."""


def test_every_text_column_of_the_directory_is_erased_or_impersonal(db):
    """A new column needs a value in `provisioned`, or a reason to be in NAMELESS."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        found = {name for (name,) in cursor.fetchall()}
    listed = [
        f"{table}.{column}"
        for tables in (NAMELESS, FILLED)
        for table, names in tables.items()
        for column in names.split()
    ]
    assert sorted(found) == sorted(listed)
