"""The overview of an application: the state of its cycle, starting it, and deciding about removals."""

from uuid import uuid4

import pytest
from django.urls import reverse

from controlhub.database.clock import machine_now
from controlhub.models import Job, Role
from directory.actions.applications import add_application
from directory.engine.dry_runs import DryRun
from directory.gallery import template_of
from directory.models import Application, Assignment, Cycle, Guard, Operation, Quarantine, SyncState
from tests import factories, pages
from tests.factories import COMMAND

PAUSED = Quarantine.ON_DEMAND
JUDGED = (Quarantine.CREDENTIALS, Quarantine.FAILURES)


@pytest.fixture
def application(organization):
    found = add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)
    found.keep_secret("a secret token of some length")
    found.tenant_url, found.is_on = "https://scim.example.com/v2", True
    found.save()
    SyncState.objects.create(application=found, organization_id=organization.pk)
    return found


@pytest.fixture
def waiting(application):
    person = factories.make_person(application.organization, displayName="Grace Hopper")
    for pk in (person.pk, uuid4()):
        Operation.objects.create(application=application, kind="person", object_id=pk, removes=True)
    return Cycle.objects.create(
        application=application,
        organization_id=application.organization_id,
        kind="incremental",
        state="waiting",
        guard="waiting",
        guard_reason="share",
        removals=2,
    )


def overview(browser, application):
    return browser.get(reverse("application-detail", args=[application.pk])).content.decode()


def send(browser, name, application):
    return browser.post(reverse(name, args=[application.pk]), follow=True).content.decode()


def test_new_application_has_an_overview(portal, application):
    assert "None yet" in overview(portal, application)


def test_first_steps_are_checked_off_until_the_first_cycle(portal, application):
    def done():
        steps = portal.get(reverse("application-detail", args=[application.pk])).context["steps"]
        return [step.is_done for step in steps]

    assert done() == [True, False, False, True]
    Assignment.objects.create(application=application, person=factories.make_person(application.organization))
    Job.objects.create(
        organization=application.organization, kind=DryRun.name, parameters={"application": str(application.pk)}
    )
    assert done() == [True, True, True, True]
    Application.objects.filter(pk=application.pk).update(is_on=False, tenant_url="")
    assert done() == [False, True, True, False]
    Cycle.objects.create(application=application, organization_id=application.organization_id, kind="initial")
    assert done() == []


def test_overview_shows_the_running_phase(portal, application):
    Cycle.objects.create(
        application=application,
        organization_id=application.organization_id,
        kind="initial",
        phase="groups",
        total=10,
        done=4,
    )
    text = overview(portal, application)
    assert "Initial: Groups, 40 %" in text
    assert "4 of 10 objects" in text


def test_overview_shows_the_reason_for_quarantine(portal, application):
    SyncState.objects.update(quarantine=Quarantine.CREDENTIALS)
    assert "The application refuses the credentials" in overview(portal, application)


def test_cycle_is_started(portal, application):
    assert "begins now" in send(portal, "application-start", application)


def test_cycle_cannot_be_started_while_provisioning_is_off(portal, application):
    Application.objects.update(is_on=False)
    assert "Turn provisioning on first." in send(portal, "application-start", application)


def test_restart_requires_confirmation_and_ends_a_quarantine(portal, application):
    SyncState.objects.update(quarantine=Quarantine.CREDENTIALS)
    asked = portal.get(reverse("application-restart", args=[application.pk])).content.decode()
    assert "reads every object" in asked
    send(portal, "application-restart", application)
    assert SyncState.objects.get().quarantine == Quarantine.NONE


def test_removals_are_counted_and_listed(portal, application, waiting):
    assert "waits for your decision" in overview(portal, application)
    text = portal.get(reverse("application-removals", args=[application.pk])).content.decode()
    assert "disable or delete 2 objects" in text
    assert "Grace Hopper" in text


@pytest.mark.parametrize(("name", "guard"), [("allow", Guard.ALLOWED), ("reject", Guard.REJECTED)])
def test_removals_are_decided_once(portal, application, waiting, name, guard):
    send(portal, f"application-{name}", application)
    waiting.refresh_from_db()
    assert waiting.guard == guard
    assert "waits for a decision" in send(portal, f"application-{name}", application)


def test_readers_see_the_state_without_buttons(organization, application, waiting):
    account, _ = factories.make_admin(organization, "reader@example.com", Role.READ_ONLY_ADMIN)
    text = overview(factories.browser(account), application)
    assert "waits for your decision" in text
    assert reverse("application-start", args=[application.pk]) not in text


def test_running_cycle_is_stopped(portal, application):
    cycle = Cycle.objects.create(
        application=application, organization_id=application.organization_id, kind="initial", total=10
    )
    assert reverse("application-stop", args=[application.pk]) in overview(portal, application)
    send(portal, "application-stop", application)
    cycle.refresh_from_db()
    assert (cycle.state, cycle.finished_at is None) == ("stopped", False)
    assert "This application has no cycle in progress." in send(portal, "application-stop", application)


def test_provisioning_is_paused_and_resumed(portal, application):
    assert "until you resume" in send(portal, "application-pause", application)
    assert "Provisioning is paused. Nothing is sent." in overview(portal, application)
    assert "paused already" in send(portal, "application-pause", application)
    assert "Resume it first." in send(portal, "application-start", application)
    assert "resumed" in send(portal, "application-resume", application)
    assert "is not paused" in send(portal, "application-resume", application)


@pytest.mark.parametrize(
    ("reason", "word"), [("", "On"), *((each, "Quarantine") for each in JUDGED), (PAUSED, "Paused")]
)
def test_list_shows_whether_provisioning_is_running(portal, application, reason, word):
    SyncState.objects.update(quarantine=reason)
    assert pages.read(portal.get(reverse("application-list"))).texts(".results .status") == [word]


def test_quarantine_shows_cause_request_schedule_and_fix(portal, application):
    request = {"method": "GET", "path": "/Users?count=1", "status": 401, "answer": "expired"}
    SyncState.objects.update(
        quarantine=Quarantine.CREDENTIALS, quarantined_at=machine_now(), quarantine_details={"request": request}
    )
    page = pages.read(overview(portal, application))
    card = page.one("section[aria-labelledby=quarantine-h]")
    text = pages.text_of(card)
    assert "GET /Users?count=1" in text
    assert "401 expired" in text
    assert "every 24 hours" in text
    assert card.select(f"a[href='{reverse('application-provisioning', args=[application.pk])}']")
    SyncState.objects.update(quarantine=Quarantine.FAILURES, quarantine_details={"count": 7, "threshold": 5})
    page = pages.read(overview(portal, application))
    assert "7 (threshold: 5)" in page.text
    assert page.all("a[href$='?status=failure']")


def test_undo_is_previewed_then_started_for_that_cycle(portal, application):
    address = reverse("application-undo", args=[application.pk])
    assert "Nothing to undo" in portal.get(address).content.decode()
    cycle = Cycle.objects.create(
        application=application,
        organization_id=application.organization_id,
        kind="incremental",
        state="done",
        finished_at=machine_now(),
    )
    modified = [{"name": "displayName", "old": "Ada", "new": "Ada Lovelace", "operation": "replace"}]
    values = {"status": "success", "code": "", "details": {}, "cycle_id": cycle.pk}
    factories.make_outcome(application, "Ada", action="update", modified=modified, **values)
    factories.make_outcome(application, "Bob", **values)
    factories.make_outcome(application, "Eve", action="delete", **values)
    page = pages.read(portal.get(address))
    assert page.texts("dl.facts dd") == ["1", "1", "1"], "nothing was disabled"
    assert "displayName: Ada Lovelace → Ada" in page.text
    assert "Eve" not in page.text
    assert "Another cycle" in portal.post(address, {"cycle": uuid4()}).content.decode()
    answer = portal.post(address, {"cycle": cycle.pk})
    assert answer["Location"] == reverse("job-detail", args=[Job.objects.get(kind="directory-undo-cycle").pk])
    assert "Nothing to undo" in portal.get(address).content.decode()


def test_overview_lists_failures_that_will_be_retried(portal, application):
    def troubles():
        context = portal.get(reverse("application-detail", args=[application.pk])).context
        return [(trouble.outcome.identity, trouble.cause) for trouble in context["troubles"]]

    for number in range(7):
        found = factories.make_outcome(application, identity=f"P{number}", status="failure", code="EntryConflict")
        Operation.objects.create(application=application, kind="person", object_id=found.object_id, attempts=number)
    causes = {cause for _, cause in troubles()}
    assert [name for name, _ in troubles()] == ["P6", "P5", "P4", "P3", "P2"]
    assert causes == {"Another object of the application already has a value that must be unique."}
    Operation.objects.filter(attempts__gt=2).delete()
    assert [name for name, _ in troubles()] == ["P2", "P1"]
