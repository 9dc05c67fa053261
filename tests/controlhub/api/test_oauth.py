"""OAuth 2.0 client credentials: a SCIM client that gets a new token every hour."""

import base64
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db.models.functions import Now
from django.test import Client

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions.client_tokens import MOST_CLIENT_TOKENS, issue_client_token, sweep_client_tokens
from controlhub.actions.connections import find_client, issue_client_secret, revoke_client_secret
from controlhub.models import AccessToken, Connection
from tests import factories
from tests.conftest import ScimClient
from tests.threads import at_once


@pytest.fixture
def connection(organization):
    token, _ = factories.make_token(organization)
    return token.connection


@pytest.fixture
def secret(connection):
    return issue_client_secret(connection, actor=factories.COMMAND)


def ask(connection, secret, *, basic=True, **fields):
    data, headers = {"grant_type": "client_credentials", **fields}, {}
    if basic:
        pair = base64.b64encode(f"{connection.pk}:{secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    else:
        data |= {"client_id": str(connection.pk), "client_secret": secret}
    return send(data, **headers)


def send(data, **headers):
    form = "application/x-www-form-urlencoded"
    return Client().post("/oauth/token", urlencode(data), content_type=form, headers=headers)


@pytest.mark.parametrize("basic", [True, False], ids=["Basic", "in the body"])
def test_token_is_valid_for_one_hour(organization, connection, secret, basic):
    answer = ask(connection, secret, basic=basic)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    scim = ScimClient(organization, body["access_token"])
    assert scim.post("/Users", {"userName": "neo@example.com"}).status_code == 201
    assert AccessToken.objects.get(kind="oauth").connection == connection
    AccessToken.objects.filter(kind="oauth").update(
        expires_at=Now() - timedelta(hours=1)
    )  # now() is the start of the transaction
    assert scim.get("/Users").status_code == 401, "expiry is checked at use"


def test_token_can_have_fewer_scopes_than_the_client(organization, connection, secret):
    body = ask(connection, secret, scope="scim:read").json()
    scim = ScimClient(organization, body["access_token"])
    assert (scim.get("/Users").status_code, scim.post("/Users", {"userName": "a"}).status_code) == (200, 403)
    refused = ask(connection, secret, scope="audit:read")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"secret": "wrong"}, 401, "invalid_client"),
        ({"secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
)
def test_wrong_secret_or_grant_type_is_refused(connection, secret, fields, status, error):
    given = {"secret": secret, **fields}
    answer = ask(connection, given.pop("secret"), **given)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert not AccessToken.objects.filter(kind="oauth").exists()


def test_malformed_request_is_refused_without_an_internal_error(connection, secret):
    for headers in (
        {},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + "a" * 5_000},
        {"Authorization": "Bearer x"},
    ):
        assert send({"grant_type": "client_credentials"}, **headers).status_code == 401
    assert Client().post("/oauth/token", {"grant_type": "client_credentials"}).status_code == 400, "not a form"
    assert Client().get("/oauth/token").status_code == 405
    body = Client().generic("POST", "/oauth/token", b"\xff\x00&&=", content_type="application/x-www-form-urlencoded")
    assert body.status_code in {400, 401}


def test_new_secret_invalidates_the_old_one(connection, secret):
    newer = issue_client_secret(connection, actor=factories.COMMAND)
    assert (ask(connection, secret).status_code, ask(connection, newer).status_code) == (401, 200)


def test_revoking_credentials_revokes_their_tokens(organization, connection, secret):
    scim = ScimClient(organization, ask(connection, secret).json()["access_token"])
    assert scim.get("/Users?count=0").status_code == 200
    revoke_client_secret(connection, actor=factories.COMMAND)
    assert (scim.get("/Users?count=0").status_code, ask(connection, secret).status_code) == (401, 401)


def test_connection_without_credentials_issues_no_tokens(organization, connection):
    assert Connection.objects.get(pk=connection.pk).client_digest is None
    assert ask(connection, "").status_code == 401


def test_tokens_that_expired_long_ago_are_deleted(connection, secret):
    ask(connection, secret)
    assert sweep_client_tokens() == 0
    AccessToken.objects.filter(kind="oauth").update(expires_at=Now() - timedelta(days=2))
    AccessToken.objects.filter(kind="static").update(expires_at=Now() - timedelta(days=2))
    assert sweep_client_tokens() == 1
    assert AccessToken.objects.get().kind == "static"


def test_failures_are_limited_without_blocking_the_right_secret(connection, secret, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "oauth": "2/15m/ip"}
    assert [ask(connection, "wrong").status_code for _ in range(3)] == [401, 401, 429]
    assert ask(connection, secret).status_code == 200


def test_token_of_revoked_client_is_invalid(organization, connection, secret):
    found = find_client(str(connection.pk), secret)
    revoke_client_secret(connection, actor=factories.COMMAND)
    events = AuditEvent.objects.count()
    issue_client_token(found, secret="chub_late", scopes=["scim:read"], actor=Actor(ActorKind.CLIENT))
    assert AuditEvent.objects.count() == events
    assert ScimClient(organization, "chub_late").get("/Users").status_code == 401


def accepted(organization, secret):
    return ScimClient(organization, secret).get("/Users?count=0").status_code


def test_oldest_token_is_revoked_beyond_the_limit(organization, connection, secret):
    _, other = factories.make_token(organization)
    secrets = [ask(connection, secret).json()["access_token"] for _ in range(MOST_CLIENT_TOKENS + 3)]
    assert AccessToken.objects.filter(kind="oauth").count() == MOST_CLIENT_TOKENS
    assert [accepted(organization, token) for token in secrets] == [401] * 3 + [200] * MOST_CLIENT_TOKENS
    assert accepted(organization, other) == 200
    assert AccessToken.objects.live().filter(kind="static").count() == 2, "tokens of administrators are not counted"


def test_invalid_tokens_are_removed_before_valid_ones(organization, connection, secret):
    secrets = [ask(connection, secret).json()["access_token"] for _ in range(MOST_CLIENT_TOKENS)]
    newest = AccessToken.objects.filter(kind="oauth").latest("created_at", "pk")
    AccessToken.objects.filter(pk=newest.pk).update(revoked_at=Now())
    assert ask(connection, secret).status_code == 200
    assert not AccessToken.objects.filter(pk=newest.pk).exists()
    assert accepted(organization, secrets[0]) == 200


@pytest.mark.django_db(transaction=True)
def test_token_limit_holds_for_concurrent_requests(organization, connection, secret):
    answers = at_once(8, lambda _: [ask(connection, secret).json()["access_token"] for _ in range(5)])
    secrets = [token for tokens in answers for token in tokens]
    assert AccessToken.objects.filter(kind="oauth").count() == MOST_CLIENT_TOKENS
    assert [accepted(organization, token) for token in secrets].count(200) == MOST_CLIENT_TOKENS


def test_one_event_is_recorded_for_each_issued_token(connection, secret):
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    assert ask(connection, "wrong").status_code == 401
    assert ask(connection, secret, scope="scim:read").status_code == 200
    refused, event = AuditEvent.objects.exclude(pk__in=before).order_by("created_at", "id")
    assert (refused.action, refused.target_id) == ("token.refused", str(connection.pk))
    assert (event.action, event.actor_kind, event.actor_id) == ("token.issued", "client", str(connection.pk))
    assert (event.actor_address, event.details) == ("127.0.0.1", {"grant": "client_credentials"})
    token = AccessToken.objects.get(kind="oauth")
    assert (event.target_type, event.target_id) == ("Token", str(token.pk))
    assert {"attribute": "scopes", "op": "added", "old": None, "new": "scim:read"} in event.changes


def test_event_contains_the_number_of_tokens_ended_by_the_limit(connection, secret):
    for _ in range(MOST_CLIENT_TOKENS + 1):
        ask(connection, secret)
    event = AuditEvent.objects.filter(action="token.issued").latest("created_at", "id")
    assert event.details == {"grant": "client_credentials", "tokens_ended": 1}
