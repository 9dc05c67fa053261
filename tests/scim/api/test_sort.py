"""sortBy and sortOrder (RFC 7644 §3.4.2.3)."""

import pytest

from scim.protocol.values import fold

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PEOPLE = [
    {
        "userName": "b",
        "displayName": "beta",
        "title": "Z",
        "emails": [{"value": "3@x"}, {"value": "1@x", "primary": True}],
    },
    {"userName": "A", "displayName": "Alpha", "emails": [{"value": "2@x"}], ENTERPRISE: {"department": "Ops"}},
    {"userName": "c", "displayName": "GAMMA", "title": "a", "emails": [{"value": "3@x"}]},
]


@pytest.fixture
def people(scim):
    for person in PEOPLE:
        assert scim.post("/Users", person).status_code == 201


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "bAc"),
        ("sortBy=userName", "Abc"),
        ("sortBy=USERNAME&sortOrder=Descending", "cbA"),
        ("sortBy=displayName", "Abc"),
        ("sortBy=title", "cbA"),
        ("sortBy=title&sortOrder=descending", "Abc"),
        ("sortBy=emails", "bAc"),
        ("sortBy=emails.value&sortOrder=descending", "cAb"),
        ("sortBy=meta.created&sortOrder=descending", "cAb"),
        ("sortBy=id", "bAc"),
        (f"sortBy={ENTERPRISE}:department", "Abc"),
        ("sortBy=userName&startIndex=2&count=1", "b"),
        ("sortBy=userName&startIndex=2", "bc"),
        ("sortBy=userName&filter=title pr", "bc"),
    ],
)
def test_users_are_sorted_in_the_expected_order(scim, people, query, names):
    answer = scim.get(f"/Users?{query}")
    assert answer.status_code == 200, answer.document
    assert "".join(user["userName"] for user in answer.document["Resources"]) == names


NAMES = [
    "b",
    "B",
    "",
    None,
    "\U0010ffff",
    "é",
    "É",
    "ß",
    "ss",
    "1",
    "0",
    "a" * 300,
    "A" * 256,
    "Σ",
    "ς",
    " x",
    "z" * 256,
]


@pytest.mark.parametrize("attribute", ["displayName", "name.familyName", "name.givenName"])
@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("page", ["startIndex={}", "cursor={}"])
def test_names_are_sorted_by_code_points_ignoring_case(scim, attribute, order, page):
    made = {}
    for number, name in enumerate(NAMES):
        value = {"name": {attribute.partition(".")[2]: name}} if "." in attribute else {attribute: name}
        answer = scim.post("/Users", {"userName": f"user{number}", **(value if name is not None else {})})
        made[answer.document["id"]] = (not name, fold(name or "")[:256], number)
    found, after = [], 1 if "start" in page else ""
    while after is not None:
        document = scim.get(f"/Users?sortBy={attribute}&sortOrder={order}&count=4&{page.format(after)}").document
        found += [user["id"] for user in document["Resources"]]
        after = document.get("nextCursor") if "cursor" in page else after + 4 if document["Resources"] else None
    assert found == sorted(made, key=made.get, reverse=order == "descending")


@pytest.mark.parametrize(
    "query",
    [
        "sortBy=nothing",
        "sortBy=name",
        "sortBy=groups",
        "sortBy=meta.location",
        "sortBy=a..b",
        "sortBy=userName&sortOrder=upwards",
    ],
)
def test_invalid_sort_is_refused(scim, query):
    answer = scim.get(f"/Users?{query}")
    assert (answer.status_code, answer.document["scimType"]) == (400, "invalidValue")
