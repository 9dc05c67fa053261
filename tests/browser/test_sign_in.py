"""Sign-in with passkeys of a virtual authenticator, and single sign-on with its redirects, in a real Chromium."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from audit.models import AuditEvent
from controlhub.models import Session
from tests import providers, servers

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def open_page(chromium, complaints):
    contexts = []

    def heard(message, *places, elsewhere):
        where = message.location["url"]
        if message.type in {"error", "warning"} and not any(place.startswith(elsewhere) for place in (where, *places)):
            complaints.append(f"{where}: {message.text}")

    def open_one(elsewhere="nowhere", **options):
        """Opens a page. Browser errors are collected, except for pages of `elsewhere`."""
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard(message, page.url, elsewhere=elsewhere))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page, people):
    page.fill("#id_login", people[0].sign_in_address)
    page.fill("#id_password", people[1])
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_passkey_signs_in_without_password_after_setup(open_page, site, people):
    page = open_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    site = site.replace("127.0.0.1", "localhost")  # the host in PUBLIC_URL, because a passkey belongs to one host
    page.goto(site + "/account/sign-in/")
    sign_in(page, people)
    page.get_by_role("link", name="Add passkey").click()
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Save these recovery codes now")).to_be_visible()
    page.get_by_role("button", name="Hide").click()
    expect(page.locator("main")).to_contain_text("Without a password")

    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(site + "/")
    assert AuditEvent.objects.filter(action="session.signed_in").latest("created_at").details == {"method": "webauthn"}

    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, people)
    page.wait_for_url(site + "/sign-in/second-factor/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(site + "/")

    Session.objects.update(created_at="2020-01-01T00:00:00Z")
    page.goto(site + "/account/codes/new/")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(site + "/account/codes/new/")


def test_single_sign_on_works_under_the_content_security_policy(
    open_page,
    people,
    monkeypatch,
    tmp_path,
):
    with (
        providers.entra(monkeypatch) as entra,
        servers.web_server(settings_module="tests.production", OUTBOUND_ALLOW=urlsplit(entra.origin).netloc) as started,
    ):
        providers.make_provider(people[0].user.organization, entra)
        page = open_page(elsewhere=entra.origin)
        address = started.replace("127.0.0.1", "localhost")  # the host in PUBLIC_URL, where the redirect leads
        page.goto(address + "/account/sign-in/")
        sign_in(page, people)
        page.get_by_role("button", name="Connect Contoso").click()
        page.wait_for_url(re.compile(re.escape(entra.origin)))
        page.fill("input[name=sub]", "neo-sub")
        page.get_by_role("button", name="Authorize").click()
        expect(page.locator("main")).to_contain_text("You can now sign in with Contoso")
        page.get_by_role("button", name="Account of").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in with Contoso").click()
        page.wait_for_url(re.compile(re.escape(entra.origin)))
        page.locator("button", has_text="neo-sub").click()
        page.wait_for_url(address + "/")
