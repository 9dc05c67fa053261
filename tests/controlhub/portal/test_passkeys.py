"""Passkeys: which of them sign in without a password, and how malformed data is handled."""

import json
import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests import factories, pages
from tests.passkeys import Key


def options_on(page):
    return next(iter(pages.read(page).json("js_data").values()))


def add(client, key, *, signs_alone=True):
    options = options_on(client.get("/account/passkeys/add/"))
    data = {"name": "Key", "credential": key.register(options, signs_alone=signs_alone)}
    return client.post("/account/passkeys/add/", data | ({"passwordless": "on"} if signs_alone else {}))


def challenge(client):
    return client.get("/sign-in/passkey/", headers={"Accept": "application/json"}).json()["request_options"]


def is_signed_in(client):
    return client.get("/users/").status_code == 200


def password(client, account):
    client.post("/sign-in/", {"login": account.sign_in_address, "password": account.password_shown})


def test_passkey_signs_in_without_a_password(admin, portal):
    key, browser = Key(), Client()
    assert add(portal, key).status_code == 302
    browser.post("/sign-in/passkey/", {"credential": key.sign(challenge(browser), account=admin)})
    assert is_signed_in(browser)


@pytest.mark.parametrize("case", ["not verified", "a second factor", "another host", "twice"])
def test_unsuitable_credential_does_not_sign_in(admin, portal, case):
    key, browser = Key(), Client()
    if case == "another host":
        key.origin = "http://evil.example"
        assert add(portal, key).status_code == 200
        key.origin = "http://localhost:8000"
    assert add(portal, key, signs_alone=case != "a second factor").status_code == 302
    if case == "another host":
        key.origin = "http://evil.example"
    credential = key.sign(challenge(browser), account=admin, is_verified=case != "not verified")
    if case == "twice":
        browser.post("/sign-in/passkey/", {"credential": credential})
        browser.post("/sign-out/")
    browser.post("/sign-in/passkey/", {"credential": credential})
    assert not is_signed_in(browser)


def test_challenge_of_a_second_factor_does_not_sign_in_another_user(organization, admin, portal):
    """An attacker with a password gets another user's key to sign the attacker's challenge, without its PIN."""
    victims, own = Key(), Key()
    add(portal, victims)
    mine, password_shown = factories.make_admin(organization, "cypher@example.com")
    mine.password_shown = password_shown
    add(factories.browser(mine), own)
    browser = Client()
    password(browser, mine)
    options = options_on(browser.get("/sign-in/second-factor/"))
    session = browser.session
    session["account_login"]["initiated_at"] = time.time() - 3_600
    session.save()
    browser.post("/sign-in/passkey/", {"credential": victims.sign(options, account=admin, is_verified=False)})
    assert not is_signed_in(browser)


def test_key_is_accepted_as_the_second_factor(admin, portal):
    key = Key()
    add(portal, key, signs_alone=False)
    browser = Client()
    password(browser, admin)
    options = options_on(browser.get("/sign-in/second-factor/"))
    browser.post("/sign-in/second-factor/", {"credential": key.sign(options, is_verified=False)})
    assert is_signed_in(browser)


MALFORMED_CREDENTIALS = [
    "",
    "x",
    "[" * 5_000,
    "1",
    "null",
    '{"id":"\\u0000"}',
    "{}",
    '{"response":1}',
    '{"a":' + '"' + "x" * 30_000 + '"}',
]


@pytest.mark.parametrize("credential", MALFORMED_CREDENTIALS)
def test_malformed_credential_is_refused(admin, portal, credential):
    key = Key()
    add(portal, key)
    browser = Client()
    challenge(browser)
    assert browser.post("/sign-in/passkey/", {"credential": credential}).status_code == 302
    password(browser, admin)
    browser.get("/sign-in/second-factor/")
    assert browser.post("/sign-in/second-factor/", {"credential": credential}).status_code == 401
    portal.get("/account/passkeys/add/")
    assert portal.post("/account/passkeys/add/", {"name": "x", "credential": credential}).status_code == 200
    portal.get("/sign-in/again/passkey/")
    assert portal.post("/sign-in/again/passkey/", {"credential": credential}).status_code in {302, 401}
    assert Authenticator.objects.filter(type="webauthn").count() == 1


@pytest.mark.parametrize("extensions", [1, [], "x", None])
def test_key_with_malformed_extensions_causes_no_failure(portal, extensions):
    sent = json.loads(Key().register(options_on(portal.get("/account/passkeys/add/"))))
    sent["clientExtensionResults"] = extensions
    answer = portal.post("/account/passkeys/add/", {"name": "x", "credential": json.dumps(sent)})
    assert answer.status_code in {200, 302}
    assert portal.get("/account/sign-in/").status_code == 200
