"""The pages of the directory's groups: list, members, and rules with a preview."""

import pytest

from directory.models import Group, Membership
from tests import factories
from tests.factories import make_directory_group, make_person


@pytest.fixture
def client(organization):
    return factories.browser(factories.make_admin(organization)[0])


@pytest.fixture
def group(organization):
    return make_directory_group(organization)


def address(group, part=""):
    return f"/directory/groups/{group.pk}/{part}"


def members(group):
    return set(Membership.objects.filter(group=group).values_list("person__display_name", flat=True))


def condition(attribute="department", operator="EQUALS", value="Engines"):
    return {"attribute_0": attribute, "operator_0": operator, "value_0": value}


def test_group_is_created_edited_and_deleted(client):
    client.post("/directory/groups/add/", {"name": "Research", "description": "New things"})
    group = Group.objects.get()
    response = client.post("/directory/groups/add/", {"name": "RESEARCH"})
    assert response.status_code == 409
    assert "Another group of the directory has the name RESEARCH" in response.content.decode()
    client.post(address(group, "edit/"), {"name": "Ideas", "description": ""})
    group.refresh_from_db()
    assert (group.display_name, group.description) == ("Ideas", "")
    client.post(address(group, "delete/"))
    assert not Group.objects.exists()


def test_list_finds_groups_by_name_and_membership(organization, client, group):
    make_directory_group(organization, "Sales")
    make_directory_group(factories.make_organization("Other"), "Research 2")

    def found(query):
        return [row.display_name for row in client.get(f"/directory/groups/?{query}").context["groups"]]

    assert found("") == ["Research", "Sales"]
    assert found("q=SEAR") == ["Research"]
    assert found(f"q={group.pk}") == ["Research"]
    assert found("kind=dynamic") == []


def test_members_are_searched_added_and_removed(organization, client, group):
    person, child = make_person(organization), make_directory_group(organization, "Adapters")
    page = client.get(address(group, "members/add/") + "?q=ada").context
    assert (page["people"], page["groups"]) == ([person], [child])
    ids = [str(person.pk), str(child.pk)]
    client.post(address(group, "members/add/"), {"ids": ids})
    rows = client.get(address(group)).context["members"]
    assert [row.person or row.child for row in rows] == [person, child]
    client.post(address(group, "members/remove/"), {"ids": ids})
    assert not Membership.objects.exists()


def test_cycle_is_refused_on_the_page(organization, client, group):
    child = make_directory_group(organization, "Child")
    client.post(address(group, "members/add/"), {"ids": [str(child.pk)]})
    response = client.post(address(child, "members/add/"), {"ids": [str(group.pk)]})
    assert response.status_code == 409
    assert "would be a member of itself" in response.content.decode()


def test_preview_counts_and_lists_members_without_saving(organization, client, group):
    make_person(organization, department="Engines")
    make_person(organization, "grace@example.com", department="Ships")
    response = client.post(address(group, "rule/"), {**condition(), "preview": "1"})
    preview = response.context["preview"]
    assert (preview.number, [str(person) for person in preview.people]) == (1, ["Ada"])
    group.refresh_from_db()
    assert group.rule == {}
    assert not Membership.objects.exists()


def test_saved_rule_selects_members_until_they_are_assigned_manually(organization, client, group):
    make_person(organization, department="Engines")
    client.post(address(group, "rule/"), condition(attribute="DEPARTMENT"))
    assert members(group) == {"Ada"}
    assert client.get(address(group, "rule/")).context["form"]["attribute_0"].value() == "department"
    make_person(organization, "grace@example.com", department="Engines")
    assert members(group) == {"Ada", "Grace"}
    client.post(address(group, "rule/"), {"assign": "1"})
    group.refresh_from_db()
    assert (group.kind, members(group)) == ("assigned", {"Ada", "Grace"})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (condition(value=""), "Enter a value"),
        (condition(attribute=""), "Choose an attribute"),
        (condition(operator="REGEX MATCH", value="("), ""),
        (condition(attribute="otherMails"), "several values"),
        ({}, "at least one condition"),
    ],
)
def test_invalid_rule_is_refused_with_the_reason(client, group, values, words):
    response = client.post(address(group, "rule/"), values)
    assert response.status_code in {409, 422}
    assert words in response.content.decode()
    group.refresh_from_db()
    assert group.rule == {}
