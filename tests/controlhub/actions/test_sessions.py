"""Sessions are ended only by actions, and each end that matters is recorded as one event."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from audit.models import AuditEvent
from controlhub.actions import access, tokens
from controlhub.actions.access import sign_out_user
from controlhub.actions.sessions import (
    NO_MAPPED_GROUP,
    end_refused_session,
    end_sessions_without_group,
    sweep_sessions,
)
from controlhub.actions.tokens import revoke_connection
from controlhub.models import AccessToken, Session
from tests import factories


def events():
    return [(event.action, event.reason, event.details) for event in AuditEvent.objects.order_by("created_at", "id")]


def test_leaving_the_mapped_group_ends_sessions_with_one_event(admin):
    factories.browser(admin)
    before = len(events())
    end_sessions_without_group(admin)
    end_sessions_without_group(admin)
    assert events()[before:] == [("sessions.ended", NO_MAPPED_GROUP, {"sessions": 1})]


def test_two_concurrent_requests_of_a_refused_session_record_one_end(admin):
    factories.browser(admin)
    key, before = Session.objects.get().pk, len(events())
    factories.browser(admin)
    for _ in range(2):
        end_refused_session(admin, key, reason="From elsewhere", actor=factories.COMMAND)
    assert events()[before:] == [("sessions.ended", "From elsewhere", {"sessions": 1})]
    assert Session.objects.exclude(pk=key).count() == Session.objects.count() == 1


def test_sweep_deletes_sessions_that_ended_a_day_ago(admin):
    factories.browser(admin)
    assert sweep_sessions() == 0
    Session.objects.update(expire_date=Now() - timedelta(hours=23))
    assert sweep_sessions() == 0, "its owner may still ask why it ended"
    Session.objects.update(expire_date=Now() - timedelta(hours=25))
    assert sweep_sessions() == 1


def test_access_is_revoked_in_one_transaction(admin, monkeypatch):
    """Tokens are not revoked if the sessions cannot be ended."""
    factories.make_token(admin.user.organization, user=admin.user)
    factories.browser(admin)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(access, "end_sessions", fail)
        sign_out_user(admin.user, actor=factories.COMMAND)
    assert AccessToken.objects.live().count() == 1
    assert sign_out_user(admin.user, actor=factories.COMMAND) == (1, 1)
    assert (AccessToken.objects.live().count(), Session.objects.count()) == (0, 0)


def test_connection_is_revoked_in_one_transaction(organization, monkeypatch):
    token, _ = factories.make_token(organization)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(tokens, "revoke_client_secret", fail)
        revoke_connection(token.connection, actor=factories.COMMAND)
    assert AccessToken.objects.live().count() == 1
    revoke_connection(token.connection, actor=factories.COMMAND)
    assert AccessToken.objects.live().count() == 0


def fail(*_args, **_kwargs):
    raise RuntimeError
