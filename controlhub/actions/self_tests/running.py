"""Runs a self-test. Everything that it does is rolled back; its result and one event are kept."""

import time
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction, Result
from controlhub.actions.connections import audit_target
from controlhub.actions.self_tests.client_requests import names_of_run
from controlhub.actions.self_tests.conversations import CONVERSATIONS
from controlhub.actions.self_tests.playing import Player
from controlhub.models import AccessToken, Client, Connection
from controlhub.models.self_tests import Outcome, PlayedStep, SelfTest
from controlhub.public_urls import tenant_url
from controlhub.security.token_secrets import PREFIX, make_secret, token_digest

TOKEN_LIFETIME = timedelta(minutes=5)


def run_self_test(connection: Connection, *, actor: Actor) -> SelfTest:
    """Run the conversation of the connection's client against the SCIM endpoint, and store the result.

    The requests run in a transaction that is always rolled back, with a token that exists only in it: no other request
    sees the test user, the test group, the token or changed counters. A crash leaves nothing behind (decision 0065).
    """
    began = time.monotonic()
    steps = _play(connection)
    milliseconds = (time.monotonic() - began) * 1_000
    failed = [step.name for step in steps if step.outcome is Outcome.FAILED]
    passed = sum(step.outcome is Outcome.PASSED for step in steps)
    details = {"client": connection.client, "steps": len(steps), "passed": passed, "failed": failed}
    result = Result.SUCCESS if passed == len(steps) else Result.FAILURE
    with transaction.atomic():
        kept, _ = SelfTest.objects.update_or_create(
            connection=connection,
            defaults={
                "organization_id": connection.organization_id,
                "client": connection.client,
                "steps": [step.to_json() for step in steps],
                "milliseconds": milliseconds,
                "ran_by": actor.label,
                "finished_at": Now(),
            },
        )
        content = EventContent(details=details, result=result)
        record(AuditAction.CONNECTION_TESTED, target=audit_target(connection), content=content, actor=actor)
    return kept


def _play(connection: Connection) -> list[PlayedStep]:
    conversation = CONVERSATIONS[Client(connection.client)]
    with transaction.atomic():
        base_url, secret = tenant_url(connection.organization_id), _make_token(connection)
        player = Player(base_url, secret, names_of_run(), conversation.content_type)
        steps = list(player.play(conversation))
        transaction.set_rollback(True)
    return steps


def _make_token(connection: Connection) -> str:
    """Create a token in this transaction with the connection's scopes, paused if that is. Returns the secret."""
    secret = make_secret()
    AccessToken.objects.create(
        organization_id=connection.organization_id,
        connection=connection,
        name=connection.name,
        digest=token_digest(secret),
        prefix=secret[: len(PREFIX) + 4],
        scopes=connection.scopes,
        expires_at=Now() + TOKEN_LIFETIME,
        is_paused=connection.paused_at is not None,
    )
    return secret
