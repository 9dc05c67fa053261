"""sortBy and sortOrder (RFC 7644 §3.4.2.3)."""

import pytest

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
def test_orders(scim, people, query, names):
    answer = scim.get(f"/Users?{query}")
    assert answer.status_code == 200, answer.document
    assert "".join(user["userName"] for user in answer.document["Resources"]) == names


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
def test_refused(scim, query):
    answer = scim.get(f"/Users?{query}")
    assert (answer.status_code, answer.document["scimType"]) == (400, "invalidValue")
