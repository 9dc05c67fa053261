"""Second factors, recovery codes, and changed or forgotten passwords."""

import re

from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.addresses import resolve_addresses
from controlhub.actions.outbox import send_due_mail
from controlhub.actions.users import deactivate_user, purge_user, reactivate_user
from controlhub.models import Account, Cause, OutgoingMail, Role, Session
from tests import factories, pages
from tests.app_clock import code_of, pass_half_a_minute
from tests.factories import sign_in

NEW = "follow the white rabbit"


def told(*actions):
    return [event.action for event in AuditEvent.objects.filter(action__in=actions).order_by("created_at", "id")]


def test_code_is_required_after_the_password(admin, key):
    browser = Client()
    assert sign_in(browser, admin)["Location"] == "/sign-in/second-factor/"
    assert browser.get("/users/").status_code == 302, "the password alone opens nothing"
    assert browser.post("/sign-in/second-factor/", {"code": "000000"}).status_code == 401
    assert browser.post("/sign-in/second-factor/", {"code": code_of(key)}).status_code == 302
    assert browser.get("/users/").status_code == 200
    event = AuditEvent.objects.filter(action="session.signed_in").latest("created_at", "id")
    assert event.details["method"] == "password, totp"
    failed = AuditEvent.objects.get(action="session.sign_in_failed")
    assert (failed.result, failed.details) == ("failure", {"method": "second factor"})
    assert len(admin.codes) == 10


def test_code_can_be_used_once(admin, key):
    code = code_of(key)
    for expected in (302, 401):
        browser = Client()
        sign_in(browser, admin)
        assert browser.post("/sign-in/second-factor/", {"code": code}).status_code == expected


def test_number_of_wrong_codes_is_limited(admin, key):
    browser = Client()
    sign_in(browser, admin)
    statuses = [browser.post("/sign-in/second-factor/", {"code": f"{number:06}"}).status_code for number in range(11)]
    assert statuses == [401] * 10 + [429]
    assert browser.post("/sign-in/second-factor/", {"code": code_of(key)}).status_code == 429


def test_recovery_code_replaces_the_app_once(admin, key):
    for expected in (302, 401):
        browser = Client()
        sign_in(browser, admin)
        assert browser.post("/sign-in/second-factor/", {"code": admin.codes[0]}).status_code == expected


def test_recovery_codes_are_shown_once_and_can_be_replaced(admin, portal, key):
    assert admin.codes[0] in portal.get("/account/codes/").content.decode(), "a reload loses nothing"
    factories.copied(portal, portal.get("/account/codes/"))
    page = portal.get("/account/codes/").content.decode()
    assert "The codes have already been shown" in page
    assert admin.codes[0] not in page
    answer = portal.post("/account/codes/new/", follow=True)
    fresh = pages.read(answer).texts("ul.codes code")
    assert len(fresh) == 10
    assert not set(fresh) & set(admin.codes)
    browser = Client()
    sign_in(browser, admin)
    assert browser.post("/sign-in/second-factor/", {"code": admin.codes[1]}).status_code == 401
    assert browser.post("/sign-in/second-factor/", {"code": fresh[0]}).status_code == 302


def test_factors_are_not_stored_in_plain_text(admin, key):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert key not in stored
    assert not any(code in stored for code in admin.codes)
    assert key not in str([(event.changes, event.details) for event in AuditEvent.objects.all()])


def test_user_deactivated_between_password_and_code_is_not_signed_in(organization, admin, key):
    factories.make_admin(organization, "trinity@example.com")
    browser = Client()
    sign_in(browser, admin)
    deactivate_user(admin.user, actor=factories.COMMAND)
    browser.post("/sign-in/second-factor/", {"code": code_of(key)})
    assert not Session.objects.filter(account=admin).exists()
    reactivate_user(admin.user, actor=factories.COMMAND)
    assert browser.get("/users/").status_code == 302, "and does not come in by a reactivation"


def test_code_confirms_the_identity_again(admin, key):
    browser = Client()
    sign_in(browser, admin)
    browser.post("/sign-in/second-factor/", {"code": code_of(key)})
    Session.objects.filter(account=admin).update(created_at="2020-01-01T00:00:00Z")
    assert browser.get("/account/codes/new/")["Location"].startswith("/sign-in/again/?next=")
    before = browser.session.session_key
    assert browser.post("/sign-in/again/code/", {"code": "000000"}).status_code == 401
    pass_half_a_minute()
    answer = browser.post("/sign-in/again/code/", {"code": code_of(key), "next": "/account/codes/new/"})
    assert answer["Location"] == "/account/codes/new/"
    assert browser.get("/account/codes/new/").status_code == 200
    assert browser.session.session_key != before


def test_removing_the_app_removes_its_recovery_codes(admin, portal, key):
    assert "your password alone" in portal.get("/account/app/remove/").content.decode()
    portal.post("/account/app/remove/")
    assert not Authenticator.objects.exists()
    browser = Client()
    assert sign_in(browser, admin)["Location"] == "/"
    assert told("factor.added", "factor.removed") == ["factor.added", "factor.removed"]


def test_changing_factors_requires_recent_authentication(portal, admin, key):
    factories.make_proof_old(portal)
    for path in ("/account/app/", "/account/app/remove/", "/account/passkeys/add/", "/account/codes/"):
        assert portal.get(path)["Location"].startswith("/sign-in/again/"), path
        assert portal.post(path)["Location"].startswith("/sign-in/again/"), path
    assert Authenticator.objects.filter(type="totp").exists()


def test_every_change_is_mailed_to_the_sign_in_address(admin, portal, key):
    portal.post("/account/app/remove/")
    send_due_mail()
    assert mail.outbox[-1].to == ["neo@example.com"]
    assert mail.outbox[-1].subject.startswith("Control Hub: ")
    assert "The sign-in methods of neo@example.com were changed" in mail.outbox[-1].body


# --- Lost factors -------------------------------------------------------------------------------------


def test_another_administrator_can_remove_lost_factors(organization, admin, portal, key):
    other, _ = factories.make_admin(organization, "trinity@example.com")
    browser = factories.browser(other)
    assert "Remove second factors" in browser.get(f"/users/{admin.user_id}/access/").content.decode()
    browser.post(f"/users/{admin.user_id}/factors/reset/")
    assert not Authenticator.objects.exists()
    assert portal.get("/users/").status_code == 302, "all sessions ended"
    assert sign_in(Client(), admin)["Location"] == "/"
    send_due_mail()
    assert (mail.outbox[-1].to, "trinity@example.com removed" in mail.outbox[-1].body) == (["neo@example.com"], True)


def test_factors_of_a_higher_role_cannot_be_removed(organization, admin, key):
    other, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
    factories.browser(other).post(f"/users/{admin.user_id}/factors/reset/")
    assert Authenticator.objects.filter(user=admin).exists()


def test_command_restores_access(organization, admin, key):
    _, password = factories.make_admin(organization, "neo@example.com")
    admin.password_shown = password
    assert sign_in(Client(), admin)["Location"] == "/"


def test_factors_are_deleted_with_the_user(organization, admin, key):
    factories.make_admin(organization, "trinity@example.com")
    deactivate_user(admin.user, actor=factories.COMMAND)
    admin.user.refresh_from_db()
    purge_user(admin.user, cause=Cause.ADMIN, actor=factories.COMMAND)
    assert not Authenticator.objects.exists()
    assert not Account.objects.filter(pk=admin.pk).exists()


# --- Passwords ----------------------------------------------------------------------------------------


def change(client, old, new, again=None):
    return client.post("/account/password/", {"oldpassword": old, "password1": new, "password2": again or new})


def test_changed_password_ends_all_other_sessions(admin, portal):
    elsewhere = factories.browser(admin)
    assert change(portal, admin.password_shown, NEW).status_code == 302
    assert portal.get("/users/").status_code == 200
    assert elsewhere.get("/users/").status_code == 302
    assert Session.objects.filter(account=admin).count() == 1
    admin.password_shown = NEW
    assert sign_in(Client(), admin).status_code == 302
    assert told("password.changed") == ["password.changed"]


def test_password_change_is_limited_and_rejects_bad_passwords(admin, portal):
    for old, new, again in (
        ("wrong", NEW, NEW),
        (admin.password_shown, NEW, "something else entirely"),
        (admin.password_shown, "short", "short"),
        (admin.password_shown, "password1234", "password1234"),
    ):
        assert change(portal, old, new, again).status_code == 200
    admin.refresh_from_db()
    assert admin.check_password(admin.password_shown)
    statuses = {change(portal, "wrong", NEW).status_code for _ in range(20)}
    assert 429 in statuses


def forgotten(address):
    OutgoingMail.objects.all().delete()
    answer = Client().post("/password/forgotten/", {"email": address})
    assert answer["Location"] == "/password/forgotten/sent/"
    resolve_addresses()
    return OutgoingMail.objects.values_list("address", flat=True)


def reset_path():
    send_due_mail()
    return re.search(r"(/password/new/\S+/)", mail.outbox[-1].body)[1]


def test_forgotten_password_can_be_reset_once_with_the_link(admin, portal):
    assert list(forgotten("NEO@example.com")) == ["neo@example.com"]
    path, browser = reset_path(), Client()
    form = browser.get(path)["Location"]
    assert path not in form, "the link's secret does not stay in the address"
    assert browser.post(form, {"password1": "short", "password2": "short"}).status_code == 200
    assert browser.post(form, {"password1": NEW, "password2": NEW})["Location"] == "/password/new/done/"
    assert browser.get("/users/").status_code == 302, "the link signs nobody in"
    assert portal.get("/users/").status_code == 302, "all sessions ended"
    admin.password_shown = NEW
    assert sign_in(Client(), admin).status_code == 302
    assert "no longer valid" in Client().get(path).content.decode()
    event = AuditEvent.objects.get(action="password.changed")
    assert event.actor_label == "neo@example.com"


def test_reset_link_does_not_bypass_the_second_factor(admin, key):
    forgotten("neo@example.com")
    browser = Client()
    form = browser.get(reset_path())["Location"]
    browser.post(form, {"password1": NEW, "password2": NEW})
    admin.password_shown = NEW
    assert sign_in(browser, admin)["Location"] == "/sign-in/second-factor/"


def test_reset_does_not_reveal_whether_an_account_exists(organization, admin):
    assert list(forgotten("nobody@example.com")) == []
    factories.make_user(organization, "morpheus@example.com", emails=[{"value": "morpheus@example.com"}])
    assert list(forgotten("morpheus@example.com")) == [], "an address written by SCIM is not a sign-in address"


def test_no_link_for_inactive_invited_or_passwordless_users(organization, admin):
    other, _ = factories.make_admin(organization, "trinity@example.com")
    deactivate_user(other.user, actor=factories.COMMAND)
    assert list(forgotten("trinity@example.com")) == []
    admin.set_unusable_password()
    admin.save()
    assert list(forgotten("neo@example.com")) == []


def test_link_is_invalid_after_a_password_change(admin, portal):
    forgotten("neo@example.com")
    path = reset_path()
    change(portal, admin.password_shown, NEW)
    assert "no longer valid" in Client().get(path).content.decode()


def test_mail_to_one_address_is_limited(admin):
    for _ in range(5):
        answer = Client().post("/password/forgotten/", {"email": "neo@example.com"})
    assert answer.status_code == 429
    resolve_addresses()
    assert OutgoingMail.objects.count() == 3
