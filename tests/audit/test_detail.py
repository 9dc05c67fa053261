"""One event in full: what else the same request did, the pages of those involved, and the raw event."""

import json

import pytest

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions.groups import create_group
from controlhub.actions.users import deactivate_user
from controlhub.models import Role
from tests import factories, pages

REQUEST = "0198f3a0-0000-7000-8000-00000000cafe"


@pytest.fixture
def events(organization):
    """Twelve events of one request, and one of another."""
    actor = Actor(ActorKind.COMMAND, label="Command line", request_id=REQUEST)
    for number in range(12):
        create_group(organization, document={"displayName": f"Group {number}"}, actor=actor)
    create_group(organization, document={"displayName": "Other"}, actor=factories.COMMAND)
    return list(AuditEvent.objects.of_request(REQUEST).order_by("created_at", "id"))


def test_shows_the_other_events_of_the_request(portal, events):
    page = pages.read(portal.get(f"/audit/{events[0].pk}/"))
    links = [link["href"] for link in page.all(".sib a")]
    assert links == [f"/audit/{event.pk}/" for event in events[1:11]]
    answer = pages.read(portal.get(page.link("Show all events of this request")))
    assert len(answer.all("a.evlink")) == 12


def test_an_event_without_a_request_has_no_related_events(portal, events):
    other = AuditEvent.objects.filter(action="group.created", request_id="").get()
    assert pages.read(portal.get(f"/audit/{other.pk}/")).all(".sib a") == []


def test_links_to_target_and_to_its_events(portal, events):
    page = pages.read(portal.get(f"/audit/{events[0].pk}/"))
    links = {link["href"] for link in page.all("main a")}
    assert {f"/groups/{events[0].target_id}/", f"/audit/?target={events[0].target_id}"} <= links


def test_an_auditor_gets_no_links_to_pages_that_are_closed_to_them(organization, events):
    account, _ = factories.make_admin(organization, "auditor@example.com", Role.AUDITOR)
    page = pages.read(factories.browser(account).get(f"/audit/{events[0].pk}/"))
    assert f"/groups/{events[0].target_id}/" not in {link["href"] for link in page.all("main a")}


def test_raw_json_has_facts_and_values(organization, portal):
    user = factories.make_user(organization, "smith@example.com")
    deactivate_user(user, actor=factories.COMMAND)
    event = AuditEvent.objects.get(action="user.deactivated")
    raw = json.loads(pages.text_of(pages.read(portal.get(f"/audit/{event.pk}/")).all("details pre")[0]))
    assert (raw["id"], raw["target_id"], raw["target_label"]) == (str(event.pk), str(user.pk), "smith@example.com")
