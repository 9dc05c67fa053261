"""Which responses are compressed: pages, except those that show a secret."""

import gzip

import pytest

from controlhub.middleware.compressed_pages import SECRET_PAGES
from tests import factories, pages
from tests.scenes import PORTAL

ACCEPTS = {"Accept-Encoding": "gzip"}
MOST_BYTES = 60_000


@pytest.mark.parametrize("address", ["/", "/users/", "/audit/", "/search/?q=neo", "/sign-in/"])
def test_pages_are_compressed_and_small(portal, address):
    answer = portal.get(address, headers=ACCEPTS, follow=True)
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) <= MOST_BYTES
    assert "<html" in gzip.decompress(answer.content).decode()
    assert "Accept-Encoding" in answer["Vary"]


def test_page_with_a_secret_is_not_compressed(portal):
    form = {**pages.read(portal.get("/provisioning/add/")).form("/provisioning/tokens/").fields, "name": "Okta"}
    address = portal.post("/provisioning/tokens/", form)["Location"]
    answer = portal.get(address, headers=ACCEPTS)
    assert pages.read(answer).copied("secret").startswith("chub_")
    assert "Content-Encoding" not in answer


def test_authenticator_key_is_not_compressed(portal):
    answer = portal.get("/account/app/", headers=ACCEPTS)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer


def test_pages_with_secrets_exist():
    assert set(PORTAL) >= SECRET_PAGES


def test_scim_is_not_compressed(organization, scim):
    for number in range(5):
        factories.make_user(organization, f"user{number}@example.com")
    assert "Content-Encoding" not in scim.get("/Users", headers=ACCEPTS)
