"""The overview of an application: where its cycle is, starting it, and deciding about removals."""

from uuid import uuid4

import pytest
from django.urls import reverse

from controlhub.models import Role
from directory.actions.applications import add_application
from directory.gallery import template_of
from directory.models import Application, Cycle, Guard, Operation, Quarantine, SyncState
from tests import factories
from tests.factories import COMMAND


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


def test_overview_of_a_new_application(portal, application):
    assert "None yet" in overview(portal, application)


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


def test_overview_says_why_it_is_in_quarantine(portal, application):
    SyncState.objects.update(quarantine=Quarantine.CREDENTIALS)
    assert "The application refuses the credentials" in overview(portal, application)


def test_cycle_is_started(portal, application):
    assert "begins now" in send(portal, "application-start", application)


def test_starting_is_refused_while_provisioning_is_off(portal, application):
    Application.objects.update(is_on=False)
    assert "Turn provisioning on first." in send(portal, "application-start", application)


def test_restart_asks_first_and_ends_a_quarantine(portal, application):
    SyncState.objects.update(quarantine=Quarantine.CREDENTIALS)
    asked = portal.get(reverse("application-restart", args=[application.pk])).content.decode()
    assert "reads every object" in asked
    send(portal, "application-restart", application)
    assert SyncState.objects.get().quarantine == Quarantine.NONE


def test_removals_are_counted_and_named(portal, application, waiting):
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


def test_readers_see_the_state_and_no_buttons(organization, application, waiting):
    account, _ = factories.make_admin(organization, "reader@example.com", Role.READ_ONLY_ADMIN)
    text = overview(factories.browser(account), application)
    assert "waits for your decision" in text
    assert reverse("application-start", args=[application.pk]) not in text
