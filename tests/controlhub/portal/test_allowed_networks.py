"""The sign-in policy: allowed networks."""

from ipaddress import ip_network

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from controlhub.portal.signin.networks import NETWORK_NOT_ALLOWED
from tests import factories, pages
from tests.app_clock import code_of
from tests.factories import sign_in
from tests.sign_in_policy import HOME, OFFICE, events, form_of, save, set_policies


def browser_at(address, account=None):
    browser = Client(REMOTE_ADDR=address)
    if account:
        browser.cookies = factories.browser(account).cookies
    return browser


def test_sign_in_from_another_network_is_refused_and_recorded(organization, admin):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    browser = browser_at(HOME)
    credentials = {"login": admin.sign_in_address, "password": admin.password_shown}
    page = browser.post("/sign-in/", credentials, follow=True)
    assert f"does not allow sign-in from your IP address {HOME}" in pages.read(page).text
    assert browser.get("/users/").status_code == 302
    (event,) = events("session.sign_in_failed")
    assert (event.result, event.reason, event.actor_address) == ("failure", NETWORK_NOT_ALLOWED, HOME)
    allowed = browser_at(OFFICE)
    assert sign_in(allowed, admin).status_code == 302
    assert allowed.get("/users/").status_code == 200


def test_wrong_password_does_not_reveal_allowed_networks(organization, admin):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    response = browser_at(HOME).post("/sign-in/", {"login": admin.sign_in_address, "password": "wrong"})
    assert "network" not in pages.read(response).text


def test_session_used_from_another_network_ends_with_one_event(organization, admin):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    office = browser_at(OFFICE, admin)
    assert office.get("/users/").status_code == 200
    home = Client(REMOTE_ADDR=HOME)
    home.cookies = office.cookies.copy()
    assert HOME in pages.read(home.get("/users/", follow=True)).text
    assert office.get("/users/").status_code == 302, "the session is over in every browser"
    (event,) = events("sessions.ended")
    assert (event.reason, event.actor_address, event.details) == (NETWORK_NOT_ALLOWED, HOME, {"sessions": 1})


def test_second_factor_from_another_network_does_not_sign_in(organization, admin, key):
    browser = browser_at(OFFICE)
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    sign_in(browser, admin)
    elsewhere = Client(REMOTE_ADDR=HOME)
    elsewhere.cookies = browser.cookies
    elsewhere.post("/sign-in/second-factor/", {"code": code_of(key)})
    assert elsewhere.get("/users/").status_code == 302


def test_address_comes_from_a_trusted_proxy(organization, admin, monkeypatch):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    monkeypatch.setattr(settings, "TRUSTED_PROXIES", [ip_network("10.0.0.0/8")])
    proxied = browser_at("10.0.0.1", admin)
    assert proxied.get("/users/", headers={"X-Forwarded-For": f"1.2.3.4, {OFFICE}"}).status_code == 200
    assert proxied.get("/users/", headers={"X-Forwarded-For": f"{OFFICE}, {HOME}"}).status_code == 302


def test_mapped_ipv6_address_equals_its_ipv4_address(organization, admin):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    assert browser_at(f"::ffff:{OFFICE}", admin).get("/users/").status_code == 200


def test_list_without_ones_own_address_is_refused(organization, portal):
    response = save(portal, allowed_networks="203.0.113.0/24\n2001:db8::/32")
    assert response.status_code == 409
    assert "Your IP address 127.0.0.1 is not in any of these networks." in pages.read(response).text
    organization.refresh_from_db()
    assert organization.allowed_networks == []
    assert save(portal, allowed_networks="203.0.113.0/24, 127.0.0.0/8").status_code == 302
    organization.refresh_from_db()
    assert organization.allowed_networks == ["203.0.113.0/24", "127.0.0.0/8"]
    assert form_of(portal)["allowed_networks"] == "203.0.113.0/24\n127.0.0.0/8"
    assert save(portal, allowed_networks="").status_code == 302
    organization.refresh_from_db()
    assert organization.allowed_networks == []


def test_each_error_is_shown_and_the_list_is_kept(organization, portal):
    typed = "127.0.0.1\n10.1.2.3/8\nnonsense"
    response = save(portal, allowed_networks=typed)
    page = pages.read(response)
    assert response.status_code == 422
    assert "Entry 2 (10.1.2.3/8) is an address in a network. Enter 10.0.0.0/8 or 10.1.2.3/32." in page.text
    assert "Entry 3 (nonsense) is not a network." in page.text
    assert page.form(reverse("sign-in-policy-change")).fields["allowed_networks"] == typed


def test_scim_is_not_restricted(organization, scim):
    set_policies(organization, allowed_networks=["203.0.113.0/24"], require_second_factor=True)
    assert scim.get("/Users").status_code == 200


def test_command_restores_access_to_the_portal(organization, portal):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    call_command("change_policies", str(organization.pk), "--any-network")
    assert portal.get("/users/").status_code == 200
    call_command("change_policies", str(organization.pk), "--allowed-networks", "192.0.2.0/24", "2001:db8::/32")
    assert portal.get("/users/").status_code == 302
