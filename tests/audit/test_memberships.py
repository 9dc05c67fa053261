"""A change of many members names each member, and a search for each finds it. A bulk request is an event with parts."""

import pytest

from audit.lists import Criteria
from audit.lists.pages import load_page
from audit.lists.places import Place
from audit.lists.questions import questions_of
from audit.models import AuditEvent
from audit.sentences import Sentences
from audit.vocabulary import AuditAction
from controlhub.models import Group, User
from controlhub.portal.timelines import timeline
from scim.protocol import urns
from tests import factories
from tests.surfaces import bulk

NUMBER = 60


@pytest.fixture
def people(organization):
    return [factories.make_user(organization, f"user{number:02}@example.com") for number in range(NUMBER)]


def found(organization, query):
    page = load_page(questions_of(organization, Criteria.read(query)), Place(), size=100)
    return [event.action for event in page.events]


def crew(scim, **document):
    body = {"schemas": [urns.CORE_GROUP], "displayName": "Crew", **document}
    return scim.post("/Groups", body).document["id"]


def values(people):
    return [{"value": str(user.pk)} for user in people]


def by_patch(scim, people):
    scim.patch(f"/Groups/{crew(scim)}", {"op": "add", "path": "members", "value": values(people)})


def by_put(scim, people):
    body = {"schemas": [urns.CORE_GROUP], "displayName": "Crew", "members": values(people)}
    scim.put(f"/Groups/{crew(scim)}", body)


def by_post(scim, people):
    crew(scim, members=values(people))


@pytest.mark.parametrize("add", [by_patch, by_put, by_post])
def test_change_is_found_by_each_of_many_members(scim, organization, people, add):
    add(scim, people)
    event = AuditEvent.objects.get(action=AuditAction.MEMBERS_CHANGED)
    assert event.details["added"]["count"] == len(event.details["added"]["ids"]) == NUMBER
    for user in (people[0], people[55], people[-1]):
        assert found(organization, f"target={user.pk}") == ["group.members_changed", "user.created"]
        assert found(organization, f"q={user.pk}") == ["group.members_changed", "user.created"]
        assert found(organization, f"target={user.user_name}") == ["group.members_changed", "user.created"]
        entries = [entry for _, entries in timeline(user).days for entry in entries]
        assert [entry.event.action for entry in entries] == ["group.members_changed", "user.created"]
        assert f"{NUMBER}" in entries[0].sentence
    group = Group.objects.get()
    assert found(organization, f"target={group.pk}") == ["group.members_changed", "group.created"]


def test_joining_and_leaving_are_found_by_the_member(scim, organization):
    user, other = factories.make_user(organization), factories.make_user(organization, "other@example.com")
    group = crew(scim)
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values([user])})
    scim.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user.pk}"]'})
    assert found(organization, f"target={user.pk}") == [*["group.members_changed"] * 2, "user.created"]
    assert found(organization, f"target={other.pk}") == ["user.created"]


def test_change_is_not_found_if_the_member_is_excluded(scim, organization, people):
    by_patch(scim, people)
    actions = found(organization, f"target={people[3].pk}&not=target")
    assert "group.members_changed" not in actions
    assert actions.count("user.created") == NUMBER - 1


def test_page_of_the_event_lists_all_members(scim, portal, people):
    by_patch(scim, people)
    event = AuditEvent.objects.get(action=AuditAction.MEMBERS_CHANGED)
    page = portal.get(f"/audit/{event.pk}/").content.decode()
    for user in people:
        assert f"?target={user.pk}" in page
    assert "Added members" in page


def test_members_beyond_the_limit_are_counted(scim, portal, people, monkeypatch):
    monkeypatch.setattr("controlhub.actions.groups.LISTED_MEMBERS", 10)
    by_patch(scim, people)
    event = AuditEvent.objects.get(action=AuditAction.MEMBERS_CHANGED)
    assert "50 more are not listed" in portal.get(f"/audit/{event.pk}/").content.decode().replace("\n", " ")


def test_bulk_request_is_one_event_with_parts(scim, organization):
    body = {"schemas": [urns.CORE_USER], "userName": "neo@example.com"}
    create = {"method": "POST", "path": "/Users", "bulkId": "1", "data": body}
    group = {"schemas": [urns.CORE_GROUP], "displayName": "Crew", "members": [{"value": "bulkId:1"}]}
    response = scim.post("/Bulk", bulk(create, {"method": "POST", "path": "/Groups", "bulkId": "2", "data": group}))
    whole = AuditEvent.objects.get(action=AuditAction.BULK_REQUESTED)
    parts = AuditEvent.objects.filter(parent_id=whole.pk).order_by("created_at", "id")
    assert [event.action for event in parts] == ["user.created", "group.created", "group.members_changed"]
    assert {event.request_id for event in parts} == {whole.request_id, response["X-Request-ID"]} - {""}
    assert (whole.details, whole.target_id) == ({"operations": 2}, str(organization.pk))
    assert Sentences(organization, [whole]).each()[0].text.endswith("sent a bulk request with 2 operations")


def test_bulk_request_with_one_operation_has_no_parent_event(scim):
    body = {"schemas": [urns.CORE_USER], "userName": "neo@example.com"}
    scim.post("/Bulk", bulk({"method": "POST", "path": "/Users", "bulkId": "1", "data": body}))
    assert not AuditEvent.objects.filter(action=AuditAction.BULK_REQUESTED).exists()
    user = User.objects.get(user_name="neo@example.com")
    assert AuditEvent.objects.get(target_id=str(user.pk)).parent_id is None
