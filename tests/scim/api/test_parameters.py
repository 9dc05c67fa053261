"""Query parameters: value filters in `attributes`, repeated parameters, and empty ones."""

from urllib.parse import quote

import pytest

from controlhub.models import Scope
from tests import factories, surfaces

ALWAYS = {"schemas", "id"}


@pytest.fixture(params=surfaces.EACH_BASE)
def client(request, organization):
    surfaces.register_types(organization)
    return surfaces.client(organization, request.param)


@pytest.fixture
def neo(client):
    body = {
        "userName": "neo@example.com",
        "title": "The One",
        "name": {"givenName": "Thomas", "familyName": "Anderson"},
        "emails": [{"value": "neo@example.com", "type": "work"}, {"value": "thomas@example.com", "type": "home"}],
        "phoneNumbers": [{"value": "1", "type": "work"}],
        factories.ENTERPRISE: {"department": "R&D", "division": "Zion"},
    }
    return f"/Users/{client.post('/Users', body).document['id']}"


def everywhere(client, path, names):
    """The user as returned by each kind of request that accepts `attributes`. All must agree."""
    query = f"?attributes={quote(names)}"
    search = {"schemas": [surfaces.SEARCH], "attributes": [names], "filter": 'userName eq "neo@example.com"'}
    patch = factories.patch_body({"op": "replace", "path": "nickName", "value": "Neo"})
    found = [
        client.get(path + query).document,
        client.get(f"/Users{query}").document["Resources"][0],
        client.get(f"/{query}").document["Resources"][0],
        client.post("/Users/.search", search).document["Resources"][0],
        client.call("PATCH", path + query, patch).document,
    ]
    assert all(document == found[0] for document in found), found
    return found[0]


# --- value filters ---
@pytest.mark.parametrize(
    ("names", "attribute", "subs"),
    [
        ('emails[type eq "work"]', "emails", {"value", "type"}),
        ('EMAILS[type eq "work"]', "emails", {"value", "type"}),
        ('emails[type eq "work"].value', "emails", {"value"}),
        ('emails[type eq "a,b"]', "emails", {"value", "type"}),
        ('emails[type eq "]" and value pr].type', "emails", {"type"}),
        ('phoneNumbers[type eq "work" or type eq "home"]', "phoneNumbers", {"value", "type"}),
        (f'{surfaces.PREFIX}:User:emails[type eq "work"]', "emails", {"value", "type"}),
    ],
)
def test_value_filter_selects_the_attribute(client, neo, names, attribute, subs):
    seen = everywhere(client, neo, names)
    assert set(seen) == ALWAYS | {attribute}
    assert set(seen[attribute][0]) == subs
    assert len(seen[attribute]) == (2 if attribute == "emails" else 1), "the filter itself selects nothing"


def test_value_filter_can_be_combined_with_other_names(client, neo):
    names = 'title,emails[type eq "x, y"].value,userName'
    answer = client.get(f"{neo}?attributes={quote(names)}").document
    assert set(answer) == ALWAYS | {"title", "emails", "userName"}


def test_malformed_name_selects_nothing(client, neo):
    for names in ("emails[", 'emails[type eq "', "emails]", "emails[].value", "[", '"', "a[b[c]]"):
        assert set(client.get(f"{neo}?attributes={quote(names)}").document) == ALWAYS, names
        assert set(client.get(f"{neo}?attributes={quote(names + ',title')}").document) <= ALWAYS | {"title"}, names


def test_value_filter_excludes_nothing(client, neo):
    """Excluding part of an attribute must not exclude all of it."""
    names = 'emails[type eq "home"],title'
    query = f"?excludedAttributes={quote(names)}"
    seen = client.get(neo + query).document
    assert client.get(f"/Users{query}").document["Resources"] == [seen]
    assert len(seen["emails"]) == 2
    assert "title" not in seen


# --- repeated parameters ---
@pytest.mark.parametrize("first", ["title", "name.givenName", f"{factories.ENTERPRISE}:department"])
def test_repeated_attributes_are_a_union(client, neo, first):
    together = client.get(f"{neo}?attributes={first},emails,userName").document
    for key in ("attributes", "Attributes", "ATTRIBUTES"):
        assert client.get(f"{neo}?attributes={first}&{key}=emails,userName").document == together, key
        assert client.get(f"{neo}?{key}=userName&attributes={first}&attributes=emails").document == together, key
        assert client.get(f"/Users?attributes={first}&{key}=emails,userName").document["Resources"] == [together], key


def test_repeated_excluded_attributes_are_a_union(client, neo):
    seen = client.get(f"{neo}?excludedAttributes=title&excludedAttributes=emails,name").document
    assert not {"title", "emails", "name"} & set(seen)
    assert "phoneNumbers" in seen


def test_empty_repeated_parameter_adds_nothing(client, neo):
    assert set(client.get(f"{neo}?attributes=&attributes=title").document) == ALWAYS | {"title"}


@pytest.mark.parametrize(("kind", "method"), [(kind, method) for kind in surfaces.KINDS for method in ("POST", "PUT")])
def test_repeated_attributes_work_in_writes(client, kind, method):
    kind = surfaces.KINDS[kind]
    made = client.post(kind.endpoint, kind.body(externalId="x")).document["id"]
    path = kind.endpoint if method == "POST" else f"{kind.endpoint}/{made}"
    answer = client.call(method, f"{path}?attributes=externalId&attributes={kind.naming}", kind.body(2, externalId="y"))
    assert set(answer.document) == ALWAYS | {"externalId", kind.naming}


CONFLICTS = {
    "filter": ("externalId pr", "id pr", "invalidFilter"),
    "sortBy": ("externalId", "id", "invalidValue"),
    "sortOrder": ("ascending", "descending", "invalidValue"),
    "startIndex": ("1", "2", "invalidValue"),
    "count": ("1", "2", "invalidValue"),
    "cursor": ("", "x", "invalidCursor"),
    "returnGroups": ("true", "false", "invalidValue"),
}


@pytest.mark.parametrize("path", ["/Users", "/"])
def test_repeated_parameters_must_have_the_same_value(client, neo, path):
    for name, (one, other, kind) in CONFLICTS.items():
        for again in (name, name.upper()):
            refused = client.get(f"{path}?{name}={quote(one)}&{again}={quote(other)}")
            assert (refused.status_code, refused.document["scimType"]) == (400, kind), name
            assert f"'{name}'" in refused.document["detail"], name
            assert client.get(f"{path}?{name}={quote(one)}&{again}={quote(one)}").status_code == 200, name


def test_repeated_parameters_of_members_must_have_the_same_value(client):
    group = client.post("/Groups", surfaces.KINDS["group"].body()).document["id"]
    path = f"/Groups/{group}/Members"
    assert client.get(f"{path}?memberType=user&memberType=group").status_code == 400
    assert client.get(f"{path}?memberType=user&membertype=user").status_code == 200


def test_unknown_parameters_can_have_any_value(client, neo):
    assert client.get("/Users?aadOptscim062020&aadOptscim062020=1&x=1&x=2").status_code == 200


# --- empty parameters ---
@pytest.mark.parametrize("path", ["/Users", "/Groups", "/Devices", "/"])
def test_empty_filter_is_refused_with_a_helpful_message(client, path):
    detail = "The filter is empty. Leave out 'filter' to list all resources."
    for value in ("", " ", "\t"):
        refused = client.get(f"{path}?filter={quote(value)}")
        assert (refused.status_code, refused.document["scimType"]) == (400, "invalidFilter"), value
        assert refused.document["detail"] == detail, value
        searched = client.post(f"{path.rstrip('/')}/.search", {"schemas": [surfaces.SEARCH], "filter": value})
        assert searched.document["detail"] == detail, value


@pytest.mark.parametrize("path", ["/Users", "/Groups", "/Devices", "/"])
def test_other_empty_parameters_are_ignored(client, neo, path):
    for name in ("attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count"):
        assert client.get(f"{path}?{name}=").document == client.get(path).document, name


PATCHES = {
    "user": {"title": "Guide"},
    "group": {"externalId": "g-1"},
    "custom": {"externalId": "d-1"},
}


@pytest.mark.parametrize("op", ["add", "replace", "Replace"])
@pytest.mark.parametrize("kind", surfaces.KINDS)
def test_empty_path_means_no_path(client, kind, op):
    path = make(client, kind)
    for number, empty in enumerate(("", " ")):
        value = {name: f"{text} {number}" for name, text in PATCHES[kind].items()}
        changed = client.patch(path, {"op": op, "path": empty, "value": value})
        assert changed.status_code == 200, changed.document
        assert changed.document.items() >= value.items()
        removed = client.patch(path, {"op": "remove", "path": empty})
        assert (removed.status_code, removed.document["scimType"]) == (400, "noTarget")


@pytest.mark.parametrize("kind", surfaces.KINDS)
def test_empty_path_is_accepted_in_bulk(client, kind):
    path, value = make(client, kind), PATCHES[kind]
    data = factories.patch_body({"op": "add", "path": "", "value": value})
    outcome = client.post("/Bulk", surfaces.bulk({"method": "PATCH", "path": path, "data": data})).document
    assert outcome["Operations"][0]["status"] == "200"
    assert client.get(path).document.items() >= value.items()


@pytest.mark.parametrize("kind", surfaces.KINDS)
def test_empty_path_can_be_refused(organization, client, kind):
    path = make(client, kind)
    organization.refused_tolerances = ["empty-path"]
    organization.save(update_fields=["refused_tolerances"])
    refused = client.patch(path, {"op": "replace", "path": "", "value": PATCHES[kind]}).document
    assert refused["scimType"] == "invalidPath"
    assert refused["detail"] == "'path' is empty. Leave out 'path' to change attributes of the resource itself."
    assert client.patch(path, {"op": "remove", "path": ""}).document["scimType"] == "noTarget"


def make(client, kind):
    kind = surfaces.KINDS[kind]
    return f"{kind.endpoint}/{client.post(kind.endpoint, kind.body()).document['id']}"


def test_repeated_attributes_require_only_the_read_scope(organization, neo):
    reader = surfaces.client(organization, "v1", scopes=[Scope.SCIM_READ])
    assert reader.get(f"{neo}?attributes=title&attributes=userName").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        'filter=userName eq "%FC"',
        "attributes=userName%FF",
        "%E4=1",
        "filter=userName%20eq%20%22%C3%22",
        "filter=%ED%A0%80",
        "cursor=%80",
    ],
)
def test_query_that_is_not_utf8_is_refused(client, query):
    answer = client.get(f"/Users?{query}")
    assert answer.status_code == 400
    assert "UTF-8" in answer.document["detail"]


@pytest.mark.parametrize("name", ["jürgen", "\N{REPLACEMENT CHARACTER}", "日本"])
def test_utf8_query_finds_the_user(client, name):
    client.post("/Users", {"userName": "x", "displayName": name})
    assert client.get(f'/Users?filter=displayName eq "{quote(name)}"').document["totalResults"] == 1
