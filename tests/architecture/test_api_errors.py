"""No response under an API prefix is HTML: SCIM errors under SCIM bases, Webex errors elsewhere, each with its ID."""

import json

import pytest
from django.test import Client
from django.urls import get_resolver

from tests import factories
from tests.architecture.test_access import METHODS, SCIM_ROUTES, address

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
NO_SCIM = [
    "/v1",
    "/v1/",
    "/v1/adminAudit",
    "/v1/adminAudit/nothing",
    "/v1/audit",
    "/v1/people",
    "/v1//people",
    "/v1/scimmer",
    "/identity",
    "/identity/",
    "/identity/organizations/x",
    "/identity/scimmer/v2",
    "/oauth",
    "/oauth/",
    "/oauth/nothing",
    "/oauth/token/more",
    "/oauth/token/",
]
SCIM = [
    "/v1/scim",
    "/v1/scim/",
    "/v1/scim/nonsense",
    "/v1/scim/nonsense/Users",
    "/v1/scim/{org}x/Users",
    "/v1/scim/{org}/Users/a/b/c",
    "/v1/scim/{org}/Nothing/<script>",
    "/v1/scim/{org}/Groups/x/Members/y",
    "/v1/scim/v2/Users/me",
    "/identity/scim",
    "/identity/scim/",
    "/identity/scim/nonsense",
    "/identity/scim/nonsense/v2/Users",
    "/identity/scim/{org}",
    "/identity/scim/{org}/Users",
    "/identity/scim/{org}/v2/Nothing",
    "/identity/scim/v2",
    "/identity/scim/v2/Users",
    "/identity/scim/v2/Schemas/SCIM2/Device",
]


def request_id(answer):
    return answer["X-Request-ID"]


@pytest.mark.parametrize("path", NO_SCIM)
def test_unknown_api_path_returns_webex_error(db, path):
    for method in METHODS:
        answer = getattr(Client(), method)(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404, method
        assert answer["Content-Type"] == "application/json", method
        assert answer["Cache-Control"] == "no-store", method
        document = answer.json()
        assert set(document) == {"message", "errors", "trackingId"}, method
        assert document["errors"] == [{"description": document["message"]}], method
        assert document["message"].endswith("."), method
        assert document["trackingId"] == request_id(answer), method


def test_error_uses_the_request_id_of_the_client(db):
    answer = Client().get("/v1/people", headers={"X-Request-ID": "abcdefgh-1"})
    assert answer.json()["trackingId"] == "abcdefgh-1"


@pytest.mark.parametrize("path", SCIM)
def test_unknown_scim_path_returns_scim_error(organization, path):
    _, secret = factories.make_token(organization)
    path = path.format(org=organization.pk)
    for method in METHODS:
        answer = getattr(Client(), method)(path, headers={"Authorization": f"Bearer {secret}", "Accept": "text/html"})
        assert answer.status_code in {404, 405}, method
        assert answer["Content-Type"] in {"application/scim+json", "application/json"}, method
        document = answer.json()
        assert document["schemas"] == [ERROR], method
        assert document["status"] == str(answer.status_code), method
        assert request_id(answer), method
    answer = Client().get(path)
    assert answer.status_code == 401
    assert answer.json()["schemas"] == [ERROR]


@pytest.mark.parametrize("route", SCIM_ROUTES, ids=lambda route: route[0])
def test_every_scim_route_refuses_with_scim_error(organization, route):
    _, secret = factories.make_token(organization)
    path = address(route[1], organization.pk)
    for method in ("GET", "PUT", "PATCH", "DELETE", "POST", "TRACE", "PROPFIND", "OPTIONS"):
        answer = Client().generic(method, path, headers={"Authorization": f"Bearer {secret}"})
        if answer.status_code >= 400:
            assert answer.json()["schemas"] == [ERROR], method
        assert request_id(answer), method
        assert not answer.content.lstrip().startswith(b"<"), method


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_token_endpoint_rejects_wrong_method(db, method):
    answer = Client().generic(method, "/oauth/token")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer["Content-Type"] == "application/json"
    if method != "HEAD":
        assert set(json.loads(answer.content)) == {"message", "errors", "trackingId"}


def test_token_endpoint_keeps_oauth_error_format(db):
    form = "application/x-www-form-urlencoded"
    answer = Client().post("/oauth/token", "grant_type=client_credentials", content_type=form)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_token_endpoint_rejects_compressed_body(db):
    answer = Client().post("/oauth/token", b"\x1f\x8b", headers={"Content-Encoding": "gzip"}, content_type="x/y")
    assert (answer.status_code, answer["Accept-Encoding"]) == (415, "identity")
    assert "Content-Encoding" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/v1/people", "/oauth/token", "/v1/scim/x/Users"])
def test_unknown_host_gets_json_error(db, path, settings):
    settings.ALLOWED_HOSTS = ["example.com"]
    answer = Client().post(path, headers={"Host": "evil.example", "Authorization": "Bearer x"})
    assert answer.status_code in {400, 401, 404}
    assert "json" in answer["Content-Type"]
    assert b"<" not in answer.content


def test_token_endpoint_reports_internal_error_as_json(db, monkeypatch):
    from controlhub.api import oauth

    def fail(*_args, **_kwargs):
        raise RuntimeError("the reason is in the log")

    monkeypatch.setattr(oauth, "_server", fail)
    answer = Client(raise_request_exception=False).post("/oauth/token")
    assert answer.status_code == 500
    assert answer.json()["trackingId"] == request_id(answer)
    assert b"the reason is in the log" not in answer.content


def test_pages_are_html(db):
    assert Client().get("/nothing/")["Content-Type"].startswith("text/html")
    assert Client().get("/v1things/")["Content-Type"].startswith("text/html")


def test_every_api_route_has_a_known_error_format():
    """Fails for a new route under an API prefix, as a reminder to test its errors here."""
    prefixes = ("v1", "identity", "oauth")
    added = [str(entry.pattern) for entry in get_resolver().url_patterns if str(entry.pattern).startswith(prefixes)]
    assert added == ["oauth/token"]
