"""Cursors (RFC 9865): every ID exactly once in any order and both directions. Forged cursors are refused."""

import pytest

from scim.resources import cursors
from tests import factories
from tests.conftest import ScimClient

TITLES = ["b", "a", None, "c", "a", None, "B"]


@pytest.fixture
def people(organization):
    return [
        str(factories.make_user(organization, f"user{index}@example.com", **({"title": title} if title else {})).pk)
        for index, title in enumerate(TITLES)
    ]


def walk(scim, query, direction="nextCursor", start=""):
    """The pages from a cursor on."""
    pages, cursor = [], start
    while cursor is not None:
        page = scim.get(f"/Users?{query}&cursor={cursor}").document
        pages.append(page)
        cursor = page.get(direction)
    return pages


def ids(pages):
    return [user["id"] for page in pages for user in page["Resources"]]


@pytest.mark.parametrize(
    "order",
    [
        "",
        "&sortBy=userName",
        "&sortBy=userName&sortOrder=descending",
        "&sortBy=title",
        "&sortBy=title&sortOrder=descending",
        "&sortBy=meta.created",
        "&sortBy=active",
        "&filter=title pr&sortBy=title",
    ],
)
@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_pages_are_complete_forwards_and_backwards(scim, people, order, count):
    whole = ids([scim.get(f"/Users?{order[1:]}").document])
    pages = walk(scim, f"count={count}{order}")
    assert ids(pages) == whole
    assert {page["totalResults"] for page in pages} == {len(whole)}
    assert all("startIndex" not in page and page["itemsPerPage"] == len(page["Resources"]) for page in pages)
    assert "previousCursor" not in pages[0]
    if len(pages) > 1:
        back = walk(scim, f"count={count}{order}", "previousCursor", start=pages[-1]["previousCursor"])
        assert [user for page in reversed(back) for user in ids([page])] == whole[: -len(pages[-1]["Resources"])]
        assert ids(walk(scim, f"count={count}{order}", start=back[0]["nextCursor"])) == ids(pages[-1:])


def test_users_created_and_deleted_meanwhile_do_not_shift_pages(scim, organization, people):
    first = scim.get("/Users?cursor&count=3").document
    scim.delete(f"/Users/{people[0]}")
    scim.delete(f"/Users/{people[5]}")
    factories.make_user(organization, "late@example.com")
    rest = ids(walk(scim, "count=3", start=first["nextCursor"]))
    assert rest[:3] == [people[3], people[4], people[6]]
    assert len(rest) == 4


def test_examples_of_the_rfc_work(scim, people):
    """RFC 9865 §2 and §3: the same with GET and with POST."""
    first = scim.get('/Users?filter=userName sw "u"&cursor&count=2').document
    assert sorted(first) == ["Resources", "itemsPerPage", "nextCursor", "schemas", "totalResults"]
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": 'userName sw "u"',
        "cursor": "",
        "count": 2,
        "attributes": ["userName"],
    }
    searched = scim.post("/Users/.search", body).document
    assert ids([searched]) == ids([first])
    second = scim.post("/Users/.search", {**body, "cursor": searched["nextCursor"]}).document
    assert ids([second]) == people[2:4]
    assert "previousCursor" in second


def test_root_pages_through_all_types(scim, people):
    groups = [scim.post("/Groups", {"displayName": f"Group {index}"}).document["id"] for index in range(3)]
    found, cursor = [], ""
    while cursor is not None:
        page = scim.get(f"/?cursor={cursor}&count=4").document
        found += [resource["id"] for resource in page["Resources"]]
        assert page["totalResults"] == 10
        cursor = page.get("nextCursor")
    assert found == people + groups


def refusal(answer):
    return answer.status_code, answer.document


@pytest.fixture
def cursor(scim, people):
    return scim.get("/Users?cursor&count=2").document["nextCursor"]


def test_cursor_contains_only_unreserved_characters(cursor):
    assert cursor.replace("-", "").replace(".", "").replace("_", "").replace("~", "").isalnum()


def test_forged_and_foreign_cursors_get_the_same_refusal(scim, cursor, other_organization):
    _, secret = factories.make_token(other_organization)
    foreign = ScimClient(other_organization, secret)
    wrong = [
        scim.get(f"/Users?count=2&cursor={cursor[:-1]}{'A' if cursor[-1] != 'A' else 'B'}"),
        scim.get(f"/Users?count=2&cursor={cursor[:20]}"),
        scim.get("/Users?count=2&cursor=VZUTiyhEQJ94IR"),
        scim.get(f"/Users?count=2&cursor={'x' * 9_000}"),
        scim.get(f"/Users?count=2&cursor={cursor}&filter=active eq true"),
        scim.get(f"/Users?count=2&cursor={cursor}&sortBy=userName"),
        scim.get(f"/Groups?count=2&cursor={cursor}"),
        scim.get(f"/?count=2&cursor={cursor}"),
        foreign.get(f"/Users?count=2&cursor={cursor}"),
    ]
    answers = [refusal(answer) for answer in wrong]
    assert answers[0][0] == 400
    assert answers[0][1]["scimType"] == "invalidCursor"
    assert answers == [answers[0]] * len(wrong)


def test_old_cursor_has_expired(scim, cursor, monkeypatch):
    monkeypatch.setattr(cursors, "TIMEOUT", -1)
    assert scim.get(f"/Users?count=2&cursor={cursor}").document["scimType"] == "expiredCursor"


@pytest.mark.parametrize("count", ["-1", "many", "1.5"])
def test_rejects_invalid_count(scim, people, count):
    answer = scim.get(f"/Users?cursor&count={count}")
    assert (answer.status_code, answer.document["scimType"]) == (400, "invalidCount")


def test_count_of_zero_returns_no_resources(scim, people):
    assert scim.get("/Users?cursor&count=0").document == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 7,
        "itemsPerPage": 0,
        "Resources": [],
    }


def test_cursor_and_start_index_are_mutually_exclusive(scim, people):
    assert scim.get("/Users?cursor&startIndex=2").document["scimType"] == "invalidValue"


def test_cursors_are_announced(scim):
    pagination = scim.get("/ServiceProviderConfig").document["pagination"]
    assert pagination["cursor"] is pagination["index"] is True
    assert pagination["cursorTimeout"] == cursors.TIMEOUT
