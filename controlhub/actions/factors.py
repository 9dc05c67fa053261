"""Second factors and passkeys: the audit events of changes that allauth makes."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.mail import mail_account
from controlhub.actions.roles import require_covers
from controlhub.actions.users.target import audit_target
from controlhub.models import Account


def record_factor(action: AuditAction, account: Account, kind: str, *, actor: Actor) -> None:
    """Record that a factor was added to or removed from the account: `totp`, `webauthn`, `recovery_codes`."""
    record(action, target=audit_target(account.user), content=EventContent(details={"type": kind}), actor=actor)


@transaction.atomic
def remove_factors(account: Account, *, actor: Actor) -> int:
    """Remove all second factors and passkeys of a person, and end their sessions. Returns the number of factors."""
    require_covers(actor, account.user)
    factors = Authenticator.objects.select_for_update().filter(user=account)
    kinds = sorted(factors.values_list("type", flat=True))
    if kinds:
        factors.delete()
        sessions, _ = account.sessions.all().delete()
        content = EventContent(details={"types": kinds, "sessions": sessions})
        record(AuditAction.FACTOR_REMOVED, target=audit_target(account.user), content=content, actor=actor)
        mail_account(
            account,
            subject=lambda: gettext("Your second factors were removed"),
            template="mail/factors_removed.txt",
            by=actor.label,
        )
    return len(kinds)
