"""The pages of groups: list, members, picker, changes, overrides. They cannot be used to get a higher role."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions.groups import add_members, create_group
from controlhub.actions.mappings import map_group
from controlhub.models import Group, Membership, Role, User
from tests import factories, pages

MESSAGE = "This role has permissions that yours lacks. Ask a full administrator."


def make_group(organization, name="Crew", **document):
    return create_group(organization, document={"displayName": name, **document}, actor=factories.COMMAND)


def fill(group, *members):
    """Make users or groups members."""
    group.refresh_from_db()
    add_members(group, ids=[member.pk for member in members], actor=factories.COMMAND)


def members_of(group):
    pairs = Membership.objects.filter(group=group).values_list("user_id", "child_id")
    return {pk for pair in pairs for pk in pair if pk}


@pytest.fixture
def group(organization):
    return make_group(organization)


@pytest.fixture
def owned(scim):
    """A group that a connection created."""
    return Group.objects.get(pk=scim.post("/Groups", {"displayName": "Synced", "externalId": "x1"}).document["id"])


def names(answer):
    return pages.read(answer).texts("tbody tr .c-name a")


# --- List ---------------------------------------------------------------------------------------


def test_list_shows_source_size_and_role(organization, portal, group, owned):
    fill(group, factories.make_user(organization))
    map_group(group, role=Role.AUDITOR, actor=factories.COMMAND)
    page = pages.read(portal.get("/groups/"))
    crew, synced = page.texts("tbody tr")
    assert ("Control Hub" in crew, "Auditor" in crew) == (True, True)
    assert "Entra ID" in synced


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("eam", ["Team A", "Team B"]),
        ("TEAM b", ["Team B"]),
        ("t", ["Team A", "Team B"]),
        ("ext-7", ["Team A"]),
        ("zz", []),
    ],
)
def test_search_finds_parts_of_names_and_external_ids(organization, portal, text, found):
    make_group(organization, "Team B")
    make_group(organization, "Team A", externalId="ext-7")
    make_group(organization, "Crew")
    assert names(portal.get("/groups/", {"q": text})) == found


def test_search_finds_the_id(portal, group):
    assert names(portal.get("/groups/", {"q": str(group.pk)})) == ["Crew"]


def test_list_can_be_filtered_by_source_and_role(organization, portal, group, owned):
    assert names(portal.get("/groups/", {"source": "here"})) == ["Crew"]
    assert names(portal.get("/groups/", {"source": str(owned.connection_id)})) == ["Synced"]
    map_group(owned, role=Role.AUDITOR, actor=factories.COMMAND)
    assert names(portal.get("/groups/", {"grants": "auditor"})) == ["Synced"]
    assert names(portal.get("/groups/", {"grants": "help_desk"})) == []


def test_list_shows_the_number_of_groups(organization, portal, group, owned):
    summary = pages.read(portal.get("/groups/")).one("#results-summary")
    assert pages.text_of(summary) == f"{Group.objects.in_organization(organization).count()} groups"
    found = pages.read(portal.get("/groups/?q=" + group.display_name)).one("#results-summary")
    assert pages.text_of(found) == "1 group on this page"


def test_nested_groups_are_listed_separately_from_members(organization, portal, group):
    assert not pages.read(portal.get(f"/groups/{group.pk}/")).all("#nested-h, input[name=kind]")
    child = make_group(organization, "Berlin office")
    fill(group, child)
    page = pages.read(portal.get(f"/groups/{group.pk}/"))
    assert ("Berlin office", f"/groups/{child.pk}/") in page.links
    assert [choice["value"] for choice in page.all("input[name=kind]")] == ["all", "direct", "inherited"]


@pytest.mark.parametrize("sort", ["name", "-name", "created", "-created"])
def test_cursor_pages_the_list_forward_and_back(organization, portal, sort):
    expected = [make_group(organization, f"Team {number:03}").display_name for number in range(60)]
    expected = expected[::-1] if sort.startswith("-") else expected
    answer, walked, starts = portal.get("/groups/", {"sort": sort}), [], []
    while True:
        starts.append(names(answer))
        walked += starts[-1]
        following = pages.read(answer).link("Next")
        if not following:
            break
        answer = portal.get("/groups/" + following)
    assert walked == expected
    back = portal.get("/groups/" + pages.read(answer).link("Previous"))
    assert names(back) == starts[-2]
    assert names(portal.get("/groups/" + pages.read(back).link("Previous"))) == starts[0]


# --- Members ------------------------------------------------------------------------------------


def test_members_show_every_path_to_their_membership(organization, portal, group):
    inner = make_group(organization, "Inner")
    both, inherited = (factories.make_user(organization, name) for name in ("both@x.example", "inherited@x.example"))
    fill(inner, both, inherited)
    fill(group, both, inner)
    path = f"/groups/{group.pk}/"
    rows = pages.read(portal.get(path)).texts("tbody tr")
    assert len(rows) == 2
    assert ("Direct" in rows[0], "Inner" in rows[0]) == (True, True)
    assert ("Direct" in rows[1], "Inner" in rows[1]) == (False, True)
    assert names(portal.get(path, {"kind": "direct"})) == ["both@x.example"]
    assert names(portal.get(path, {"kind": "inherited"})) == ["both@x.example", "inherited@x.example"]


def test_member_search_accepts_words_in_any_order(organization, portal, group):
    person = factories.make_user(organization, "bj@x.example", name={"givenName": "Barbara", "familyName": "Jensen"})
    fill(group, person, factories.make_user(organization, "other@x.example"))
    for text in ("jensen barbara", "Barb", "bj@x"):
        assert names(portal.get(f"/groups/{group.pk}/", {"q": text})) == ["Barbara Jensen"]


@pytest.mark.parametrize("is_large", [False, True])
def test_cursor_pages_through_the_members(organization, portal, group, monkeypatch, is_large):
    """Both kinds of pagination: small groups by name, large ones by ID."""
    if is_large:
        monkeypatch.setattr("controlhub.portal.member_pages.SORTED", 10)
    fill(group, *(factories.make_user(organization, f"user{number:02}@x.example") for number in range(60)))
    path, walked = f"/groups/{group.pk}/", []
    answer = portal.get(path)
    while True:
        walked.append(names(answer))
        following = pages.read(answer).link("Next")
        if not following:
            break
        answer = portal.get(path + following)
    assert [name for page in walked for name in page] == [f"user{number:02}@x.example" for number in range(60)]
    assert names(portal.get(path + pages.read(answer).link("Previous"))) == walked[1]


def test_large_group_is_searched_with_the_index(organization, portal, group, monkeypatch):
    monkeypatch.setattr("controlhub.portal.member_pages.SORTED", 1)
    fill(group, *(factories.make_user(organization, f"{name}@x.example") for name in ("anna", "berta")))
    factories.make_user(organization, "annabel@x.example")
    assert names(portal.get(f"/groups/{group.pk}/", {"q": "anna"})) == ["anna@x.example"]


def test_members_are_found_and_added_without_script(organization, portal, group):
    person, inner = factories.make_user(organization, "tank@x.example"), make_group(organization, "Tank crew")
    path = f"/groups/{group.pk}/members/add/?q=tank"
    page = pages.read(portal.get(path))
    assert "tank@x.example" in page.text
    assert "Tank crew" in page.text
    answer = portal.post(path, {"ids": [str(person.pk), str(inner.pk)]})
    assert answer.status_code == 302
    assert members_of(group) == {person.pk, inner.pk}
    assert pages.read(portal.get(path)).text.count("Already a member") == 2


@pytest.mark.parametrize(("query", "is_focused"), [("", True), ("?q=tank", False)])
def test_member_search_has_the_focus_until_there_are_results(portal, group, query, is_focused):
    page = pages.read(portal.get(f"/groups/{group.pk}/members/add/{query}"))
    assert page.one("main input[name=q]").has_attr("autofocus") is is_focused


def test_cycle_is_refused_in_the_form(organization, portal, group):
    inner = make_group(organization, "Inner")
    fill(group, inner)
    answer = portal.post(f"/groups/{inner.pk}/members/add/", {"ids": [str(group.pk)]})
    assert answer.status_code == 409
    assert "would be a member of itself" in pages.read(answer).text


def test_removing_a_member_never_deletes_a_person(organization, portal, group):
    person, other = factories.make_user(organization), make_group(organization, "Other")
    fill(group, person)
    fill(other, person)
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    path = f"/groups/{group.pk}/members/remove/"
    asked = pages.read(portal.post(path, {"ids": [str(person.pk)]}))
    assert members_of(group) == {person.pk}, "it asks first"
    portal.post(path, asked.form(path).fields)
    assert members_of(group) == set()
    assert User.objects.get(pk=person.pk).active
    assert members_of(other) == {person.pk}
    events = AuditEvent.objects.exclude(pk__in=before)
    assert [event.activity for event in events] == ["Change group members"]
    forms = pages.read(portal.get(f"/groups/{other.pk}/")).forms
    actions = [form.action for form in forms if form.method == "post"]
    assert not [action for action in actions if action.startswith("/users/")]


# --- Changes ------------------------------------------------------------------------------------


def test_group_is_created_renamed_and_deleted(portal, organization):
    person = factories.make_user(organization)
    assert portal.post("/groups/create/", {"display_name": "Crew"}).status_code == 302
    group = Group.objects.get()
    fill(group, person)
    portal.post(f"/groups/{group.pk}/rename/", {"display_name": "Crew 2"})
    group.refresh_from_db()
    assert (group.display_name, group.document["displayName"]) == ("Crew 2", "Crew 2")
    portal.post(f"/groups/{group.pk}/delete/")
    assert not Group.objects.exists()
    assert User.objects.get(pk=person.pk).active
    actions = AuditEvent.objects.filter(action__startswith="group.").order_by("created_at", "id")
    assert list(actions.values_list("action", flat=True)) == [
        "group.created", "group.members_changed", "group.updated", "group.deleted",
    ]  # fmt: skip


def test_unique_names_apply_to_groups_made_in_the_portal(organization, portal):
    from controlhub.actions.organizations import change_policies

    change_policies(organization, changes={"unique_group_names": True}, actor=factories.COMMAND)
    assert portal.post("/groups/create/", {"display_name": "Crew"}).status_code == 302
    assert portal.post("/groups/create/", {"display_name": "CREW"}).status_code == 409
    portal.post("/groups/create/", {"display_name": "Other"})
    other = Group.objects.get(display_name="Other")
    assert portal.post(f"/groups/{other.pk}/rename/", {"display_name": "crew"}).status_code == 409


OWNED_CHANGES = {
    "rename": ("rename/", {"display_name": "Mine"}),
    "delete": ("delete/", {}),
    "add": ("members/add/", {"ids": ["{person}"]}),
    "remove": ("members/remove/", {"ids": ["{member}"], "confirm": "yes"}),
}


@pytest.mark.parametrize("change", OWNED_CHANGES)
def test_changing_a_directory_owned_group_requires_a_reason(organization, portal, owned, change):
    person, member = (factories.make_user(organization, name) for name in ("a@x.example", "b@x.example"))
    fill(owned, member)
    path, data = OWNED_CHANGES[change]
    ids = {"{person}": str(person.pk), "{member}": str(member.pk)}
    data = {**data, **({"ids": [ids[text] for text in data["ids"]]} if "ids" in data else {})}
    version = Group.objects.values_list("version", flat=True)
    before = version.get(pk=owned.pk)
    assert "owns this group" in pages.read(portal.get(f"/groups/{owned.pk}/")).text
    assert portal.post(f"/groups/{owned.pk}/{path}", data).status_code == 422
    assert version.get(pk=owned.pk) == before
    assert portal.post(f"/groups/{owned.pk}/{path}", {**data, "reason": "Ticket 7"}).status_code == 302
    event = AuditEvent.objects.in_organization(organization).about(owned.pk).newest_first().first()
    assert (event.reason, event.details["override"]) == ("Ticket 7", "Entra ID")


def test_connection_owns_a_group_whose_external_id_it_sets(scim, group):
    scim.patch(f"/Groups/{group.pk}", {"op": "add", "path": "externalId", "value": "e7"})
    assert Group.objects.get(pk=group.pk).owner.name == "Entra ID"


def test_record_and_activity_are_shown(portal, organization, group):
    record = pages.read(portal.get(f"/groups/{group.pk}/record/"))
    assert record.copied("etag") == 'W/"1"'
    assert str(group.pk) in record.copied("document")
    assert "Add group" in pages.read(portal.get(f"/groups/{group.pk}/activity/")).text
    inner, innermost = make_group(organization, "Inner"), make_group(organization, "Innermost")
    fill(inner, innermost)
    fill(group, inner)
    tree = pages.read(portal.get(f"/groups/{group.pk}/inside/")).texts("ul.tree li")
    assert [text.split()[0] for text in tree] == ["Inner", "Innermost"]
    assert "Crew" in pages.read(portal.get(f"/groups/{inner.pk}/settings/")).text


# --- Roles --------------------------------------------------------------------------------------


def test_nobody_joins_or_nests_a_group_above_their_role(organization, group):
    factories.make_admin(organization)
    account, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
    ops = make_group(organization, "Ops")
    map_group(ops, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    browser = factories.browser(account)
    attempts = [(ops, account.user_id), (ops, group.pk), (group, ops.pk)]
    for into, member in attempts:
        answer = browser.post(f"/groups/{into.pk}/members/add/", {"ids": [str(member)]})
        assert answer.status_code == 409
        assert MESSAGE in pages.read(answer).text
    for path, data in (("rename/", {"display_name": "X"}), ("delete/", {})):
        assert MESSAGE in pages.read(browser.post(f"/groups/{ops.pk}/{path}", data)).text
    assert not Membership.objects.exists()
    refused = AuditEvent.objects.filter(action="role.refused")
    assert refused.count() == len(attempts) + 2
    assert {event.actor_label for event in refused} == {"cypher@example.com"}


# --- Cost ---------------------------------------------------------------------------------------


def test_number_of_queries_does_not_depend_on_the_number_of_rows(organization, portal, group):
    def queries(path):
        with CaptureQueriesContext(connection) as found:
            assert portal.get(path).status_code == 200
        return len(found)

    fill(group, factories.make_user(organization), make_group(organization, "Inner"))
    paths = ["/groups/", f"/groups/{group.pk}/", f"/groups/{group.pk}/inside/"]
    before = [queries(path) for path in paths]
    fill(group, *(factories.make_user(organization, f"u{n}@x.example") for n in range(10)))
    fill(group, *(make_group(organization, f"G{n}") for n in range(10)))
    assert [queries(path) for path in paths] == before


def test_unknown_groups_are_not_found(portal):
    for tab in ("", "inside/", "settings/", "activity/", "record/", "members/add/"):
        assert portal.get(f"/groups/{uuid.uuid4()}/{tab}").status_code == 404
