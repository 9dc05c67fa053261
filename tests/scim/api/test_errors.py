"""Every kind of refusal in RFC 7644 §3.12 and RFC 9865 §2.1, each with a request that causes it."""

import json

import pytest
from django.db import connection

from scim.protocol import errors
from tests import factories

BODY = {"schemas": [factories.ENTRA_CORE], "userName": "neo@example.com"}


def patch(op, path, value=None):
    operation = {"op": op, "path": path} | ({} if value is None else {"value": value})
    return "PATCH", "/Users/{id}", factories.patch_body(operation)


REFUSED = {
    "invalidFilter": [("GET", '/Users?filter=userName like "x"', None), ("GET", "/Users?filter=shoeSize pr", None)],
    "invalidPath": [patch("replace", "shoeSize", 1), patch("replace", "emails[", 1)],
    "invalidSyntax": [("POST", "/Users", "{"), ("POST", "/Users", []), patch("move", "title", "x")],
    "invalidValue": [("POST", "/Users", {"schemas": BODY["schemas"]}), ("POST", "/Users", {**BODY, "name": 5})],
    "mutability": [patch("replace", "id", "x"), patch("replace", "meta.created", "2026-01-01T00:00:00Z")],
    "noTarget": [patch("remove", None), patch("replace", 'emails[value sw "x"].display', "y")],
    "uniqueness": [("POST", "/Users", BODY), ("PUT", "/Users/{other}", BODY)],
    "tooMany": [("GET", '/Users?filter=title co "x"', None)],
    "invalidVers": [("GET", "/identity/scim/{organization}/v1/Users", None)],
    "invalidCursor": [("GET", "/Users?cursor=forged", None)],
    "expiredCursor": [],  # covered with an old cursor in tests/scim/api/test_cursors.py
    "invalidCount": [("GET", "/Users?cursor=&count=many", None)],
}
STATUS = {"uniqueness": 409}


def subclasses(kind):
    for found in kind.__subclasses__():
        yield found
        yield from subclasses(found)


def make_text_slow():
    """Slow down text comparisons and set a statement timeout, for this test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION controlhub_fold(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS"
            " $$ BEGIN PERFORM pg_sleep(60); RETURN $1; END $$"
        )
        cursor.execute("SET LOCAL statement_timeout = 100")


def test_every_scim_type_is_tested():
    assert {error.scim_type for error in subclasses(errors.ScimError) if error.scim_type} == set(REFUSED)


@pytest.mark.parametrize(
    ("scim_type", "request_"), [(scim_type, request) for scim_type, requests in REFUSED.items() for request in requests]
)
def test_request_is_refused_with_the_scim_type(scim, organization, scim_type, request_):
    ids = {
        name: str(factories.make_user(organization, f"{name}@example.com", title="Mr.").pk) for name in ("neo", "other")
    }
    method, path, body = request_
    path = path.format(id=ids["neo"], other=ids["other"], organization=organization.pk)
    if path.startswith("/identity"):
        scim.base = ""
    if scim_type == "tooMany":
        make_text_slow()
    before = scim.get(f"/Users/{ids['neo']}").content if scim.base and scim_type != "tooMany" else None
    answer = scim.call(method, path, body)
    assert answer.status_code == STATUS.get(scim_type, 400), answer.content
    document = json.loads(answer.content)
    assert document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (document["scimType"], document["status"]) == (scim_type, str(answer.status_code))
    assert document["detail"].endswith((".", "…")), "it is a sentence that says what to do"
    if before:
        assert scim.get(f"/Users/{ids['neo']}").content == before
