"""The filter table of the Webex SCIM 2 Users API (developer.webex.com), at the Webex base path."""

from urllib.parse import quote

import pytest

from tests import factories, surfaces

NAMED = {
    "id": ("eq",),
    **dict.fromkeys(
        (
            "userName",
            "name.familyName",
            "displayName",
            "nickName",
            "emails.value",
            "emails.display",
            "phoneNumbers.value",
            "phoneNumbers.display",
            "employeeNumber",
            "costCenter",
            "organization",
            "division",
            "department",
            "manager.displayName",
        ),
        ("eq", "sw", "ew"),
    ),
    **dict.fromkeys(("name.givenName", "name.middleName", "name.formatted"), ("eq", "sw")),
    "manager.value": ("eq",),
}
SHORT = ("employeeNumber", "costCenter", "organization", "division", "department", "manager")
WEBEX_USER = "urn:scim:schemas:extension:cisco:webexidentity:2.0:User"
WEBEX_GROUP = "urn:scim:schemas:extension:cisco:webexidentity:2.0:Group"


def person(name):
    """A user with this text in every attribute of the table."""
    return {
        "schemas": [factories.ENTRA_CORE, factories.ENTERPRISE],
        "userName": f"{name}@example.com",
        "displayName": f"{name} shown",
        "nickName": f"{name} nick",
        "name": {part: f"{name} {part}" for part in ("familyName", "givenName", "middleName", "formatted")},
        "emails": [{"value": f"{name}@mail.example", "display": f"{name} mail", "type": "work"}],
        "phoneNumbers": [{"value": f"{name}-555", "display": f"{name} phone", "type": "work"}],
        factories.ENTERPRISE: {
            "employeeNumber": f"{name}-1",
            "costCenter": f"{name} center",
            "organization": f"{name} org",
            "division": f"{name} division",
            "department": f"{name} R&D",
            "manager": {"value": f"{name}-boss", "displayName": f"{name} boss"},
        },
    }


def value_at(document, path):
    name, _, sub = path.partition(".")
    value = document[name] if name in document else document[factories.ENTERPRISE][name]
    value = value[0] if isinstance(value, list) else value
    return value[sub] if sub else value


@pytest.fixture
def webex(organization):
    client = surfaces.client(organization, "webex")
    client.people = [client.post("/Users", person(name)).document for name in ("neo", "trinity")]
    return client


def names(answer):
    assert answer.status_code == 200, answer.content
    return [found["userName"] for found in answer.document["Resources"]]


def search(client, text, path="/Users"):
    return client.get(f"{path}?filter={quote(text)}")


@pytest.mark.parametrize("attribute", NAMED)
def test_every_row_of_the_table_works(webex, attribute):
    value = value_at(webex.people[0], attribute)
    texts = {"eq": value, "sw": value[:4], "ew": value[-6:]}
    for operator in NAMED[attribute]:
        text = texts[operator]
        expected = [found["userName"] for found in webex.people if matches(value_at(found, attribute), operator, text)]
        assert "neo@example.com" in expected
        expression = f'{attribute} {operator} "{text}"'
        assert names(search(webex, expression)) == expected
        body = {"schemas": [surfaces.SEARCH], "filter": expression}
        assert names(webex.post("/Users/.search", body)) == expected


def matches(value, operator, text):
    return {"eq": value == text, "sw": value.startswith(text), "ew": value.endswith(text)}[operator]


@pytest.mark.parametrize("name", SHORT)
def test_short_names_mean_the_enterprise_extension(webex, name):
    """Alone and combined, in any case, with `pr`, and over all types. The full name still works."""
    leaf = "manager.value" if name == "manager" else name
    value = value_at(webex.people[1], leaf)
    only = ["trinity@example.com"]
    assert names(search(webex, f'{leaf.upper()} eq "{value}"')) == only
    assert names(search(webex, f'{factories.ENTERPRISE}:{leaf} eq "{value}"')) == only
    assert names(search(webex, f'{leaf} eq "{value}" and userName sw "t"')) == only
    assert names(search(webex, f'{leaf} eq "{value}"', "/")) == only
    assert len(names(search(webex, f"{leaf} pr"))) == 2
    assert names(search(webex, f'not ({leaf} eq "{value}")')) == ["neo@example.com"]


@pytest.mark.parametrize("name", SHORT)
def test_short_names_can_be_used_to_sort_and_select(webex, name):
    leaf = "manager.value" if name == "manager" else name
    found = webex.get(f"/Users?sortBy={leaf}&sortOrder=descending&attributes={name}").document["Resources"]
    assert [set(resource) for resource in found] == [{"schemas", "id", factories.ENTERPRISE}] * 2
    assert [set(resource[factories.ENTERPRISE]) for resource in found] == [{name}] * 2
    assert found[0]["id"] == webex.people[1]["id"]
    path = f"/Users/{webex.people[0]['id']}"
    assert name not in webex.get(f"{path}?excludedAttributes={name}").document[factories.ENTERPRISE]
    assert set(webex.get(f"{path}?attributes={name}").document[factories.ENTERPRISE]) == {name}


@pytest.mark.parametrize("name", SHORT)
def test_short_names_work_only_at_the_webex_base_and_in_queries(organization, webex, name):
    other = surfaces.client(organization, "v1")
    leaf = "manager.value" if name == "manager" else name
    assert search(other, f'{leaf} eq "x"').document["scimType"] == "invalidFilter"
    assert other.get(f"/Users?sortBy={leaf}").document["scimType"] == "invalidValue"
    assert search(webex, f'{leaf} eq "x"', "/Groups").document["scimType"] == "invalidFilter"
    path = f"/Users/{webex.people[0]['id']}"
    assert webex.patch(path, {"op": "replace", "path": leaf, "value": "x"}).document["scimType"] == "invalidPath"


def test_core_attributes_have_precedence(organization, webex):
    """`displayName` is that of the user, not of the manager. Any core attribute with the same name has precedence."""
    from scim.protocol.nodes import AttributePath
    from scim.protocol.schemas import Attribute, ResourceSchema, Schema

    def schema(urn, *attributes):
        return Schema(urn, urn, "", tuple(map(Attribute, attributes)), {})

    both = ResourceSchema(schema("urn:x:core", "division"), (schema("urn:x:more", "division", "department"),))
    short = both.with_short_names("urn:x:more")
    assert str(short.resolve(AttributePath("division"))) == "division"
    assert str(short.resolve(AttributePath("department"))) == "urn:x:more:department"
    assert both.resolve(AttributePath("department")) is None


@pytest.mark.parametrize(
    ("endpoint", "urn"), [("/Users", WEBEX_USER), ("/Groups", WEBEX_GROUP)], ids=["users", "groups"]
)
def test_organization_id_can_be_filtered(organization, other_organization, webex, endpoint, urn):
    webex.post("/Groups", surfaces.KINDS["group"].body())
    everybody = webex.get(endpoint).document["totalResults"]
    attribute = f"{urn}:meta.organizationId"

    def total(text):
        answer = search(webex, text, endpoint)
        assert answer.status_code == 200, answer.content
        return answer.document["totalResults"]

    assert everybody
    assert total(f'{attribute} eq "{organization.pk}"') == everybody
    assert total(f'{attribute} eq "{str(organization.pk).upper()}"') == everybody
    assert total(f'{attribute} eq "{other_organization.pk}"') == 0
    assert total(f'{attribute} eq "nonsense"') == 0
    assert total(f'{attribute} ne "{organization.pk}"') == 0
    assert total(f'{attribute} ne "{other_organization.pk}"') == everybody
    assert total(f"{attribute} pr") == everybody
    assert total(f"not ({attribute} pr)") == 0
    assert total(f'{attribute} sw "{str(organization.pk)[:8]}"') == everybody
    assert total(f'{attribute} eq "{organization.pk}" and id eq "{webex.people[0]["id"]}"') == (endpoint == "/Users")


def test_organization_id_is_not_an_attribute_elsewhere(organization, webex):
    attribute = f"{WEBEX_USER}:meta.organizationId"
    assert search(surfaces.client(organization, "v1"), f"{attribute} pr").document["scimType"] == "invalidFilter"
    schema = webex.get(f"/Schemas/{WEBEX_USER}").document
    assert "meta" not in [found["name"] for found in schema["attributes"]]


@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("key", ["Operations", "operations", "OPERATIONS"])
def test_bulk_response_uses_the_spelling_of_the_request(organization, base, key):
    operation = {"method": "POST", "path": "/Users", "bulkId": "1", "data": person("neo")}
    answer = surfaces.client(organization, base).post("/Bulk", {"schemas": [surfaces.BULK], key: [operation]})
    assert set(answer.document) == {"schemas", key}
    assert answer.document[key][0]["status"] == "201"
