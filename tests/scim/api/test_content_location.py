"""`Content-Location` of a response with one resource is its `meta.location` (RFC 7643 §3.1)."""

import pytest

from controlhub.models import User
from tests import factories, surfaces

PATCH = factories.patch_body({"op": "replace", "path": "externalId", "value": "x-1"})


@pytest.fixture(params=surfaces.EACH_BASE)
def client(request, organization):
    surfaces.register_types(organization)
    return surfaces.client(organization, request.param)


def location(answer):
    assert answer["Content-Location"].startswith("http")
    return answer["Content-Location"]


@pytest.mark.parametrize("query", ["", "?attributes=externalId", "?excludedAttributes=meta"])
@pytest.mark.parametrize("kind", surfaces.KINDS.values(), ids=surfaces.KINDS)
def test_every_response_with_one_resource_has_the_header(client, kind, query):
    made = client.post(f"{kind.endpoint}{query}", kind.body())
    path = f"{kind.endpoint}/{made.document['id']}"
    where = client.get(path).document["meta"]["location"]
    assert where.endswith(path)
    assert made["Location"] == where
    answers = [
        made,
        client.get(path + query),
        client.call("HEAD", path + query),
        client.put(path + query, kind.body(externalId="x-2")),
        client.call("PATCH", path + query, PATCH),
        client.get(path, **{"If-None-Match": "*"}),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 304]
    assert {location(answer) for answer in answers} == {where}


@pytest.mark.parametrize(
    "path",
    [
        "/ServiceProviderConfig",
        "/ResourceTypes/User",
        "/ResourceTypes/Group",
        "/ResourceTypes/Device",
        f"/Schemas/{surfaces.DEVICE}",
        *(f"/Schemas/{surfaces.PREFIX}:{name}" for name in ("User", "Group", "Schema", "ResourceType")),
    ],
)
def test_discovery_responses_have_the_header(client, path):
    answer = client.get(path)
    assert location(answer) == answer.document["meta"]["location"]


def test_webex_schema_and_me_have_the_header(organization):
    account, _ = factories.make_admin(organization)
    client = surfaces.client(organization, "webex", user=User.objects.get(pk=account.user_id))
    for path in ("/Users/me", "/Schemas/SCIM2/User", "/Schemas/SCIM2/Group"):
        client.base = "/identity/scim/v2"
        answer = client.get(path)
        assert location(answer) == answer.document["meta"]["location"], path


@pytest.mark.parametrize("path", ["/Users", "/Groups", "/Devices", "/", "/Schemas", "/ResourceTypes", "/Users/nobody"])
def test_other_responses_do_not_have_the_header(client, path):
    assert "Content-Location" not in client.get(path)
