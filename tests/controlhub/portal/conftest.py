"""Fixtures shared by sign-in tests: a provider on this machine and an authenticator app."""

from urllib.parse import urlsplit

import pytest

from controlhub.security.networks import AllowedNetwork
from tests import pages, providers
from tests.app_clock import code_of


@pytest.fixture
def entra(monkeypatch, settings):
    with providers.entra(monkeypatch) as running:
        settings.OUTBOUND_ALLOW = [AllowedNetwork.read(urlsplit(running.origin).netloc)]
        yield running


@pytest.fixture
def provider(organization, entra):
    return providers.make_provider(organization, entra, match_claim="oid")


@pytest.fixture
def key(portal, admin):
    """The key of an authenticator app set up by the administrator. Its recovery codes are in `admin.codes`."""
    key = pages.read(portal.get("/account/app/")).copied("key")
    answer = portal.post("/account/app/", {"code": code_of(key)}, follow=True)
    admin.codes = pages.read(answer).texts("ul.codes code")
    return key
