"""The gallery and the list of enterprise applications: search, add, open, rename, delete."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from controlhub.database.clock import machine_now
from controlhub.models import Role
from directory.actions.applications import add_application
from directory.gallery import template_of
from directory.models import Application, Cycle, Quarantine, SyncState
from tests import factories
from tests.factories import COMMAND


@pytest.fixture
def application(organization):
    return add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)


def shown(portal, name, *args, **query):
    return portal.get(reverse(name, args=args), query).content.decode()


def test_application_is_found_in_the_gallery_and_added(portal, organization):
    found = portal.get(reverse("application-gallery"), {"q": "Cisco Webex"})
    assert [tile.template.key for tile in found.context["found"]] == ["cisco-webex"]
    assert "1 match for “Cisco Webex”" in found.content.decode()
    assert "All applications" in shown(portal, "application-gallery")
    panel = shown(portal, "application-template", "cisco-webex")
    assert "https://api.ciscospark.com/v1/scim/[OrgId]" in panel
    added = portal.post(reverse("application-add", args=["cisco-webex"]), {"name": "Cisco Webex"}, follow=True)
    assert "Cisco Webex was added." in added.content.decode()
    (row,) = added.context["rows"]
    application = Application.objects.get(organization=organization)
    assert row.application == application
    assert application.quirks == dict(template_of("cisco-webex").stated_quirks)
    assert application.user_mappings == [row.to_json() for row in template_of("cisco-webex").user_mappings]
    event = AuditEvent.objects.get(target_id=str(application.pk))
    assert (event.action, event.activity) == (AuditAction.APPLICATION_ADDED, "Add application")


def test_gallery_filters_return_only_the_results(portal):
    part = portal.get(reverse("application-gallery"), {"q": "git"}, headers={"HX-Request": "true"}).content.decode()
    assert "GitHub Enterprise" in part
    assert "GitLab" in part
    assert "Slack" not in part
    assert "<html" not in part


def test_unknown_template_is_not_found(portal):
    assert portal.get(reverse("application-template", args=["none"])).status_code == 404
    assert portal.post(reverse("application-add", args=["none"]), {"name": "X"}).status_code == 404


def test_application_without_groups_does_not_provision_groups(organization):
    assert not add_application(organization, template_of("gitlab"), name="G", actor=COMMAND).provisions_groups


@pytest.mark.parametrize("name", ["Webex", "WEBEX"])
def test_name_must_be_unique(portal, application, name):
    answer = portal.post(reverse("application-add", args=["slack"]), {"name": name})
    assert answer.status_code == 409
    assert "Another application has this name." in answer.content.decode()
    assert Application.objects.count() == 1


def test_another_organization_can_use_the_name(application, other_organization):
    add_application(other_organization, template_of("slack"), name="Webex", actor=COMMAND)


def test_number_of_applications_per_organization_is_limited(portal, application, monkeypatch):
    monkeypatch.setattr("directory.actions.applications.MOST_APPLICATIONS", 1)
    answer = portal.post(reverse("application-add", args=["slack"]), {"name": "Slack"})
    assert answer.status_code == 409
    assert "at most 1 applications" in answer.content.decode()


def test_list_can_be_searched_by_name(portal, application):
    assert len(portal.get(reverse("application-list"), {"q": "web"}).context["rows"]) == 1
    assert "No application matches" in shown(portal, "application-list", q="slack")


def test_list_shows_no_application_of_another_organization(portal, other_organization):
    add_application(other_organization, template_of("slack"), name="Theirs", actor=COMMAND)
    assert "Theirs" not in shown(portal, "application-list")


def test_application_is_renamed(portal, application):
    answer = portal.post(reverse("application-rename", args=[application.pk]), {"name": "Webex Test"}, follow=True)
    assert "Webex Test" in answer.content.decode()
    event = AuditEvent.objects.get(action=AuditAction.APPLICATION_RENAMED)
    assert event.target_id == str(application.pk)


def test_renaming_to_the_same_name_is_not_recorded(portal, application):
    portal.post(reverse("application-rename", args=[application.pk]), {"name": "Webex"})
    assert not AuditEvent.objects.filter(action=AuditAction.APPLICATION_RENAMED).exists()


def test_application_is_deleted_after_confirmation(portal, application):
    assert "Delete the application Webex?" in shown(portal, "application-delete", application.pk)
    portal.post(reverse("application-delete", args=[application.pk]))
    assert not Application.objects.exists()
    assert AuditEvent.objects.filter(action=AuditAction.APPLICATION_DELETED).count() == 1


def test_readers_see_applications_without_buttons(organization, application):
    account, _ = factories.make_admin(organization, "reader@example.com", Role.READ_ONLY_ADMIN)
    browser = factories.browser(account)
    page = shown(browser, "application-detail", application.pk)
    assert "Webex" in page
    assert reverse("application-delete", args=[application.pk]) not in page
    assert reverse("application-gallery") not in shown(browser, "application-list")


def test_list_shows_the_newest_cycle_and_the_start_of_the_next(portal, application, organization):
    def row():
        (found,) = portal.get(reverse("application-list")).context["rows"]
        return found

    assert (row().cycle, row().next_at) == (None, None)
    Application.objects.update(is_on=True, is_automatic=True)
    later = machine_now() + timedelta(minutes=28)
    state = SyncState.objects.create(application=application, organization_id=organization.pk, next_at=later)
    counts = {"create": {"success": 3, "failure": 2}, "other": {"success": 9, "skipped": 1}, "disable": {"warning": 1}}
    values = {"application": application, "organization_id": organization.pk}
    Cycle.objects.create(state="done", started_at=machine_now() - timedelta(hours=2), **values)
    done = Cycle.objects.create(state="done", counts=counts, finished_at=machine_now(), **values)
    assert (row().cycle, row().next_at) == (done, later)
    assert (done.changes, done.failures, done.skipped, done.created, done.disabled) == (4, 2, 1, 3, 1)
    state.quarantine = Quarantine.ON_DEMAND
    state.save()
    assert row().next_at is None
    state.quarantine = ""
    state.save()
    Cycle.objects.create(state="running", total=3, done=2, started_at=machine_now() + timedelta(hours=1), **values)
    assert (row().cycle.percent, row().next_at) == (66, None)


def test_number_of_queries_does_not_depend_on_the_number_of_applications(portal, organization):
    def costs(number):
        for _ in range(number):
            name = f"A{Application.objects.count()}"
            found = add_application(organization, template_of("cisco-webex"), name=name, actor=COMMAND)
            Cycle.objects.create(application=found, organization_id=organization.pk)
        portal.get(reverse("application-list"))
        with CaptureQueriesContext(connection) as queries:
            portal.get(reverse("application-list"))
        return len(queries)

    assert costs(1) == costs(4)
