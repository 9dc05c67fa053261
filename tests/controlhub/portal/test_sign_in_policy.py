"""The sign-in policy: required second factors, the length of sessions, and allowed networks."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.models import Account, Organization, Role, Session
from controlhub.portal.factor_setup import FACTOR_SETUP_PAGES
from controlhub.portal.signin.middleware import POLL
from controlhub.portal.signin.networks import NETWORK_NOT_ALLOWED
from tests import factories, pages
from tests.factories import code_of, sign_in
from tests.scenes import PORTAL, Scene, undone

OFFICE, HOME = "203.0.113.7", "198.51.100.9"
SETUP = "/account/second-factor/"


def set_policies(organization, **changes):
    change_policies(organization, changes=changes, actor=factories.COMMAND)


def give_factor(account, kind=Authenticator.Type.TOTP):
    return Authenticator.objects.create(user=account, type=kind, data={"secret": "x"})


def form_of(browser):
    fields = pages.read(browser.get(reverse("sign-in-policy"))).form(reverse("sign-in-policy-change")).fields
    return {name: value for name, value in fields.items() if value is not None}


def save(browser, **changes):
    fields = form_of(browser) | changes
    return browser.post(reverse("sign-in-policy-change"), {name: value for name, value in fields.items() if value})


def events(action):
    return list(AuditEvent.objects.filter(action=action).order_by("created_at", "id"))


# --- Second factor ---------------------------------------------------------------------------------------


@pytest.fixture
def restricted(db):
    """A scene whose administrator has no second factor and needs one."""
    scene = Scene()
    Authenticator.objects.filter(user=scene.admin).delete()
    Organization.objects.filter(pk=scene.organization.pk).update(require_second_factor=True)
    return scene


WITHOUT_SESSION = {
    "account_login": "leads a signed-in person to the first page",
    "organization-sign-in": "leads a signed-in person to the first page",
    "account_logout": "ends the session",
    "mfa_authenticate": "a sign-in that has begun",
    "mfa_login_webauthn": "a sign-in by a passkey",
    "openid_connect_login": "a sign-in by a provider; connecting an identity is refused, as tested below",
    "openid_connect_callback": "a sign-in by a provider; connecting an identity is refused, as tested below",
    "account_reset_password": "needs no session",
    "account_reset_password_done": "needs no session",
    "account_reset_password_from_key": "the mailed link is the proof",
    "account_reset_password_from_key_done": "needs no session",
    "invitation-accept": "the mailed link is the proof",
}


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_the_required_factor_only_its_setup_opens(restricted, subtests, method):
    assert FACTOR_SETUP_PAGES.keys() <= PORTAL.keys()
    names = PORTAL.keys() - FACTOR_SETUP_PAGES.keys() - WITHOUT_SESSION.keys()
    assert len(names) > 100
    for name in sorted(names):
        with subtests.test(name), undone():
            before = AuditEvent.objects.count()
            response = getattr(factories.browser(restricted.admin), method)(restricted.address(name))
            if method == "post" and response.status_code == 405:
                continue
            assert (response.status_code, response.headers.get("Location")) == (302, SETUP)
            assert AuditEvent.objects.count() == before


def test_partial_updates_lead_to_the_setup_as_a_whole_page(restricted):
    response = factories.browser(restricted.admin).get("/users/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, SETUP)


def test_identities_cannot_be_connected_without_the_required_factor(restricted):
    browser = factories.browser(restricted.admin)
    for method in (browser.get, browser.post):
        response = method(restricted.address("openid_connect_login") + "?process=connect")
        assert (response.status_code, response["Location"]) == (302, SETUP)


def test_sign_in_leads_to_the_setup_and_a_new_app_opens_the_portal(organization, admin):
    set_policies(organization, require_second_factor=True)
    browser = Client()
    assert sign_in(browser, admin).status_code == 302
    page = browser.get("/users/", follow=True)
    assert page.redirect_chain == [(SETUP, 302)]
    shown = pages.read(page)
    assert "requires a second factor for administrators" in shown.text
    assert not shown.all("nav"), "nothing else is offered"
    secret = pages.read(browser.get("/account/app/")).copied("key")
    assert browser.post("/account/app/", {"code": code_of(secret)}).status_code == 302
    assert browser.get("/users/").status_code == 200
    assert browser.get(SETUP)["Location"] == "/account/sign-in/"


@pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
def test_apps_and_passkeys_count(organization, admin, portal, kind):
    set_policies(organization, require_second_factor=True)
    give_factor(admin, kind)
    assert portal.get("/users/").status_code == 200


def test_recovery_codes_alone_do_not_count(organization, admin, portal):
    set_policies(organization, require_second_factor=True)
    give_factor(admin, Authenticator.Type.RECOVERY_CODES)
    assert portal.get("/users/")["Location"] == SETUP


def test_provider_decides_for_administrators_by_group(organization, portal, scim):
    set_policies(organization, require_second_factor=True)
    group = factories.make_mapped_group(scim, "Ops", Role.READ_ONLY_ADMIN)
    user = factories.make_user(organization, "tank@example.com")
    scim.patch(f"/Groups/{group.pk}", {"op": "add", "path": "members", "value": [{"value": str(user.pk)}]})
    account = Account.objects.create(
        user=user, sign_in_address=user.user_name, sign_in_key=f"by-group:{user.pk}", role=Role.AUDITOR, by_group=True
    )
    assert factories.browser(account).get("/users/").status_code == 200
    set_policies(organization, require_second_factor=False)
    text = pages.read(portal.get(reverse("sign-in-policy"))).text
    assert "1 of 2 administrators has no second factor" in text
    assert "1 administrator by group membership signs in with single sign-on only" in text


def test_saver_without_a_second_factor_is_refused(organization, admin, portal):
    response = save(portal, require_second_factor="on")
    assert response.status_code == 409
    assert "You have no second factor yourself." in pages.read(response).text
    organization.refresh_from_db()
    assert not organization.require_second_factor
    give_factor(admin)
    assert save(portal, require_second_factor="on").status_code == 302
    organization.refresh_from_db()
    assert organization.require_second_factor
    assert events("organization.updated")[-1].changes == [
        {"attribute": "require_second_factor", "op": "changed", "old": False, "new": True}
    ]


def test_submitted_form_is_kept_until_the_factor_is_set_up(organization, admin, portal):
    give_factor(admin)
    fields = form_of(portal) | {"session_hours": "7"}
    Authenticator.objects.all().delete()
    Organization.objects.update(require_second_factor=True)
    assert portal.post(reverse("sign-in-policy-change"), fields)["Location"] == SETUP
    give_factor(admin)
    assert form_of(portal)["session_hours"] == "7"


def test_page_names_administrators_without_a_second_factor(organization, admin, portal):
    give_factor(admin)
    assert "Every administrator has a second factor." in pages.read(portal.get(reverse("sign-in-policy"))).text
    for number in range(22):
        factories.make_admin(organization, f"admin{number:02}@example.com")
    text = pages.read(portal.get(reverse("sign-in-policy"))).text
    assert "22 of 23 administrators have no second factor and would have to set one up at their next request" in text
    assert "admin19@example.com" in text
    assert "admin20@example.com" not in text
    assert "2 more, in the list of administrators" in text
    set_policies(organization, require_second_factor=True)
    text = pages.read(portal.get(reverse("sign-in-policy"))).text
    assert "22 of 23 administrators have no second factor and must set one up at their next request" in text


# --- Length of sessions -----------------------------------------------------------------------------------


def ended(browser):
    """The message with which the sign-in page says why the session ended."""
    response = browser.get("/users/", follow=True)
    assert response.redirect_chain[0][0].startswith("/sign-in/")
    return pages.read(response).text


def test_session_ends_after_its_length_although_it_is_used(organization, portal, at):
    set_policies(organization, session_hours=2)
    for minutes in (40, 80, 119):
        at(minutes=minutes)
        assert portal.get("/users/").status_code == 200
    at(minutes=121)
    assert "Your session ended 2 hours after you signed in." in ended(portal)


def test_session_ends_without_activity(organization, portal, at):
    set_policies(organization, session_idle_minutes=10)
    for minutes in (9, 18, 27):
        at(minutes=minutes)
        assert portal.get("/users/").status_code == 200
    at(minutes=39)
    assert "Your session ended after 10 minutes without activity." in ended(portal)
    assert "Your session" not in pages.read(portal.get("/sign-in/")).text, "it is said once"


def test_idle_time_is_never_shorter_than_the_policy(organization, portal, at):
    set_policies(organization, session_idle_minutes=5)
    at(seconds=59)
    assert portal.get("/users/").status_code == 200
    at(seconds=59 + 299)
    assert portal.get("/users/").status_code == 200


def test_pages_that_update_themselves_are_no_activity(organization, portal, at):
    set_policies(organization, session_idle_minutes=10)
    for minutes in (5, 10):
        at(minutes=minutes)
        assert portal.get("/jobs/mine/", headers={"X-Poll": "1"}).status_code == 200
    at(minutes=12)
    assert "without activity" in ended(portal)


def test_templates_that_update_themselves_say_so():
    templates = [path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")]
    polling = [text for text in templates if "hx-trigger" in text and "every " in text]
    assert len(polling) >= 3
    assert all(text.count(f'"{POLL}"') == text.count("hx-trigger") for text in polling)


def test_bell_leaves_the_page_alone_when_the_second_factor_is_missing(organization, portal):
    set_policies(organization, require_second_factor=True)
    response = portal.get(reverse("job-bell"), headers={"HX-Request": "true", "X-Poll": "1"})
    assert (response.status_code, response.headers.get("HX-Redirect")) == (204, None)


def test_sign_in_page_says_why_the_session_ended(organization, portal, at):
    set_policies(organization, session_idle_minutes=10)
    at(minutes=12)
    assert "without activity" in pages.read(portal.get("/sign-in/")).text


def test_shorter_length_ends_open_sessions(organization, admin, portal, at):
    at(hours=3)
    other = factories.browser(admin)
    set_policies(organization, session_hours=2)
    assert "2 hours after you signed in" in ended(portal)
    assert other.get("/users/").status_code == 200


def test_longer_length_keeps_open_sessions_and_brings_none_back(organization, admin, portal, at):
    set_policies(organization, session_hours=2)
    at(hours=1)
    other = factories.browser(admin)
    at(hours=2, minutes=1)
    set_policies(organization, session_hours=5)
    assert "Your session has ended. Sign in again." in ended(portal)
    at(hours=5)
    assert other.get("/users/").status_code == 200


def test_confirming_the_identity_does_not_make_a_session_longer(organization, admin, at):
    set_policies(organization, session_hours=2)
    browser = Client()
    sign_in(browser, admin)
    at(hours=1)
    assert browser.post("/sign-in/again/", {"password": admin.password_shown}).status_code == 302
    at(hours=1, minutes=59)
    assert browser.get("/users/").status_code == 200
    at(hours=2, minutes=1)
    assert "2 hours after you signed in" in ended(browser)


def test_new_sign_in_begins_a_new_length(organization, admin, portal, at):
    set_policies(organization, session_hours=2)
    at(hours=3)
    assert "2 hours after" in ended(portal)
    sign_in(portal, admin)
    at(hours=4, minutes=30)
    assert portal.get("/users/").status_code == 200


def test_policies_of_another_organization_change_nothing(organization, other_organization, portal, at):
    at(hours=3)
    set_policies(other_organization, session_hours=1, require_second_factor=True, allowed_networks=["192.0.2.0/24"])
    assert portal.get("/users/").status_code == 200


# --- Allowed networks -------------------------------------------------------------------------------------


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
    assert f"does not allow sign-in from your network address {HOME}" in pages.read(page).text
    assert browser.get("/users/").status_code == 302
    (event,) = events("session.sign_in_failed")
    assert (event.result, event.reason, event.actor_address) == ("failure", NETWORK_NOT_ALLOWED, HOME)
    allowed = browser_at(OFFICE)
    assert sign_in(allowed, admin).status_code == 302
    assert allowed.get("/users/").status_code == 200


def test_wrong_password_says_nothing_about_networks(organization, admin):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    response = browser_at(HOME).post("/sign-in/", {"login": admin.sign_in_address, "password": "wrong"})
    assert "network" not in pages.read(response).text


def test_session_that_moves_to_another_network_ends_with_one_event(organization, admin):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    office = browser_at(OFFICE, admin)
    assert office.get("/users/").status_code == 200
    home = Client(REMOTE_ADDR=HOME)
    home.cookies = office.cookies.copy()
    assert HOME in pages.read(home.get("/users/", follow=True)).text
    assert office.get("/users/").status_code == 302, "the session is over in every browser"
    (event,) = events("sessions.ended")
    assert (event.reason, event.actor_address, event.details) == (NETWORK_NOT_ALLOWED, HOME, {"sessions": 1})


def test_second_step_of_a_sign_in_from_another_network_opens_nothing(organization, admin, key):
    browser = browser_at(OFFICE)
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    sign_in(browser, admin)
    elsewhere = Client(REMOTE_ADDR=HOME)
    elsewhere.cookies = browser.cookies
    elsewhere.post("/sign-in/second-factor/", {"code": code_of(key)})
    assert elsewhere.get("/users/").status_code == 302


def test_address_is_what_a_trusted_proxy_says(organization, admin, monkeypatch):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    monkeypatch.setattr(settings, "TRUSTED_PROXIES", [ip_network("10.0.0.0/8")])
    proxied = browser_at("10.0.0.1", admin)
    assert proxied.get("/users/", headers={"X-Forwarded-For": f"1.2.3.4, {OFFICE}"}).status_code == 200
    assert proxied.get("/users/", headers={"X-Forwarded-For": f"{OFFICE}, {HOME}"}).status_code == 302


def test_mapped_address_is_its_ipv4_address(organization, admin):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    assert browser_at(f"::ffff:{OFFICE}", admin).get("/users/").status_code == 200


def test_list_without_the_savers_address_is_refused(organization, portal):
    response = save(portal, allowed_networks="203.0.113.0/24\n2001:db8::/32")
    assert response.status_code == 409
    assert "Your own address 127.0.0.1 is not in any of these networks." in pages.read(response).text
    organization.refresh_from_db()
    assert organization.allowed_networks == []
    assert save(portal, allowed_networks="203.0.113.0/24, 127.0.0.0/8").status_code == 302
    organization.refresh_from_db()
    assert organization.allowed_networks == ["203.0.113.0/24", "127.0.0.0/8"]
    assert form_of(portal)["allowed_networks"] == "203.0.113.0/24\n127.0.0.0/8"
    assert save(portal, allowed_networks="").status_code == 302
    organization.refresh_from_db()
    assert organization.allowed_networks == []


def test_each_mistake_is_shown_and_the_list_is_kept(organization, portal):
    typed = "127.0.0.1\n10.1.2.3/8\nnonsense"
    response = save(portal, allowed_networks=typed)
    page = pages.read(response)
    assert response.status_code == 422
    assert "Entry 2 (10.1.2.3/8) is an address in a network. Enter 10.0.0.0/8 or 10.1.2.3/32." in page.text
    assert "Entry 3 (nonsense) is not a network." in page.text
    assert page.form(reverse("sign-in-policy-change")).fields["allowed_networks"] == typed


def test_scim_is_not_covered(organization, scim):
    set_policies(organization, allowed_networks=["203.0.113.0/24"], require_second_factor=True)
    assert scim.get("/Users").status_code == 200


def test_command_opens_the_portal_again(organization, portal):
    set_policies(organization, allowed_networks=["203.0.113.0/24"])
    call_command("change_policies", str(organization.pk), "--any-network")
    assert portal.get("/users/").status_code == 200
    call_command("change_policies", str(organization.pk), "--allowed-networks", "192.0.2.0/24", "2001:db8::/32")
    assert portal.get("/users/").status_code == 302


# --- The page, and what requests cost ------------------------------------------------------------------------


def test_page_shows_open_sessions_to_those_who_manage_the_organization(organization, admin, portal):
    Session.objects.update(address=OFFICE)
    page = pages.read(portal.get(reverse("sign-in-policy")))
    assert OFFICE in page.text
    assert "Your network address is 127.0.0.1" in page.text
    reader, _ = factories.make_admin(organization, "trinity@example.com", Role.READ_ONLY_ADMIN)
    shown = pages.read(factories.browser(reader).get(reverse("sign-in-policy")))
    assert OFFICE not in shown.text
    assert not shown.all("form[action='/organization/sign-in/change/'] button")


def test_sessions_from_networks_that_are_not_allowed_are_marked(organization, admin, portal):
    set_policies(organization, allowed_networks=["127.0.0.0/8"])
    other, _ = factories.make_admin(organization, "trinity@example.com")
    factories.browser(other)
    Session.objects.filter(account=other).update(address=HOME)
    assert "Not allowed" in pages.read(portal.get(reverse("sign-in-policy"))).text


def count_queries(browser, url):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def test_policy_costs_no_query(organization, admin, portal):
    portal.get("/audit/")
    before = count_queries(portal, "/audit/")
    give_factor(admin)
    networks = [f"10.{number // 256}.{number % 256}.0/24" for number in range(499)]
    set_policies(
        organization,
        require_second_factor=True,
        session_hours=5,
        session_idle_minutes=30,
        allowed_networks=["127.0.0.0/8", *networks],
    )
    assert count_queries(portal, "/audit/") == before


def test_activity_is_written_once_a_minute(organization, portal, at):
    portal.get("/audit/")
    before = count_queries(portal, "/audit/")
    at(minutes=2)
    assert count_queries(portal, "/audit/") == before + 1
    assert count_queries(portal, "/audit/") == before


def test_queries_of_the_page_do_not_grow(organization, admin, portal):
    portal.get(reverse("sign-in-policy"))
    before = count_queries(portal, reverse("sign-in-policy"))
    for number in range(30):
        account, _ = factories.make_admin(organization, f"admin{number}@example.com")
        factories.browser(account)
    assert count_queries(portal, reverse("sign-in-policy")) == before


def test_ended_sessions_are_not_listed(organization, admin, portal):
    factories.browser(admin)
    Session.objects.exclude(pk=portal.session.session_key).update(expire_date=Now() - timedelta(minutes=1))
    assert len(pages.read(portal.get("/account/")).all("#sessions-h")) == 1
    assert pages.read(portal.get("/account/")).text.count("127.0.0.1") <= 1
