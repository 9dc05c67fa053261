"""Repeated slashes in a URL count as one at both base paths, without a redirect."""

import re

import pytest

from tests import surfaces

PATHS = [
    "/Users",
    "/Users/{id}",
    "/Groups/{group}/Members",
    "/Devices",
    "/Users/.search",
    "/Bulk",
    "/Me",
    "/Schemas",
    "/ResourceTypes/User",
    "/ServiceProviderConfig",
    "/openapi.json",
    "/.search",
    "",
]
METHODS = {"/Users/.search": "POST", "/.search": "POST", "/Bulk": "POST"}


def doubled(address):
    """Equivalent URLs: each slash doubled, all of them doubled or tripled, and additional ones at the end."""
    found = [address[: match.start()] + "/" + address[match.start() :] for match in re.finditer("/", address)]
    found += [address.replace("/", "//"), address.replace("/", "///")]
    if not address.endswith("json"):
        found += [address + "/", address + "//"]
    return [re.sub("^//", "/%2F", other) for other in found]  # the test client interprets //v1 as a host


@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("path", PATHS)
def test_repeated_slashes_return_the_same_response(organization, base, path):
    surfaces.register_types(organization)
    client = surfaces.client(organization, base)
    ids = {
        "id": client.post("/Users", surfaces.KINDS["user"].body()).document["id"],
        "group": client.post("/Groups", surfaces.KINDS["group"].body()).document["id"],
    }
    method, filled = METHODS.get(path, "GET"), path.format(**ids)
    body = {"schemas": [surfaces.SEARCH]} if path.endswith(".search") else surfaces.bulk() if method == "POST" else None
    expected = client.call(method, filled, body)
    assert expected.status_code == (501 if path == "/Me" else 200)
    whole, client.base = client.base + filled, ""
    for address in doubled(whole):
        answer = client.call(method, address, body)
        assert (answer.status_code, answer.document) == (expected.status_code, expected.document), address


@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("kind", surfaces.KINDS.values(), ids=surfaces.KINDS)
def test_writes_accept_repeated_slashes(organization, base, kind):
    surfaces.register_types(organization)
    client = surfaces.client(organization, base)
    made = client.post(f"/{kind.endpoint}//", kind.body())
    assert made.status_code == 201
    assert "//" not in made["Location"].partition("://")[2]
    path = f"/{kind.endpoint}//{made.document['id']}"
    assert client.put(path, kind.body(2)).status_code == 200
    assert client.patch(path, {"op": "add", "path": "externalId", "value": "x"}).status_code == 200
    assert client.delete(path).status_code == 204


@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("kind", surfaces.KINDS.values(), ids=surfaces.KINDS)
def test_bulk_paths_accept_repeated_slashes(organization, base, kind):
    surfaces.register_types(organization)
    client = surfaces.client(organization, base)
    operations = [
        {"method": "POST", "path": f"/{kind.endpoint}", "bulkId": "1", "data": kind.body()},
        {"method": "PUT", "path": f"{kind.endpoint}//bulkId:1", "data": kind.body(2)},
        {"method": "DELETE", "path": f"/{kind.endpoint}//bulkId:1//"},
    ]
    outcomes = client.post("/Bulk", surfaces.bulk(*operations)).document["Operations"]
    assert [outcome["status"] for outcome in outcomes] == ["201", "200", "204"]


def test_webex_urls_without_an_organization_accept_repeated_slashes(organization):
    client = surfaces.client(organization, "webex")
    client.base = ""
    assert client.get("/identity//scim/v2//Schemas/SCIM2//User").status_code == 200
    assert client.get("/%2Fidentity/scim/v2/Users//me").status_code == 501


def test_portal_pages_do_not_accept_repeated_slashes(portal):
    assert portal.get("/users//").status_code == 404
