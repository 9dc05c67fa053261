"""Groups: members change as a set, exactly as requested, for groups of any size."""

import uuid

import pytest

from audit.models import AuditEvent
from bench.seed import add_people
from controlhub.models import Group, Membership, Organization
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


def test_members_are_added_and_removed_in_every_form(scim, users, group):
    path = f"/Groups/{group}"
    scim.patch(path, {"op": "Add", "path": "members", "value": values(users[2])})
    assert members(scim, group) == set(users[:3])
    scim.patch(path, {"op": "remove", "path": f'members[value eq "{users[0]}"]'})
    assert members(scim, group) == set(users[1:3])
    scim.patch(path, {"op": "Remove", "path": "members", "value": values(users[1])})  # Entra means these, not all
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
    assert scim.put(f"/Groups/{group}", body)["ETag"] == before["ETag"], "sending the same again changes nothing"


@pytest.fixture(params=["unknown id", "no id at all", "other organization"])
def stranger(request, other_organization):
    if request.param == "other organization":
        return str(factories.make_user(other_organization).pk)
    return str(uuid.uuid4()) if request.param == "unknown id" else "fake-member-id"


def test_unknown_members_are_left_out_and_recorded(scim, users, group, stranger):
    answer = scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(users[2], stranger)})
    assert answer.status_code == 200
    assert members(scim, group) == set(users[:3])
    details = AuditEvent.objects.filter(action="group.members_changed").order_by("created_at").last().details
    assert details["left_out"] == {"count": 1, "ids": [stranger]}
    assert details["tolerated"] == ["unknown-member"]


def test_strict_organization_refuses_unknown_members(organization, scim, users, group, stranger):
    Organization.objects.filter(pk=organization.pk).update(refused_tolerances=["unknown-member"])
    answer = scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(users[2], stranger)})
    assert (answer.status_code, answer.document["scimType"]) == (400, "invalidValue")
    assert members(scim, group) == set(users[:2])


@pytest.mark.parametrize("way", ["itself", "its member", "a member of its member"])
def test_group_cannot_be_a_member_of_itself(scim, group, way):
    inner = scim.post("/Groups", {"displayName": "Inner"}).document["id"]
    middle = scim.post("/Groups", {"displayName": "Middle", "members": values(inner)}).document["id"]
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(middle)})
    into = {"itself": group, "its member": middle, "a member of its member": inner}[way]
    answer = scim.patch(f"/Groups/{into}", {"op": "add", "path": "members", "value": values(group)})
    assert (answer.status_code, answer.document["scimType"]) == (400, "invalidValue")


def test_users_show_their_direct_and_indirect_groups(scim, users, group):
    outer = scim.post("/Groups", {"displayName": "Fleet", "members": values(group)}).document["id"]
    scim.post("/Groups", {"displayName": "Union", "members": values(outer, users[0])})
    found = {item["display"]: item["type"] for item in scim.get(f"/Users/{users[0]}").document["groups"]}
    assert found == {"Crew": "direct", "Fleet": "indirect", "Union": "direct"}
    inside = scim.get(f'/Users?filter=groups.value eq "{outer}"').document["Resources"]
    assert {user["id"] for user in inside} == set(users[:2])
    direct = scim.get(f'/Users?filter=groups[value eq "{outer}" and type eq "direct"]').document
    assert direct["totalResults"] == 0


def test_etag_of_a_user_changes_with_the_groups(scim, users, group):
    path = f"/Users/{users[2]}"
    before = scim.get(path)["ETag"]
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(users[2])})
    joined = scim.get(path)
    assert joined["ETag"] == joined.document["meta"]["version"] != before
    assert scim.patch(path, {"op": "add", "path": "title", "value": "x"}, **{"If-Match": before}).status_code == 412
    scim.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "Team"})
    assert scim.get(path)["ETag"] != joined["ETag"]
    assert scim.get(f"{path}?attributes=userName")["ETag"] == scim.get(path)["ETag"]
    assert scim.get(path, **{"If-None-Match": scim.get(path)["ETag"]}).status_code == 304


def test_members_can_be_paged_like_webex(scim, users, group):
    inner = scim.post("/Groups", {"displayName": "Inner"}).document["id"]
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(*users, inner)})
    page = scim.get(f"/Groups/{group}/Members?startIndex=3&count=3").document
    assert page["schemas"] == ["urn:scim:schemas:extension:cisco:webexidentity:2.0:GroupMembers"]
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (5, 3, 3)
    assert [member["value"] for member in page["members"]] == [*sorted(users)[2:], inner]
    assert page["members"][-1] == {"value": inner, "type": "group", "display": "Inner"}
    only = scim.get(f"/Groups/{group}/Members?memberType=group").document
    assert [member["value"] for member in only["members"]] == [inner]
    assert scim.get(f"/Groups/{uuid.uuid4()}/Members").status_code == 404


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_every_page_of_members_begins_at_its_start_index(scim, users, group, count):
    inner = [scim.post("/Groups", {"displayName": f"Inner {i}"}).document["id"] for i in range(3)]
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(*users, *inner)})
    everybody = [*sorted(users), *sorted(inner)]
    for start in range(1, len(everybody) + 2):
        page = scim.get(f"/Groups/{group}/Members?startIndex={start}&count={count}").document
        assert [member["value"] for member in page["members"]] == everybody[start - 1 :][:count]


@pytest.mark.parametrize("parameter", ["includeMembers=false", "excludedAttributes=members"])
def test_members_can_be_left_out(scim, group, parameter):
    assert "members" not in scim.get(f"/Groups/{group}?{parameter}").document
    assert "members" not in scim.get(f"/Groups?{parameter}").document["Resources"][0]


def test_groups_of_a_user_can_be_left_out(scim, users, group):
    assert "groups" in scim.get(f"/Users/{users[0]}?returnGroups=true").document
    assert "groups" not in scim.get(f"/Users/{users[0]}?returnGroups=false").document


def test_group_names_are_unique_if_configured(organization, scim, group):
    assert scim.post("/Groups", {"displayName": "Crew"}).status_code == 201
    Organization.objects.filter(pk=organization.pk).update(unique_group_names=True)
    scim.put(f"/Groups/{group}", {"displayName": "Unique"})
    answer = scim.post("/Groups", {"displayName": "uNIQUE"})
    assert (answer.status_code, answer.document["scimType"]) == (409, "uniqueness")
    scim.delete(f"/Groups/{group}")
    assert scim.post("/Groups", {"displayName": "uNIQUE"}).status_code == 201


def test_deleted_users_are_removed_from_groups(scim, users, group):
    before = scim.get(f"/Groups/{group}")["ETag"]
    scim.delete(f"/Users/{users[0]}")
    after = scim.get(f"/Groups/{group}")
    assert (after["ETag"] != before, members(scim, group)) == (True, {users[1]})
    assert Group.objects.get(pk=group).member_count == 1


def test_nested_groups_have_type_and_reference(scim, users, group):
    outer = scim.post("/Groups", {"displayName": "Fleet", "members": values(group)}).document
    assert outer["members"][0]["type"] == "Group"
    assert outer["members"][0]["$ref"].endswith(f"/Groups/{group}")
    named = scim.get(f"/Groups/{outer['id']}?attributes=members.display").document
    assert named["members"] == [{"display": "Crew"}]
    without = scim.get(f"/Groups/{outer['id']}?excludedAttributes=members").document
    assert "members" not in without
    assert scim.get(f"/Users/{users[0]}").document["groups"][0]["display"] == "Crew"


@pytest.mark.parametrize("size", [1_001, pytest.param(20_000, marks=pytest.mark.deep)])
def test_large_group_accepts_many_members_at_once_and_responds_without_a_body(organization, scim, size):
    """A group with more than 1,000 members is large: responses to changes leave the members out."""
    ids = [str(pk) for pk in add_people(organization, size)]
    group = scim.post("/Groups", {"displayName": "Everybody"}).document["id"]
    answer = scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": values(*ids)})
    assert (answer.status_code, answer.content) == (204, b"")
    assert Membership.objects.filter(group=group).count() == size
    gone = scim.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{ids[7]}"]'})
    assert gone.status_code == 204
    shown = scim.call(
        "PATCH",
        f"/Groups/{group}?attributes=displayName",
        factories.patch_body({"op": "replace", "path": "displayName", "value": "All"}),
    )
    assert (shown.status_code, shown.document["displayName"]) == (200, "All")
    assert Group.objects.get(pk=group).version == 4
    assert Membership.objects.filter(group=group).count() == size - 1
