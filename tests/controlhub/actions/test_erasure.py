"""After a person is erased, no table has a value of theirs, the others keep theirs, and the log is still verified."""

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
from directory.models import PeopleImport, PersonRow
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
    """The tables with a row whose text has this value, in lower case."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" t WHERE strpos(lower(t::text), %s) > 0)', [value])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def traces(organization, person, neo):
    """What the person leaves as a target, as an administrator and in files, requests and mail."""
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
    OutgoingMail.objects.create(organization=organization, address=ADDRESS, subject="Hello", body="")
    OutgoingMail.objects.create(organization=organization, address="neo@example.com", subject="Hello", body="")
    TypedAddress.objects.create(use=AddressUse.PASSWORD_RESET, key=NAME)


@pytest.fixture
def person(organization, scim):
    """The id of a person who was an administrator and is permanently deleted."""
    made = scim.post("/Users", PERSON).document["id"]
    scim.patch(f"/Users/{made}", {"op": "replace", "path": "title", "value": "Qpilot again"})
    traces(organization, made, factories.make_user(organization, "neo"))
    assert scim.delete(f"/Users/{made}").status_code == 204
    return made


def test_no_table_has_a_value_of_the_person(organization, person):
    assert [value for value in VALUES if not tables_with(value)] == [], "each value is in some table before"
    erasure.erase_person(organization, person, actor=COMMAND)
    assert {value: tables for value in VALUES if (tables := tables_with(value))} == {}


def test_others_keep_their_values(organization, person):
    erasure.erase_person(organization, person, actor=COMMAND)
    event = AuditEvent.objects.get(action="user.held")
    assert (event.target_label, event.changes[0]["new"], event.actor_label) == ("neo", "A reason about Neo", "Erased")
    assert ScimRequest.objects.filter(body='{"userName": "neo"}').count() == 1
    assert ImportRow.objects.filter(cells=["neo"]).count() == 1
    assert PersonRow.objects.filter(cells=["neo"], label="neo").count() == 1
    assert OutgoingMail.objects.filter(address="neo@example.com").count() == 1
    assert JobProblem.objects.filter(label="Neo", reason="Is busy").count() == 1
    assert ScimRequest.objects.count() == 4, "requests are emptied, not deleted"


def test_log_is_verified_before_and_after(organization, person):
    while seal_events():
        continue
    assert list(faults(organization.pk)) == []
    erasure.erase_person(organization, person, actor=COMMAND)
    while seal_events():
        continue
    assert list(faults(organization.pk)) == []


def test_erasure_is_one_event_without_a_value(organization, person):
    number = erasure.erase_person(organization, person, actor=COMMAND)
    event = AuditEvent.objects.get(action="user.erased")
    assert event.details == {
        "events": number, "requests": 3, "errors": 0, "mails": 1, "import_rows": 3, "job_problems": 1,
    }  # fmt: skip
    assert (event.target_id, event.target_label) == (person, person)
    assert number >= 4
    assert PurgedUser.objects.get(pk=person).erased_at is not None
    assert erasure.erase_person(organization, person, actor=COMMAND) == 0, "repeating it is harmless"


def test_hold_refuses(organization, person):
    change_policies(organization, changes={"hold_reason": "Case 1"}, actor=COMMAND)
    with pytest.raises(HeldError):
        erasure.erase_person(organization, person, actor=COMMAND)
    assert tables_with(NAME)


def test_only_a_deleted_person_of_the_organization_is_erased(organization, other_organization, person):
    neo = factories.make_user(organization, "morpheus")
    for tenant, user_id in ((organization, neo.pk), (other_organization, person)):
        with pytest.raises(InvalidSettingError):
            erasure.erase_person(tenant, user_id, actor=COMMAND)
    assert not AuditEvent.objects.filter(action="user.erased").exists()


@pytest.mark.parametrize(("days", "is_erased"), [(0, False), (30, True), (60, False)])
def test_policy_erases_people_after_so_many_days(organization, person, days, is_erased):
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


def test_command_erases(organization, person, capsys):
    call_command("erase_person", str(organization.pk), person)
    assert "Events" in capsys.readouterr().out
    assert not tables_with(NAME)
    with pytest.raises(CommandError, match="permanently deleted"):
        call_command("erase_person", str(organization.pk), str(new_id()))


def test_full_administrator_erases_on_the_page(organization, person, portal):
    address = f"/purges/{person}/erase/"
    assert "cannot be undone" in pages.read(portal.get(address)).text
    portal.post(address)
    assert not tables_with(NAME)
    page = pages.read(portal.get("/purges/"))
    assert "Erased" in page.text
    assert "Erased" in pages.read(portal.get("/audit/")).text


def test_page_refuses_under_a_hold(organization, person, portal):
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
