"""Access tokens: invalid requests, and effects that happen only once."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from audit.models import AuditEvent
from controlhub.actions import tokens
from controlhub.actions.tokens import (
    MAX_DAYS,
    issue_personal_token,
    issue_token,
    revoke_token,
    rotate_token,
    warn_of_expiry,
)
from controlhub.errors import InvalidSettingError
from controlhub.models import AccessToken, Connection, OutgoingMail, Role, Scope
from tests import factories


@pytest.mark.parametrize("days", [0, -1, MAX_DAYS + 1])
def test_token_lifetime_must_be_between_a_day_and_ten_years(organization, days):
    with pytest.raises(InvalidSettingError, match="1 to 3650 days") as refused:
        issue_token(organization, name="Entra ID", days=days, actor=factories.COMMAND)
    assert refused.value.field == "days"
    assert not Connection.objects.exists()
    token, _ = issue_token(organization, name="Entra ID", days=MAX_DAYS, actor=factories.COMMAND)
    with pytest.raises(InvalidSettingError):
        rotate_token(token.connection, days=days, actor=factories.COMMAND)
    assert AccessToken.objects.count() == 1


def test_personal_token_has_no_scope_beyond_the_role(organization):
    """The account may have been given a lesser role since the form was shown."""
    account, _ = factories.make_admin(organization, role=Role.HELP_DESK)
    account.role = Role.FULL_ADMIN
    with pytest.raises(InvalidSettingError, match="Your role does not allow") as refused:
        issue_personal_token(
            account, name="Script", scopes=[Scope.SCIM_READ, Scope.SCIM_WRITE], days=1, actor=factories.COMMAND
        )
    assert refused.value.field == "scopes"
    assert not AccessToken.objects.exists()


def test_revoked_token_keeps_the_time_of_its_revocation(organization):
    token, _ = factories.make_token(organization)
    revoke_token(token, actor=factories.COMMAND)
    revoked_at = AccessToken.objects.get().revoked_at
    revoke_token(token, actor=factories.COMMAND)
    assert AccessToken.objects.get().revoked_at == revoked_at
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_two_concurrent_runs_mail_one_warning(organization, admin, monkeypatch):
    factories.make_token(organization)
    AccessToken.objects.update(expires_at=Now() + timedelta(days=20))
    warn = tokens._warn

    def overtaken(token, days):
        monkeypatch.undo()
        assert warn_of_expiry() == 1, "another run has found the same token"
        return warn(token, days)

    monkeypatch.setattr(tokens, "_warn", overtaken)
    assert warn_of_expiry() == 0
    assert OutgoingMail.objects.count() == 1
