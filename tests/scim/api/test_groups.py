"""Groups: members change in sets, exactly as asked, at any size."""

import uuid

import pytest

from audit.models import AuditEvent
from controlhub.models import Group, Membership
from tests import factories


@pytest.fixture
def users(organization):
    return [str(factories.make_user(organization, f"user{index}@example.com").pk) for index in range(4)]


@pytest.fixture
def group(scim, users):
    members = [{"value": users[0]}, {"value": users[1]}]
    return scim.post("/Groups", {"displayName": "Crew", "members": members}).document["id"]


def members(scim, group):
    return {member["value"] for member in scim.get(f"/Groups/{group}").document.get("members", [])}


def values(*ids):
    return [{"value": pk} for pk in ids]


def test_add_and_remove_in_every_form(scim, users, group):
    path = f"/Groups/{group}"
    scim.patch(path, {"op": "Add", "path": "members", "value": values(users[2])})
    assert members(scim, group) == set(users[:3])
    scim.patch(path, {"op": "remove", "path": f'members[value eq "{users[0]}"]'})
    assert members(scim, group) == set(users[1:3])
    scim.patch(path, {"op": "Remove", "path": "members", "value": values(users[1])})  # Entra: these, not all
    assert members(scim, group) == {users[2]}
    scim.patch(path, {"op": "replace", "path": "members", "value": values(users[3])})
    assert members(scim, group) == {users[3]}
    scim.patch(path, {"op": "remove", "path": "members"})
    assert members(scim, group) == set()


def test_put_sets_the_members_and_records_the_difference(scim, users, group):
    body = {"displayName": "Crew", "members": values(*users[1:])}
    assert scim.put(f"/Groups/{group}", body).status_code == 200
    assert members(scim, group) == set(users[1:])
    details = AuditEvent.objects.filter(action="group.members_changed").order_by("created_at").last().details
    assert details["removed"] == {"count": 1, "ids": [users[0]]}
    assert set(details["added"]["ids"]) == set(users[2:])
    before = scim.get(f"/Groups/{group}")
    assert scim.put(f"/Groups/{group}", body)["ETag"] == before["ETag"], "the same again is no change"


@pytest.mark.parametrize("stranger", [str(uuid.uuid4()), "nobody", "self", "other organization"])
def test_a_member_that_does_not_exist_is_refused_whole(scim, other_organization, users, group, stranger):
    if stranger == "self":
        stranger = group
    elif stranger == "other organization":
        stranger = str(factories.make_user(other_organization).pk)
    answer = scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(users[2], stranger)})
    assert (answer.status_code, answer.document["scimType"]) == (400, "invalidValue")
    assert members(scim, group) == set(users[:2])


def test_nested_groups_and_references(scim, users, group):
    outer = scim.post("/Groups", {"displayName": "Fleet", "members": values(group)}).document
    assert outer["members"][0]["type"] == "Group"
    assert outer["members"][0]["$ref"].endswith(f"/Groups/{group}")
    named = scim.get(f"/Groups/{outer['id']}?attributes=members.display").document
    assert named["members"] == [{"display": "Crew"}]
    without = scim.get(f"/Groups/{outer['id']}?excludedAttributes=members").document
    assert "members" not in without
    assert scim.get(f"/Users/{users[0]}").document["groups"][0]["display"] == "Crew"


def test_a_large_group_takes_many_at_once_and_answers_without_body(organization, scim):
    from bench.seed import person
    from controlhub.models import User

    User.objects.bulk_create([person(organization, index) for index in range(20_000)], batch_size=2_000)
    ids = [str(pk) for pk in User.objects.in_organization(organization).values_list("pk", flat=True)]
    group = scim.post("/Groups", {"displayName": "Everybody"}).document["id"]
    answer = scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(*ids)})
    assert (answer.status_code, answer.content) == (204, b"")
    assert Membership.objects.filter(group=group).count() == 20_000
    gone = scim.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{ids[7]}"]'})
    assert gone.status_code == 204
    shown = scim.call(
        "PATCH",
        f"/Groups/{group}?attributes=displayName",
        factories.patch_body({"op": "replace", "path": "displayName", "value": "All"}),
    )
    assert (shown.status_code, shown.document["displayName"]) == (200, "All")
    assert Group.objects.get(pk=group).version == 4
    assert Membership.objects.filter(group=group).count() == 19_999
