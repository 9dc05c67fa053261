"""Refused pages, locked sign-ins, requested password resets and wrong client secrets are recorded as events."""

import base64
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from audit.sentences import Sentences
from audit.vocabulary import AuditAction, Result
from controlhub.actions import repeats
from controlhub.actions.addresses import resolve_addresses
from controlhub.actions.connections import issue_client_secret
from controlhub.actions.users import deactivate_user
from controlhub.models import RepeatedEvent, Role, TypedAddress
from tests import factories

NEO = "neo@example.com"


def events(action):
    return list(AuditEvent.objects.filter(action=action).order_by("created_at", "id"))


def ask(data, **headers):
    form = "application/x-www-form-urlencoded"
    return Client().post("/oauth/token", urlencode(data), content_type=form, headers=headers).status_code


def basic(*pair):
    return f"Basic {base64.b64encode(':'.join(pair).encode()).decode()}"


def sentence(event, account):
    return Sentences(account.user.organization, [event]).each()[0].text


@pytest.fixture
def auditor(organization, admin):
    return factories.make_admin(organization, "auditor@example.com", role=Role.AUDITOR)[0]


def test_refused_page_is_recorded_once_an_hour(auditor):
    browser = factories.browser(auditor)
    assert [browser.get("/users/").status_code for _ in range(3)] == [403] * 3
    (event,) = events(AuditAction.PAGE_REFUSED)
    assert (event.target_type, event.target_id, event.result) == ("Page", "user-list", Result.FAILURE)
    assert (event.actor_id, event.actor_role, event.actor_address) == (str(auditor.user_id), "auditor", "127.0.0.1")
    assert event.request_id
    assert RepeatedEvent.objects.get().times == 3
    assert "was not allowed to open the page user-list: Your role" in sentence(event, auditor)


def test_page_is_refused_even_if_the_refusal_cannot_be_recorded(auditor, monkeypatch):
    def broken(_grouped):
        raise repeats.DatabaseError

    monkeypatch.setattr(repeats, "_count", broken)
    assert factories.browser(auditor).get("/users/").status_code == 403
    assert events(AuditAction.PAGE_REFUSED) == []


def test_signed_out_visitor_causes_no_event(organization):
    Client().get("/users/")
    assert events(AuditAction.PAGE_REFUSED) == []


def test_attempts_beyond_the_limit_are_recorded(admin, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"password_by_source": "2/15m/key"}
    browser = Client()
    statuses = [browser.post("/sign-in/", {"login": NEO, "password": "wrong"}).status_code for _ in range(6)]
    assert statuses == [401, 401, 429, 429, 429, 429]
    assert TypedAddress.objects.count() == 3, "attempts beyond the limit are noted once a minute"
    resolve_addresses()
    *wrong, locked = sorted(events(AuditAction.SIGN_IN_FAILED), key=lambda event: event.reason)
    assert len(wrong) == 2
    assert (locked.reason, locked.target_id) == ("There were too many attempts.", str(admin.user_id))
    assert "could not sign in" in sentence(locked, admin)


def test_requested_password_reset_is_recorded(admin):
    Client().post("/password/forgotten/", {"email": NEO})
    Client().post("/password/forgotten/", {"email": "nobody@example.com"})
    resolve_addresses()
    (event,) = events(AuditAction.RESET_REQUESTED)
    assert (event.result, event.target_id, event.actor_address) == ("success", str(admin.user_id), "127.0.0.1")
    assert sentence(event, admin).startswith("Somebody requested a link to reset the password of ")


def test_password_reset_of_an_inactive_person_fails(admin, organization):
    other = factories.make_admin(organization, "other@example.com")[0]
    deactivate_user(other.user, actor=factories.COMMAND)
    Client().post("/password/forgotten/", {"email": "other@example.com"})
    resolve_addresses()
    (event,) = events(AuditAction.RESET_REQUESTED)
    assert (event.result, event.target_id) == (Result.FAILURE, str(other.user_id))
    assert "Inactive" in event.reason


@pytest.mark.parametrize(("number", "reasons"), [(1, {""}), (25, {"", "There were too many attempts."})])
def test_failed_confirmation_of_identity_is_recorded(admin, portal, number, reasons):
    for _ in range(number):
        portal.post(reverse("account_reauthenticate"), {"password": "wrong"})
    resolve_addresses()
    found = events(AuditAction.SIGN_IN_FAILED)
    assert {event.reason for event in found} == reasons


@pytest.mark.parametrize("in_body", [False, True])
def test_wrong_client_secret_is_recorded(organization, in_body):
    token, _ = factories.make_token(organization)
    issue_client_secret(token.connection, actor=factories.COMMAND)
    data = {"grant_type": "client_credentials"}
    pair = {"client_id": str(token.connection.pk), "client_secret": "wrong"}
    headers = {} if in_body else {"Authorization": basic(*pair.values())}
    for _ in range(2):
        assert ask(data | (pair if in_body else {}), **headers) == 401
    (event,) = events(AuditAction.TOKEN_REFUSED)
    assert (event.target_type, event.target_id) == ("Connection", str(token.connection.pk))
    assert event.reason == "The client secret is wrong."
    assert RepeatedEvent.objects.get().times == 2


def test_client_secret_of_unknown_connection_causes_no_event(organization):
    for name in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        data = {"grant_type": "client_credentials", "client_id": name, "client_secret": "wrong"}
        assert ask(data) == 401
    assert events(AuditAction.TOKEN_REFUSED) == []
