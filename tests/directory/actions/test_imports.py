"""Imports of people: who is created and updated, what is refused, and what remains of a file afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions.jobs import running
from controlhub.actions.jobs.control import cancel_job
from controlhub.errors import InvalidSettingError, JobStateError, UserGoneError
from controlhub.models import JobState
from directory.actions.imports import apply_people, applying, sweep_people_imports, upload_people
from directory.actions.people import delete_person, purge_person, update_people
from directory.actions.rule_jobs import start_rule
from directory.models import Membership, PeopleImport, Person, PersonRow
from directory.people_files.files import read_people
from directory.provisioning.scope import ScopingFilter
from tests.factories import COMMAND, make_directory_group, make_organization, make_person

HEADER = "userPrincipalName;displayName;department;accountEnabled;manager;otherMails;badge\n"
ADA = "ada@example.com"
CLAUSE = {"attribute": "department", "operator": "EQUALS", "value": "Sales"}


def check(organization, data, name="people.csv"):
    data = data if isinstance(data, bytes) else data.encode()
    stored = upload_people(organization, read_people(name, data), file_name=name, actor=COMMAND)
    running.run_due_jobs()
    return fresh(stored)


def apply(stored):
    apply_people(stored, actor=COMMAND)
    running.run_due_jobs()
    return fresh(stored)


def fresh(stored):
    return PeopleImport.objects.select_related("check_job", "job", "organization").get(pk=stored.pk)


def counts(job):
    return {name: number for name, number in job.counts.items() if number}


def problems(stored):
    return {row.number: row.details["problems"][0][2] for row in stored.rows.filter(rank=0)}


def person(upn):
    return Person.objects.current().select_related("manager").get(upn_key=upn)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_check_changes_nobody_and_import_creates_and_updates_people(organization, encoding):
    make_person(organization, ADA, displayName="Ada", department="Old", city="Paris", badge="7")
    data = (
        HEADER + "zoe@example.com;Zoë;Sales;false;Ada@Example.com;a@example.com;1\n"
        "ada@example.com;;New;;;;(clear)\n"
        "bob@example.com;Bob;;;;a@example.com|b;\n"
    ).replace("a@example.com|b", '"a@example.com;b@example.com"')
    stored = check(organization, data.encode(encoding))
    assert counts(stored.check_job) == {"create": 2, "update": 1}
    assert Person.objects.count() == 1
    update = stored.rows.get(result="update")
    assert update.details["changes"] == [["badge", "7", ""], ["department", "Old", "New"]]
    stored = apply(stored)
    assert counts(stored.job) == {"created": 2, "updated": 1}
    ada, zoe, bob = person(ADA), person("zoe@example.com"), person("bob@example.com")
    assert (ada.display_name, ada.attributes) == ("Ada", {"department": "New", "city": "Paris"})
    assert (zoe.display_name, zoe.account_enabled, zoe.manager) == ("Zoë", False, ada)
    assert (zoe.attributes["otherMails"], zoe.attributes["badge"]) == (["a@example.com"], "1")
    assert bob.attributes["otherMails"] == ["a@example.com", "b@example.com"]
    again = apply(check(organization, data.encode(encoding)))
    assert (counts(again.check_job), counts(again.job)) == ({"unchanged": 3}, {})


def test_job_and_each_person_have_events(organization):
    make_person(organization, ADA)
    stored = check(organization, "userPrincipalName,displayName\nada@example.com,Lady\nzoe@example.com,Zoe\n")
    before = AuditEvent.objects.count()
    apply(stored)
    events = list(AuditEvent.objects.order_by("id")[before:])
    actions = [event.action for event in events]
    assert actions == ["job.started", "directory_user.updated", "directory_user.created", "job.finished"]


def test_updates_record_one_event_for_each_changed_person(organization):
    names = ("ada", "bob", "cyd", "dan")
    for name in names:
        make_person(organization, f"{name}@example.com", accountEnabled=name != "bob", department="Old")
    rule = ScopingFilter.from_json({"groups": [{"clauses": [CLAUSE]}]})
    group = make_directory_group(organization, "Sales")
    start_rule(group, rule=rule, actor=COMMAND)
    running.run_due_jobs()
    rows = "ada@example.com,Sales,\nbob@example.com,,true\ncyd@example.com,Sales,false\nDan@example.com,Old,\n"
    stored = check(organization, "userPrincipalName,department,accountEnabled\n" + rows)
    before = AuditEvent.objects.count()
    assert counts(apply(stored).job) == {"updated": 4}
    events = AuditEvent.objects.order_by("id")[before:]
    found = {event.target_label: event for event in events if event.target_type == "DirectoryUser"}
    assert {label: event.action for label, event in found.items()} == {
        "Ada": "directory_user.updated",
        "Bob": "directory_user.enabled",
        "Cyd": "directory_user.disabled",
        "Dan": "directory_user.updated",
    }
    assert found["Ada"].details["joined_groups"] == {"count": 1, "names": ["Sales"]}
    assert Membership.objects.filter(group=group).count() == 2
    assert [person(f"{name}@example.com").version for name in names] == [2, 2, 2, 2]
    assert person("dan@example.com").user_principal_name == "Dan@example.com"
    assert person("cyd@example.com").modified_at > person("cyd@example.com").created_at


def test_person_deleted_during_the_import_does_not_affect_others(organization, monkeypatch):
    people = [make_person(organization, f"{name}@example.com") for name in ("ada", "bob", "cyd")]
    rows = "".join(f"{one.user_principal_name},Sales\n" for one in people)
    stored = check(organization, "userPrincipalName,department\n" + rows)
    update = applying.update_people

    def delete_first(*args, **kwargs):
        delete_person(people[1], actor=COMMAND)
        return update(*args, **kwargs)

    monkeypatch.setattr(applying, "update_people", delete_first)
    stored = apply(stored)
    assert counts(stored.job) == {"updated": 2, "failed": 1}
    assert problems(stored) == {3: "This user is deleted. Restore the user first."}
    assert [one.attributes.get("department") for one in Person.objects.order_by("upn_key")].count("Sales") == 2


def test_number_of_statements_does_not_grow_with_the_number_of_updates(organization):
    found = []
    for number in (5, 50):
        people = [make_person(organization, f"p{each}-{number}@example.com") for each in range(number)]
        rows = "".join(f"{one.user_principal_name},Sales,{people[0].user_principal_name}\n" for one in people[1:])
        stored = check(organization, "userPrincipalName,department,manager\n" + rows)
        with CaptureQueriesContext(connection) as queries:
            assert counts(apply(stored).job) == {"updated": number - 1}
        found.append(len(queries))
    assert found[0] == found[1]


def test_batch_of_updates_is_applied_completely_or_not_at_all(organization):
    ada, bob = (make_person(organization, f"{name}@example.com") for name in ("ada", "bob"))
    other = make_person(make_organization("Other"))
    for refused in ({"displayName": ""}, {"manager": bob.pk}, {"manager": other.pk}, {"city": 7}):
        with pytest.raises(InvalidSettingError):
            update_people(organization, {ada.pk: {"city": "Paris"}, bob.pk: refused}, actor=COMMAND)
    for missing in (other.pk, uuid4()):
        with pytest.raises(UserGoneError):
            update_people(organization, {ada.pk: {"city": "Paris"}, missing: {"city": "Rome"}}, actor=COMMAND)
    assert {one.version for one in Person.objects.all()} == {1}
    assert update_people(organization, {ada.pk: {}, bob.pk: {"manager": ada.pk}}, actor=COMMAND) == [bob]
    assert person("bob@example.com").manager == ada


def test_managers_in_the_file_are_set_in_any_order(organization, monkeypatch):
    monkeypatch.setattr(applying, "PORTION", 2)
    rows = "a@x.org,A,b@x.org\nb@x.org,B,c@x.org\nc@x.org,C,\nd@x.org,D,c@x.org\n"
    rows += "e@x.org,E,nobody@x.org\nf@x.org,F,f@x.org\n"
    stored = apply(check(organization, "userPrincipalName,displayName,manager\n" + rows))
    assert counts(stored.job) == {"created": 4}
    managers = {name: person(f"{name}@x.org").manager for name in ("a", "b", "c", "d")}
    assert [str(managers[name]) for name in sorted(managers)] == ["B", "C", "None", "C"]
    assert problems(stored) == {
        6: "No user of this directory or this file has the user principal name nobody@x.org.",
        7: "The manager must be another user of this directory.",
    }


def test_manager_whose_row_failed_is_named(organization):
    stored = apply(check(organization, "userPrincipalName,displayName,manager\na@x.org,A,b@x.org\nb@x.org,,\n"))
    assert counts(stored.job) == {"failed": 1}
    assert problems(stored)[2].startswith("The manager was not set")
    assert person("a@x.org").manager is None


def test_invalid_rows_do_not_affect_others(organization):
    rows = "zoe,Zoe,\n,No Name,\nbob@x.org,,\nann@x.org,Ann,perhaps\n"
    rows += "cyd@x.org,Cyd,true\nCYD@x.org,Twin,\ndan@x.org,D,,lost\n"
    stored = apply(check(organization, "userPrincipalName,displayName,accountEnabled\n" + rows))
    assert counts(stored.check_job) == {"create": 1, "error": 6}
    assert [one.user_principal_name for one in Person.objects.all()] == ["cyd@x.org"]
    found = problems(stored)
    assert set(found) == {2, 3, 4, 5, 7, 8}
    assert found[5] == "accountEnabled must be true or false."
    assert found[7] == "Row 6 has the same userPrincipalName. Keep one of the two rows."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("displayName\nZoe\n", "no userPrincipalName column"),
        ("userPrincipalName,USERPRINCIPALNAME\na,b\n", "Two columns are named userPrincipalName"),
        ("userPrincipalName,objectId\na,b\n", "The directory sets objectId"),
        ("userPrincipalName,First name\na,b\n", "cannot be the name of an attribute"),
        ('userPrincipalName;displayName\na@x.org;A\nb@x.org;"B"x\n', "row that begins on line 3 is not valid CSV"),
        (b"PK\x03\x04", "not supported"),
        ("", "empty"),
    ],
)
def test_unreadable_file_is_refused(organization, data, reason):
    with pytest.raises(InvalidSettingError) as caught:
        check(organization, data)
    assert reason in caught.value.message
    assert not PeopleImport.objects.exists()


def test_ldif_is_imported_and_errors_name_the_line(organization):
    entry = "dn: cn={0},dc=x\nobjectClass: person\ncn: {0}\nmail: {1}\n\n"
    data = (
        "version: 1\n\n"
        + entry.format("Zoe", "zoe@x.org")
        + entry.format("Bob", "bob")
        + "dn: dc=x\nobjectClass: domain\n"
    )
    stored = apply(check(organization, data, "export.ldif"))
    assert (stored.left_out, counts(stored.job), set(problems(stored))) == (1, {"created": 1}, {8})
    assert person("zoe@x.org").display_name == "Zoe"
    with pytest.raises(InvalidSettingError, match="Line 2: this file changes entries"):
        check(organization, "dn: cn=a\nchangetype: add\n", "export.ldif")
    with pytest.raises(InvalidSettingError, match="contains no people"):
        check(organization, "dn: dc=x\nobjectClass: domain\n", "export.ldif")


def test_canceled_import_skips_the_rest_and_cannot_be_restarted(organization, monkeypatch):
    monkeypatch.setattr(applying, "PORTION", 1)
    stored = check(organization, "userPrincipalName,displayName\na@x.org,A\nb@x.org,B\nc@x.org,C\n")
    job = apply_people(stored, actor=COMMAND)
    with pytest.raises(JobStateError, match="already been imported"):
        apply_people(stored, actor=COMMAND)
    running.run_job_at_once(job, steps=2)
    cancel_job(fresh(stored).job, actor=COMMAND)
    running.run_due_jobs()
    stored = fresh(stored)
    assert (stored.job.state, counts(stored.job)) == (JobState.CANCELLED, {"created": 2})
    assert Person.objects.count() == 2
    assert stored.rows.get(outcome="").user_name == "c@x.org"


def test_names_are_deleted_with_the_person_and_files_after_a_month(organization):
    stored = apply(check(organization, "userPrincipalName,displayName\na@x.org,Qwertz\nb@x.org,B\n"))
    purge_person(delete_person(person("a@x.org"), actor=COMMAND), actor=COMMAND)
    assert "Qwertz" not in str(list(PersonRow.objects.values()))
    assert stored.rows.filter(label="B").exists()
    assert sweep_people_imports() == 0
    PeopleImport.objects.update(created_at=Now() - timedelta(days=31))
    assert (sweep_people_imports(), PersonRow.objects.count()) == (1, 0)


def test_check_of_many_rows_needs_few_statements(organization, django_assert_max_num_queries):
    rows = "".join(f"p{number}@x.org,P,p{number + 1}@x.org\n" for number in range(400))
    file = read_people("a.csv", f"userPrincipalName,displayName,manager\n{rows}p400@x.org,P,\n".encode())
    stored = upload_people(organization, file, file_name="a.csv", actor=COMMAND)
    with django_assert_max_num_queries(40):
        running.run_due_jobs()
    assert counts(fresh(stored).check_job) == {"create": 401}


def test_new_people_follow_rules_and_a_taken_name_does_not_affect_others(organization, monkeypatch):
    group = make_directory_group(organization, "Sales")
    clause = {"attribute": "department", "operator": "EQUALS", "value": "Sales"}
    rule = ScopingFilter.from_json({"groups": [{"clauses": [clause]}]})
    start_rule(group, rule=rule, actor=COMMAND)
    running.run_due_jobs()
    stored = check(
        organization, "userPrincipalName,displayName,department\na@x.org,A,Sales\nb@x.org,B,\nc@x.org,C,Sales\n"
    )
    compare = applying.Portion.compare

    def overtaken(portion, row):
        found = compare(portion, row)
        if row.key == "b@x.org":
            make_person(organization, "b@x.org", displayName="First")
        return found

    monkeypatch.setattr(applying.Portion, "compare", overtaken)
    stored = apply(stored)
    assert counts(stored.job) == {"created": 2, "failed": 1}
    assert problems(stored) == {3: "First already has the user principal name b@x.org. Change one of the two first."}
    members = Membership.objects.filter(group=group).order_by("person__upn_key")
    assert [str(one.person) for one in members] == ["A", "C"]
    created = AuditEvent.objects.filter(action="directory_user.created")
    assert [created.filter(target_id=one.person_id).count() for one in members] == [1, 1]
