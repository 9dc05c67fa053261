"""One event in full: other events of the same request, the pages of the objects involved, and the raw event."""

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
    """Twelve events of one request, and one event without a request."""
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


def test_event_without_a_request_has_no_related_events(portal, events):
    other = AuditEvent.objects.filter(action="group.created", request_id="").get()
    assert pages.read(portal.get(f"/audit/{other.pk}/")).all(".sib a") == []


def test_links_to_the_target_and_its_events(portal, events):
    page = pages.read(portal.get(f"/audit/{events[0].pk}/"))
    links = {link["href"] for link in page.all("main a")}
    assert {f"/groups/{events[0].target_id}/", f"/audit/?target={events[0].target_id}"} <= links


def test_auditor_gets_no_links_to_forbidden_pages(organization, events):
    account, _ = factories.make_admin(organization, "auditor@example.com", Role.AUDITOR)
    page = pages.read(factories.browser(account).get(f"/audit/{events[0].pk}/"))
    assert f"/groups/{events[0].target_id}/" not in {link["href"] for link in page.all("main a")}


def test_raw_json_contains_facts_and_values(organization, portal):
    user = factories.make_user(organization, "smith@example.com")
    deactivate_user(user, actor=factories.COMMAND)
    event = AuditEvent.objects.get(action="user.deactivated")
    raw = json.loads(pages.text_of(pages.read(portal.get(f"/audit/{event.pk}/")).all("details pre")[0]))
    assert (raw["id"], raw["target_id"], raw["target_label"]) == (str(event.pk), str(user.pk), "smith@example.com")


@pytest.fixture
def bulk(organization):
    """A change with 52 parts, and another event of its request."""
    actor = Actor(ActorKind.COMMAND, label="Command line", request_id=REQUEST)
    create_group(organization, document={"displayName": "Whole"}, actor=actor)
    whole = AuditEvent.objects.get(action="group.created")
    part = actor._replace(parent_id=str(whole.pk))
    for number in range(52):
        create_group(organization, document={"displayName": f"Part {number}"}, actor=part)
    create_group(organization, document={"displayName": "Other"}, actor=actor)
    return whole


def test_part_links_to_the_whole_and_to_the_other_parts(portal, bulk):
    first = AuditEvent.objects.filter(parent_id=bulk.pk).order_by("created_at", "id").first()
    page = pages.read(portal.get(f"/audit/{first.pk}/"))
    links = [link["href"] for link in page.all(".drawer__s a")]
    assert f"/audit/{bulk.pk}/" in links
    assert len(page.all(".sib")[0].select("a")) == 10
    answer = pages.read(portal.get(page.link("Show all events of this bulk change")))
    assert len(answer.all("a.evlink")) == 25
    assert "52 events" in pages.text_of(answer.one("#results-summary"))


def test_whole_shows_its_parts_and_the_other_events_of_its_request(portal, bulk):
    page = pages.read(portal.get(f"/audit/{bulk.pk}/"))
    parts, others = page.all(".sib")
    assert len(parts.select("a")) == 10
    assert [pages.text_of(link) for link in others.select("a")] == ["Command line added the group Other"]


def test_parts_can_be_excluded_and_an_invalid_id_is_an_error(portal, bulk):
    answer = pages.read(portal.get(f"/audit/?activity=Add+group&parent={bulk.pk}&not=parent"))
    assert len(answer.all("a.evlink")) == 2
    assert "Invalid filter" in portal.get("/audit/?parent=x").content.decode()


def test_parts_of_an_event_without_a_request_are_found(organization, portal, bulk):
    alone = create_group(organization, document={"displayName": "Alone"}, actor=factories.COMMAND)
    whole = AuditEvent.objects.get(target_id=str(alone.pk))
    create_group(
        organization, document={"displayName": "Its part"}, actor=factories.COMMAND._replace(parent_id=str(whole.pk))
    )
    answer = pages.read(portal.get(f"/audit/?parent={whole.pk}"))
    assert len(answer.all("a.evlink")) == 1
