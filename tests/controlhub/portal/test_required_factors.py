"""The sign-in policy: required second factors."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from controlhub.models import Account, Organization, Role
from controlhub.portal.factor_setup import FACTOR_SETUP_PAGES
from tests import factories, pages
from tests.app_clock import code_of
from tests.factories import sign_in
from tests.scenes import PORTAL, Scene, undone
from tests.sign_in_policy import SETUP, events, form_of, give_factor, save, set_policies


@pytest.fixture
def restricted(db):
    """A scene whose administrator needs a second factor and has none."""
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
def test_only_the_setup_opens_without_the_required_factor(restricted, subtests, method):
    assert FACTOR_SETUP_PAGES.keys() <= PORTAL.keys()
    names = PORTAL.keys() - FACTOR_SETUP_PAGES.keys() - WITHOUT_SESSION.keys()
    assert len(names) > 100
    browser, before = factories.browser(restricted.admin), AuditEvent.objects.count()
    for name in sorted(names):
        with subtests.test(name), undone(browser):
            response = getattr(browser, method)(restricted.address(name))
            if method == "post" and response.status_code == 405:
                continue
            assert (response.status_code, response.headers.get("Location")) == (302, SETUP)
            assert AuditEvent.objects.count() == before


def test_partial_updates_redirect_to_the_setup_as_a_whole_page(restricted):
    response = factories.browser(restricted.admin).get("/users/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, SETUP)


def test_identities_cannot_be_connected_without_the_required_factor(restricted):
    browser = factories.browser(restricted.admin)
    for method in (browser.get, browser.post):
        response = method(restricted.address("openid_connect_login") + "?process=connect")
        assert (response.status_code, response["Location"]) == (302, SETUP)


def test_sign_in_redirects_to_the_setup_and_a_new_app_gives_access(organization, admin):
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
def test_apps_and_passkeys_are_accepted(organization, admin, portal, kind):
    set_policies(organization, require_second_factor=True)
    give_factor(admin, kind)
    assert portal.get("/users/").status_code == 200


def test_recovery_codes_alone_are_not_accepted(organization, admin, portal):
    set_policies(organization, require_second_factor=True)
    give_factor(admin, Authenticator.Type.RECOVERY_CODES)
    assert portal.get("/users/")["Location"] == SETUP


def test_provider_decides_about_administrators_by_group(organization, portal, scim):
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


def test_policy_cannot_be_saved_without_ones_own_second_factor(organization, admin, portal):
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


def test_page_lists_administrators_without_a_second_factor(organization, admin, portal):
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
