"""Every HTTPS response, of pages, SCIM and everything else, sends Strict-Transport-Security."""

import pytest
from django.test import Client

from tests import factories
from tests.architecture.test_access import METHODS, ROUTES, address

HSTS = "max-age=31536000"


@pytest.fixture(autouse=True)
def over_https(settings):
    """The settings that PUBLIC_URL=https://… implies."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def client(**headers):
    return Client(headers={"X-Forwarded-Proto": "https", **headers}, raise_request_exception=False)


@pytest.mark.parametrize(("name", "pattern"), ROUTES)
def test_every_route_sends_the_header(organization, name, pattern):
    _, secret = factories.make_token(organization)
    for browser in (client(), client(Authorization=f"Bearer {secret}")):
        for method in METHODS:
            response = getattr(browser, method)(address(pattern, organization.pk))
            assert response.get("Strict-Transport-Security") == HSTS, f"{method} answered {response.status_code}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/scim/nobody/Users", 404),
        ("/identity/scim/nobody/v2/Users", 404),
        ("/v1/scim/{}/Users", 200),
        ("/v1/scim/{}/Users/nobody", 404),
        ("/v1/scim/{}/Users?filter=x", 400),
        ("/identity/scim/{}/v2/Users?startIndex=x", 400),
        ("/identity/scim/{}/v7/Users", 400),
        ("/nowhere", 404),
        ("/static/nowhere.css", 404),
    ],
)
def test_errors_send_the_header(organization, path, status):
    _, secret = factories.make_token(organization)
    response = client(Authorization=f"Bearer {secret}").get(path.format(organization.pk))
    assert (response.status_code, response.get("Strict-Transport-Security")) == (status, HSTS)


@pytest.mark.parametrize("path", ["/v1/scim/{}/Users", "/sign-in/", "/oauth/token"])
def test_internal_errors_and_unknown_hosts_send_the_header(organization, monkeypatch, path):
    _, secret = factories.make_token(organization)
    browser, path = client(Authorization=f"Bearer {secret}"), path.format(organization.pk)
    foreign = browser.post(path, {}, headers={"Host": "elsewhere.example"})
    assert foreign.get("Strict-Transport-Security") == HSTS
    monkeypatch.setattr("controlhub.middleware.live_connections.LiveConnectionMiddleware.__call__", lambda *_: 1 / 0)
    failed = client().get(path)
    assert (failed.status_code, failed.get("Strict-Transport-Security")) == (500, HSTS)


def test_plain_http_does_not_send_the_header(organization):
    assert "Strict-Transport-Security" not in Client().get("/sign-in/")
    assert "Strict-Transport-Security" not in Client().get(f"/v1/scim/{organization.pk}/Users")


def test_security_middleware_comes_first(settings):
    assert settings.MIDDLEWARE[0] == "django.middleware.security.SecurityMiddleware"
