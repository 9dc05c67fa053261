"""`/Me` is `/Users/{id}` of the owner of the token (RFC 7644 §3.11), with the same permissions."""

import logging

import pytest
from django.test import Client

from controlhub.models import Role, Scope, User
from tests import factories, surfaces
from tests.conftest import ScimClient

ADDRESSES = {
    "v1": "/v1/scim/{}/Me",
    "webex": "/identity/scim/{}/v2/Me",
    "no organization": "/identity/scim/v2/Users/me",
}
WRITES = {
    "PUT": {"schemas": [factories.ENTRA_CORE], "userName": "neo@example.com", "title": "The One"},
    "PATCH": factories.patch_body({"op": "replace", "path": "title", "value": "The One"}),
    "DELETE": None,
}


class Me:
    """One of the URLs of `/Me`, called with a personal token."""

    def __init__(self, organization, secret, address):
        self.client = ScimClient(organization, secret, address)

    def call(self, method, query="", body=None, **headers):
        return self.client.call(method, query, body, **headers)


@pytest.fixture
def person(organization):
    """An administrator, not the last one, whose token may write."""
    factories.make_admin(organization, "trinity@example.com")
    account, _ = factories.make_admin(organization, "neo@example.com", Role.USER_ADMIN)
    return User.objects.get(pk=account.user_id)


@pytest.fixture(params=ADDRESSES)
def me(request, organization, person):
    _, secret = factories.make_token(organization, user=person)
    return Me(organization, secret, ADDRESSES[request.param])


def test_get_returns_the_owner(me, person):
    answer = me.call("GET")
    assert (answer.status_code, answer.document["id"]) == (200, str(person.pk))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_location_is_that_of_the_user(me, person, method):
    location = me.call("GET").document["meta"]["location"]
    assert location.endswith(f"/Users/{person.pk}")
    answer = me.call(method, "", WRITES.get(method))
    assert answer.status_code in {200, 204}, answer.content
    assert answer["Location"] == location


def test_location_does_not_depend_on_attributes(me, person):
    assert me.call("GET", "?attributes=userName")["Location"].endswith(f"/Users/{person.pk}")


def test_unchanged_resource_gets_304(me):
    answer = me.call("GET")
    again = me.call("GET", **{"If-None-Match": answer["ETag"]})
    assert (again.status_code, again["Location"]) == (304, answer["Location"])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_writes_change_the_user(me, person, method):
    answer = me.call(method, "", WRITES[method])
    assert answer.document["title"] == "The One"
    person.refresh_from_db()
    assert person.document["title"] == "The One"


def test_delete_removes_the_user_and_the_token(me, person):
    assert me.call("DELETE").status_code == 204
    assert not User.objects.filter(pk=person.pk, active=True).exists()
    assert me.call("GET").status_code == 401


@pytest.mark.parametrize("method", WRITES)
def test_if_match_applies_to_every_write(me, method):
    assert me.call(method, "", WRITES[method], **{"If-Match": 'W/"99"'}).status_code == 412


@pytest.mark.parametrize("method", WRITES)
def test_last_full_administrator_is_protected(organization, method):
    """The refusal is the same at /Me as at /Users/{id}."""
    account, _ = factories.make_admin(organization)
    _, secret = factories.make_token(organization, user=account.user)
    body = WRITES[method]
    if method == "PUT":
        body = {**body, "userName": account.user.user_name, "active": False}
    if method == "PATCH":
        body = factories.patch_body({"op": "replace", "path": "active", "value": False})
    for address in (ADDRESSES["v1"], f"/v1/scim/{{}}/Users/{account.user_id}"):
        assert Me(organization, secret, address).call(method, "", body).status_code == 403
    assert User.objects.get(pk=account.user_id).active


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
@pytest.mark.parametrize("role", [None, Role.READ_ONLY_ADMIN, Role.HELP_DESK])
def test_token_without_write_permission_is_refused(organization, method, address, role):
    factories.make_admin(organization, "trinity@example.com")
    if role is None:
        user = factories.make_user(organization, "neo@example.com")
    else:
        user = factories.make_admin(organization, "neo@example.com", role)[0].user
    _, secret = factories.make_token(organization, user=user)
    there, here = f"/v1/scim/{{}}/Users/{user.pk}", address
    statuses = {Me(organization, secret, path).call(method, "", WRITES[method]).status_code for path in (here, there)}
    assert statuses == {403}


def test_post_is_not_offered(me):
    answer = me.call("POST", "", WRITES["PUT"])
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, PUT, PATCH, DELETE"


@pytest.mark.parametrize("base", surfaces.BASES)
def test_openapi_description_includes_me_only_for_personal_tokens(organization, person, base):
    mine = surfaces.client(organization, base, user=person).get("/openapi.json").document["paths"]["/Me"]
    assert {"get", "put", "patch", "delete"} <= set(mine)
    for method in ("get", "put", "patch", "delete"):
        answers = mine[method]["responses"]
        status = "204" if method == "delete" else "200"
        assert "Location" in answers[status]["headers"]
    assert "/Me" not in surfaces.client(organization, base).get("/openapi.json").document["paths"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_me_is_not_available_to_connections(organization, address, method, caplog):
    _, secret = factories.make_token(organization)
    with caplog.at_level(logging.INFO):
        answer = Me(organization, secret, address).call(method, "", WRITES.get(method))
    assert answer.status_code == 501
    assert [record.levelname for record in caplog.records if "Me" in record.getMessage() or "me" in record.getMessage()]
    assert {record.levelname for record in caplog.records} <= {"INFO"}


REFUSED = {
    400: ("GET", "/Users?filter=nonsense", {}),
    401: ("GET", "/Users", {"Authorization": "Bearer none"}),
    403: ("GET", "/Schemas?filter=id pr", {}),
    404: ("GET", "/Users/nobody", {}),
    405: ("PATCH", "/Users", {}),
    409: ("POST", "/Users", {}),
    412: ("DELETE", "/Users/{id}", {"If-Match": '"99"'}),
    415: ("POST", "/Users", {"content_type": "text/plain"}),
    501: ("GET", "/Me", {}),
}


@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("status", REFUSED)
def test_no_refusal_is_logged_as_an_error(organization, base, status, caplog):
    """A client's mistake is not an error of the service."""
    user = factories.make_user(organization, "neo@example.com")
    method, path, headers = REFUSED[status]
    body = WRITES["PUT"] if status == 409 else ""
    with caplog.at_level(logging.DEBUG):
        answer = surfaces.client(organization, base).call(method, path.format(id=user.pk), body, **headers)
    assert answer.status_code == status, answer.content
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_read_scope_is_sufficient_for_reading(organization, person):
    _, secret = factories.make_token(organization, user=person, scopes=[Scope.SCIM_READ])
    path = ADDRESSES["v1"].format(organization.pk)
    assert Client().get(path, headers={"Authorization": f"Bearer {secret}"}).status_code == 200
