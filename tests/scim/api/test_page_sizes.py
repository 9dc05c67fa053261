"""Pages are limited in bytes: there may be fewer resources than requested, and the next page continues after them."""

import pytest

from controlhub.models import Group, Membership, PagePosition
from controlhub.sql import pages, room
from controlhub.sql.room import MAX_PAGE, Room
from tests import factories
from tests.conftest import ScimClient

SMALL_PAGE = 83_886
LARGE = 9_000
FIT = SMALL_PAGE // (LARGE + 500)
BASES = ["/v1/scim/{}", "/identity/scim/{}/v2"]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(room, "MAX_PAGE", SMALL_PAGE)
    monkeypatch.setattr(pages, "SMALL", SMALL_PAGE // 8)


@pytest.fixture(params=BASES, ids=["tenant URL", "Webex"])
def client(request, organization):
    return ScimClient(organization, factories.make_token(organization)[1], request.param)


@pytest.fixture
def people(organization):
    """More users than fit on two pages, all with the same displayName."""
    document = {"displayName": "Same", "title": "x" * LARGE}
    names = [f"user{index:02}@example.com" for index in range(2 * FIT + 2)]
    return [str(factories.make_user(organization, name, **document).pk) for name in names]


def walk_by_index(ask):
    """The IDs on all pages. `ask` sends a query with a `startIndex`. Every page except the last is cut."""
    found, sizes, start = [], [], 1
    while True:
        document = ask(start)
        ids = [resource["id"] for resource in document["Resources"]]
        assert (document["startIndex"], document["itemsPerPage"]) == (start, len(ids))
        if not ids:
            return found, sizes, document["totalResults"]
        found, sizes, start = found + ids, [*sizes, len(ids)], start + len(ids)
        if len(found) == document["totalResults"]:
            return found, sizes, document["totalResults"]


def assert_filled(sizes):
    """Check that no page exceeds the limit, and that each except the last is at least half full."""
    assert max(sizes) <= FIT
    assert min(sizes[:-1]) >= FIT // 2


@pytest.mark.parametrize(
    "more",
    [
        "",
        '&filter=userName sw "user"',
        "&filter=active eq true",
        '&filter=displayName eq "Same"',
        "&sortBy=userName",
        "&attributes=userName",
    ],
)
def test_index_pages_continue_where_the_last_one_ended(client, people, more):
    found, sizes, total = walk_by_index(
        lambda start: client.get(f"/Users?count=1000&startIndex={start}{more}").document
    )
    assert (found, total) == (people, len(people))
    assert_filled(sizes)


@pytest.mark.parametrize("path", ["/Users/.search", "/.search"])
def test_searches_have_the_same_limit(client, people, path):
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 1_000}
    found, sizes, _ = walk_by_index(lambda start: client.post(path, {**body, "startIndex": start}).document)
    assert found == people
    assert_filled(sizes)


@pytest.mark.parametrize("more", ["", "&sortBy=userName&sortOrder=descending", '&filter=displayName eq "Same"'])
def test_cursor_pages_continue_where_the_last_one_ended_in_both_directions(scim, people, more):
    expected = people[::-1] if "descending" in more else people
    there, cursor, document = [], "", None
    while cursor is not None:
        document = scim.get(f"/Users?count=1000&cursor={cursor}{more}").document
        there.append([resource["id"] for resource in document["Resources"]])
        assert (document["totalResults"], document["itemsPerPage"]) == (len(people), len(there[-1]))
        cursor = document.get("nextCursor")
    assert [pk for ids in there for pk in ids] == expected
    assert_filled([len(ids) for ids in there])
    back, cursor = [], document["previousCursor"]
    while cursor is not None:
        document = scim.get(f"/Users?count=1000&cursor={cursor}{more}").document
        back = [[resource["id"] for resource in document["Resources"]], *back]
        cursor = document.get("previousCursor")
    assert [pk for ids in back for pk in ids] == [pk for ids in there[:-1] for pk in ids]
    assert_filled([len(ids) for ids in back])


@pytest.mark.parametrize("is_by_cursor", [False, True], ids=["by index", "by cursor"])
def test_all_types_in_a_response_share_the_limit(scim, organization, is_by_cursor):
    users = [str(factories.make_user(organization, f"user{n}", title="x" * LARGE).pk) for n in range(FIT - 1)]
    groups = []
    for n in range(3):
        pk = scim.post("/Groups", {"displayName": f"Group {n}"}).document["id"]
        group = Group.objects.get(pk=pk)
        Group.objects.filter(pk=pk).update(document={**group.document, "externalId": "x" * LARGE})
        groups.append(pk)
    if is_by_cursor:
        found, sizes, cursor = [], [], ""
        while cursor is not None:
            document = scim.get(f"/?count=1000&cursor={cursor}").document
            found += [resource["id"] for resource in document["Resources"]]
            sizes.append(document["itemsPerPage"])
            cursor = document.get("nextCursor")
    else:
        found, sizes, _ = walk_by_index(lambda start: scim.get(f"/?count=1000&startIndex={start}").document)
    assert found == users + groups
    assert_filled(sizes)


@pytest.mark.parametrize("more", ["", "&sortBy=userName", "&cursor=", '&filter=displayName eq "Same"'])
def test_page_has_at_least_one_resource(scim, organization, more):
    for name in ("a", "b"):
        factories.make_user(organization, name, displayName="Same", title="x" * (SMALL_PAGE + 1))
    document = scim.get(f"/Users?count=10{more}").document
    assert (document["totalResults"], document["itemsPerPage"]) == (2, 1)
    assert document["Resources"][0]["userName"] == "a"


@pytest.mark.parametrize("more", ["", "&sortBy=displayName", "&cursor=", '&filter=displayName sw "group"'])
def test_size_of_groups_includes_members_only_if_returned(scim, more):
    """The size is estimated from the number of members, and the members of groups that do not fit are not read."""
    ids = [scim.post("/Groups", {"displayName": f"Group {n}"}).document["id"] for n in range(3)]
    Group.objects.filter(pk__in=ids).update(member_count=300)
    assert scim.get(f"/Groups?count=10{more}").document["itemsPerPage"] == 1
    without = scim.get(f"/Groups?count=10{more}&excludedAttributes=members").document
    assert (without["totalResults"], without["itemsPerPage"]) == (3, 3)


@pytest.mark.parametrize("is_nested", [False, True], ids=["groups", "nested groups"])
@pytest.mark.parametrize("more", ["", "&sortBy=userName", "&cursor=", '&filter=displayName eq "Same"'])
def test_size_of_users_includes_their_groups(scim, organization, more, is_nested):
    users = [factories.make_user(organization, f"user{n}", displayName="Same") for n in range(10)]
    names = [f"{n:03}{'x' * 1_600}" for n in range(10)]
    groups = Group.objects.bulk_create(
        Group(organization=organization, display_name=name, display_name_key=name[:100], document={}) for name in names
    )
    Membership.objects.bulk_create(Membership(group=group, user=user) for group in groups for user in users)
    if is_nested:
        scim.patch(f"/Groups/{groups[0].pk}", {"op": "add", "path": "members", "value": [{"value": str(groups[1].pk)}]})
    document = scim.get(f"/Users?count=10{more}").document
    assert (document["totalResults"], document["itemsPerPage"]) == (10, 4)
    assert len(document["Resources"][0]["groups"]) == 10


def test_pages_of_members_are_limited_by_their_names(scim, organization):
    users = [factories.make_user(organization, f"user{n}", displayName="x" * LARGE) for n in range(FIT + 2)]
    members = [{"value": str(user.pk)} for user in users]
    group = scim.post("/Groups", {"displayName": "Crew", "members": members}).document["id"]
    first = scim.get(f"/Groups/{group}/Members").document
    second = scim.get(f"/Groups/{group}/Members?startIndex={1 + first['itemsPerPage']}").document
    assert (
        first["totalResults"] == second["totalResults"] == first["itemsPerPage"] + second["itemsPerPage"] == len(users)
    )
    assert first["itemsPerPage"] <= SMALL_PAGE // LARGE
    found = [member["value"] for page in (first, second) for member in page["members"]]
    assert found == sorted(str(user.pk) for user in users)


def test_position_after_a_cut_page_is_remembered(scim, people):
    sent = scim.get("/Users?count=1000").document["itemsPerPage"]
    position = PagePosition.objects.get()
    assert (position.start_index, position.next_index, position.total) == (1, sent + 1, len(people))


def test_room_estimates_how_many_resources_fit():
    whole = Room(100)
    assert [whole.fewer(*page) for page in ((10, 200), (10, 101), (1, 500), (7, 10_000))] == [5, 7, 1, 1]
    behind = whole.behind(60, 3)
    assert [behind.fewer(*page) for page in ((10, 80), (1, 41))] == [5, 0]
    assert [behind.bound(limit) > MAX_PAGE for limit in (0, 1)] == [True, False]
    assert [whole.bound(limit) > MAX_PAGE for limit in (1, 2)] == [True, False]
