"""The provisioning log: lists, filters, the page of a row, and the export."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import now

from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from directory.actions.applications import add_application
from directory.gallery import template_of
from directory.models import Operation, Outcome
from directory.portal.keysets import SIZE
from directory.portal.log_exports import portions
from directory.portal.log_texts import EXPLANATIONS
from directory.provisioning.plan import Reason
from tests import factories, pages
from tests.factories import COMMAND, make_outcome


@pytest.fixture
def application(organization):
    return add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)


def identities(portal, name="directory-log-list", *args, **query):
    answer = portal.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return [row.identity for row in answer.context["rows"]]


def page(portal, outcome, tab):
    return portal.get(reverse("directory-log-detail", args=[outcome.pk]), {"tab": tab}).content.decode()


def test_rows_are_found_by_each_filter(portal, organization, application):
    other = add_application(organization, template_of("slack"), name="Slack", actor=COMMAND)
    cycle = uuid4()
    ada = make_outcome(application, "Ada", cycle_id=cycle, at=now() - timedelta(days=3), remote_id="r-1")
    make_outcome(other, "Bob", action="update", status="success")
    assert identities(portal) == ["Bob", "Ada"]
    day = (now() - timedelta(days=1)).strftime("%Y-%m-%d")
    for query in (
        *({"q": "ad"}, {"q": str(ada.pk)}, {"q": str(cycle)}, {"q": str(ada.object_id)}, {"q": "r-1"}),
        *({"action": "create"}, {"status": "failure"}, {"application": str(application.pk)}),
        *({"cycle": str(cycle)}, {"change": str(ada.pk)}, {"date_to": day}),
    ):
        assert identities(portal, **query) == ["Ada"], query
    assert identities(portal, date_from=day) == ["Bob"]
    assert identities(portal, "application-logs", other.pk) == ["Bob"]


@pytest.mark.parametrize("query", [{"status": "x"}, {"cycle": "x"}, {"date_from": "x"}, {"application": "x"}])
def test_invalid_filter_is_reported_and_finds_nothing(portal, application, query):
    make_outcome(application)
    answer = portal.get(reverse("directory-log-list"), query)
    assert answer.context["rows"] == []
    assert "Invalid filter" in answer.content.decode()


def test_rows_of_another_organization_are_not_shown(portal, application, other_organization):
    theirs = add_application(other_organization, template_of("slack"), name="Theirs", actor=COMMAND)
    row = make_outcome(theirs, "Smith")
    make_outcome(application, "Ada")
    assert identities(portal) == ["Ada"]
    assert identities(portal, q=str(row.pk)) == []
    assert portal.get(reverse("directory-log-detail", args=[row.pk])).status_code == 404
    file = exported(portal)
    assert [each["identity"] for each in file["ProvisioningLogs.csv"]] == ["Ada"]


def test_next_page_continues_after_a_row(portal, application):
    for number in range(SIZE + 2):
        make_outcome(application, f"P{number:02}", at=now() - timedelta(minutes=number))
    first = portal.get(reverse("directory-log-list"))
    following = portal.get(reverse("directory-log-list") + first.context["next"])
    assert [row.identity for row in following.context["rows"]] == [f"P{SIZE:02}", f"P{SIZE + 1:02}"]
    assert len(first.context["rows"]) == SIZE


def test_empty_log_is_explained(portal):
    assert "Nothing has been provisioned yet" in portal.get(reverse("directory-log-list")).content.decode()
    assert "Nothing found in the log" in portal.get(reverse("directory-log-list"), {"q": "x"}).content.decode()


def test_failure_shows_cause_fix_and_request(portal, application):
    text = page(portal, make_outcome(application), "troubleshooting")
    assert "already has a value that must be unique" in text
    assert "POST /Users" in text
    assert "409 The userName is taken." in text


@pytest.mark.parametrize("reason", ["The address is internal.", ""])
def test_request_without_a_response_shows_the_reason(portal, application, reason):
    request = {"method": "GET", "path": "/Users", "status": 0, "answer": reason}
    text = page(portal, make_outcome(application, details={"request": request}), "troubleshooting")
    assert (reason or "\N{EN DASH}") in pages.read(text).texts("dd code")


def test_steps_are_shown_as_sentences(portal, application):
    text = page(portal, make_outcome(application), "steps")
    assert "It is assigned and in scope." in text
    assert "The application has no such object." in text
    assert "Create, 2 changed attributes" in text


def test_modified_members_are_shown_by_name(portal, organization, application):
    person = factories.make_person(organization, displayName="Grace Hopper")
    modified = [{"name": "members", "old": [], "new": [str(person.pk)], "operation": "members"}]
    text = page(portal, make_outcome(application, "Crew", kind="group", modified=modified), "modified")
    assert "<ins>Grace Hopper</ins>" in text


def test_members_of_another_organization_are_shown_without_names(portal, application, other_organization):
    person = factories.make_person(other_organization, displayName="Agent Smith")
    modified = [{"name": "members", "old": [], "new": [str(person.pk)], "operation": "members"}]
    text = page(portal, make_outcome(application, modified=modified), "modified")
    assert "Agent Smith" not in text
    assert str(person.pk) in text


def test_summary_links_to_the_cycle(portal, application):
    cycle = uuid4()
    text = page(portal, make_outcome(application, cycle_id=cycle), "summary")
    assert f"{reverse('application-logs', args=[application.pk])}?cycle={cycle}" in text


def test_summary_shows_the_row_as_json_and_the_reason_of_the_failure(portal, application):
    row = make_outcome(application, modified=[{"name": "title", "old": None, "new": "<b>"}])
    page = pages.read(portal.get(reverse("directory-log-detail", args=[row.pk]), {"tab": "summary"}))
    document = json.loads(page.one("#document").text)
    assert document["changeId"] == str(row.pk)
    assert document["modifiedProperties"] == row.modified
    assert [step["step"] for step in document["steps"]] == [step["step"] for step in row.steps]
    assert "409 The userName is taken." in page.texts("dd")


def test_row_links_to_its_user_and_shows_the_next_attempt(portal, organization, application):
    person = factories.make_person(organization, displayName="Grace Hopper")
    row = make_outcome(application, object_id=person.pk)
    failed = Operation(application=application, kind=row.kind, object_id=person.pk, attempts=3)
    text = page(portal, row, "steps")
    assert reverse("directory-user-detail", args=[person.pk]) in text
    assert "Next attempt" not in text
    failed.save()
    assert "Next attempt" in page(portal, row, "steps")
    person.delete()
    assert "Next attempt" in page(portal, row, "steps"), "also for an object that is gone"


def test_every_reason_of_a_plan_is_explained():
    assert {reason.value for reason in Reason if reason} <= set(EXPLANATIONS)


def exported(portal, query=""):
    answer = portal.post(reverse("directory-log-export"), {"query": query})
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as bundle:
        return {
            name: list(csv.DictReader(io.StringIO(bundle.read(name).decode("utf-8-sig")))) for name in bundle.namelist()
        }


def test_export_has_three_files_joined_by_the_change_id(portal, application):
    modified = [{"name": "displayName", "old": None, "new": "=1+1", "operation": "replace"}]
    row = make_outcome(application, modified=modified)
    make_outcome(application, "Bob", status="success")
    files = exported(portal, "status=failure&after=x")
    (log,) = files["ProvisioningLogs.csv"]
    assert (log["changeId"], log["identity"], log["errorCode"]) == (str(row.pk), "Ada Lovelace", "EntryConflict")
    steps = files["ProvisioningLogs_ProvisioningSteps.csv"]
    assert [step["name"] for step in steps] == ["import", "scope", "match", "evaluate", "provision"]
    (change,) = files["ProvisioningLogs_ModifiedProperties.csv"]
    assert (change["changeId"], change["newValue"]) == (str(row.pk), "'=1+1")
    event = AuditEvent.objects.get(action=AuditAction.PROVISIONING_LOG_EXPORTED)
    assert event.details["filter"] == "status=failure&after=x"


def test_export_with_an_invalid_filter_has_no_rows(portal, application):
    make_outcome(application)
    assert exported(portal, "status=x")["ProvisioningLogs.csv"] == []


def test_portions_contain_each_row_once(application):
    moment = now()
    rows = {make_outcome(application, str(number), at=moment).pk for number in range(5)}
    found = [row.pk for portion in portions(Outcome.objects.all(), size=2) for row in portion]
    assert len(found) == 5
    assert set(found) == rows


def test_row_links_to_provisioning_on_demand_and_to_earlier_rows(portal, organization, application):
    person = factories.make_person(organization, "ada@example.com")
    old = make_outcome(application, "Ada", object_id=person.pk, at=now() - timedelta(days=1))
    new = make_outcome(application, "Ada", object_id=person.pk)
    make_outcome(application, "Bob")
    answer = portal.get(reverse("directory-log-detail", args=[new.pk]), {"tab": "summary"})
    assert answer.context["earlier"] == [old]
    address = pages.read(answer).link("Provision on demand")
    assert "Provision on demand" in pages.read(portal.get(address)).text
    assert "ada@example.com" in pages.read(portal.get(address)).text


def test_list_shows_the_reason_of_a_failure_or_the_changes(portal, application):
    changed = [{"name": name, "old": "", "new": "x"} for name in ("title", "city", "state", "country", "mail")]
    make_outcome(application, status="success", code="", modified=changed)
    make_outcome(application, status="success", code="", modified=changed[:1])
    make_outcome(application, status="skipped", code="OutOfScope", modified=[])
    found = [result for _, result in portal.get(reverse("directory-log-list")).context["pairs"]]
    assert found == ["A scoping filter excludes the object.", "title", "title, city, state and 2 more"]
