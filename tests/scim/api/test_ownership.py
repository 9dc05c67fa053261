"""The connection that a user belongs to (docs/decisions/0032)."""

import pytest

from controlhub.models import Connection, User
from tests import factories
from tests.conftest import ScimClient
from tests.scim.writes import EACH_BASE

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BEFORE, KEY = "trinity.moss@example.com", "00u1a2b3"


def alone(client, document):
    """Create a user with one POST. Returns the ID."""
    return client.post("/Users", document).document["id"]


def in_bulk(client, *documents):
    """Create the user in the first operation of a bulk request. Returns the ID."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"b{number}", "data": data}
        for number, data in enumerate(documents)
    ]
    outcome = client.post("/Bulk", {"schemas": [BULK], "Operations": operations}).document["Operations"][0]
    return outcome["location"].rsplit("/", 1)[-1]


def in_a_batch(client, document):
    return in_bulk(client, document, {"userName": "other1@example.com"}, {"userName": "other2@example.com"})


POSTS = [alone, in_bulk, in_a_batch]


@pytest.fixture(params=EACH_BASE)
def client(organization, request):
    _, secret = factories.make_token(organization)
    return ScimClient(organization, secret, request.param)


@pytest.fixture
def okta(organization):
    """Another connection of the organization."""
    _, secret = factories.make_token(organization)
    return ScimClient(organization, secret)


@pytest.mark.parametrize("post", POSTS)
def test_user_belongs_to_the_connection_that_creates_it(client, post):
    user = post(client, {"userName": BEFORE})
    assert User.objects.get(pk=user).connection == Connection.objects.get()


def test_user_created_with_a_personal_token_belongs_to_no_connection(organization, admin):
    _, secret = factories.make_token(organization, user=admin.user)
    user = alone(ScimClient(organization, secret), {"userName": BEFORE, "externalId": KEY})
    assert User.objects.get(pk=user).connection is None


@pytest.mark.parametrize(
    ("method", "body", "is_owned"),
    [
        ("PATCH", factories.patch_body({"op": "add", "path": "externalId", "value": KEY}), True),
        ("PUT", {"userName": BEFORE, "externalId": KEY}, True),
        ("PATCH", factories.patch_body({"op": "add", "path": "title", "value": "Pilot"}), False),
        ("PUT", {"userName": BEFORE, "title": "Pilot"}, False),
    ],
)
def test_user_belongs_to_the_connection_that_sets_its_external_id(organization, client, method, body, is_owned):
    user = factories.make_user(organization, BEFORE)
    assert client.call(method, f"/Users/{user.pk}", body).status_code == 200
    assert (User.objects.get(pk=user.pk).connection == Connection.objects.get()) is is_owned


def test_ownership_follows_the_external_id(organization, client, okta):
    """When the organization changes its identity provider, the new one matches users and sets its own key."""
    user = alone(client, {"userName": BEFORE, "externalId": KEY})
    okta.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Pilot"})
    assert User.objects.get(pk=user).connection == Connection.objects.earliest("created_at")
    okta.patch(f"/Users/{user}", {"op": "replace", "path": "externalId", "value": "another key"})
    assert User.objects.get(pk=user).connection == Connection.objects.latest("created_at")
    client.patch(f"/Users/{user}", {"op": "remove", "path": "externalId"})
    assert User.objects.get(pk=user).connection == Connection.objects.latest("created_at")


def test_administrator_who_corrects_an_external_id_does_not_change_the_owner(organization, client, admin):
    user = alone(client, {"userName": BEFORE, "externalId": KEY})
    _, secret = factories.make_token(organization, user=admin.user)
    ScimClient(organization, secret).patch(f"/Users/{user}", {"op": "replace", "path": "externalId", "value": "x"})
    assert User.objects.get(pk=user).connection == Connection.objects.get()


def test_users_are_kept_without_their_connection(client):
    user = alone(client, {"userName": BEFORE})
    Connection.objects.all().delete()
    found = User.objects.select_related("connection").get(pk=user)
    assert found.connection_id is not None
    assert found.connection is None
