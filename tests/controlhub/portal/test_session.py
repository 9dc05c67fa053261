"""Signing in and out."""

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client, override_settings

from audit.models import AuditEvent
from controlhub.actions.addresses import resolve_addresses
from controlhub.actions.users import deactivate_user, reactivate_user
from controlhub.models import Session
from tests import factories

WRONG = "The email address or password is wrong"


def sign_in(client, address, password, **more):
    return client.post("/sign-in/", {"login": address, "password": password, **more})


def test_correct_password_opens_the_portal(admin):
    client = Client()
    response = sign_in(client, "NEO@example.com", admin.password_shown, next="/audit/")
    assert (response.status_code, response["Location"]) == (302, "/audit/")
    assert client.get("/users/").status_code == 200
    assert Session.objects.get().account == admin
    assert AuditEvent.objects.filter(action="session.signed_in", result="success").count() == 1


def test_wrong_password_and_unknown_address_get_the_same_response(admin):
    answers = [
        sign_in(Client(), address, "wrong password").content for address in ("neo@example.com", "nobody@example.com")
    ]
    known, unknown = (answer.decode() for answer in answers)
    assert WRONG in known
    assert WRONG in unknown
    resolve_addresses()
    event = AuditEvent.objects.get(action="session.sign_in_failed", result="failure")
    assert (event.target_label, event.actor_label) == ("neo@example.com", "neo@example.com")
    assert event.details["method"] == "password"


def test_attempts_are_counted_before_hashing(admin, monkeypatch):
    for _ in range(10):
        assert sign_in(Client(), "neo@example.com", "wrong").status_code == 401
    monkeypatch.setattr("allauth.account.adapter.authenticate", pytest.fail)
    response = sign_in(Client(), "neo@example.com", admin.password_shown)
    assert response.status_code == 429
    assert "Wait 15 minutes" in response.content.decode()


def test_successful_sign_in_does_not_count_or_reset_the_limit(admin):
    for _ in range(9):
        sign_in(Client(), "neo@example.com", "wrong")
    for _ in range(3):
        assert sign_in(Client(), "neo@example.com", admin.password_shown).status_code == 302
    assert sign_in(Client(), "neo@example.com", "wrong").status_code == 401
    assert sign_in(Client(), "neo@example.com", admin.password_shown).status_code == 429


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_next_redirects_only_within_this_site(admin, wanted):
    response = sign_in(Client(), "neo@example.com", admin.password_shown, next=wanted)
    assert response["Location"] == "/", "the first page of whichever role"


def test_deactivation_ends_the_session_for_good(organization, admin, portal):
    factories.make_admin(organization, "trinity@example.com")
    assert portal.get("/users/").status_code == 200
    deactivate_user(admin.user, actor=factories.COMMAND)
    assert portal.get("/users/").status_code == 302
    assert sign_in(Client(), "neo@example.com", admin.password_shown).status_code == 401
    reactivate_user(admin.user, actor=factories.COMMAND)
    assert portal.get("/users/").status_code == 302


def test_signing_out_ends_the_session(portal):
    assert portal.post("/sign-out/").status_code == 302
    assert portal.get("/users/").status_code == 302
    assert portal.get("/sign-out/")["Location"] == "/", "an address that only takes a form leads to a page"


def test_form_requires_its_csrf_token(admin):
    response = Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "a@example.com", "password": "x"})
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_passwords_are_hashed_with_argon2():
    from controlhub.settings import PASSWORD_HASHERS

    with override_settings(PASSWORD_HASHERS=PASSWORD_HASHERS):
        assert identify_hasher(make_password("a password")).algorithm == "argon2"


def test_new_password_set_by_command_ends_all_sessions(organization, admin, portal):
    factories.make_admin(organization, "neo@example.com")
    assert portal.get("/users/").status_code == 302


@pytest.mark.parametrize(("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("auto", ""), ("pink", "")])
def test_theme_is_saved_in_the_account(admin, portal, chosen, kept):
    portal.post("/theme/", {"theme": chosen, "next": "/audit/"})
    admin.refresh_from_db()
    assert admin.theme == kept
