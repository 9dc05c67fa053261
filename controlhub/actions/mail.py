"""Mail: written into the outbox by the change that it tells of, sent by a job that tries again."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.template.loader import render_to_string

from controlhub.models import Account, Organization, OutgoingMail, Permission, Role, RoleMapping
from controlhub.models.mail import MAX_TRIES
from controlhub.text import plain

logger = logging.getLogger(__name__)
BATCH = 50
FIRST_WAIT = timedelta(minutes=1)
KEPT = timedelta(days=30)
LONGEST_WAIT = timedelta(hours=6)
NOT_SENDING = frozenset(f"django.core.mail.backends.{name}.EmailBackend" for name in ("filebased", "console", "dummy"))


def is_mail_sent() -> bool:
    """Whether mail leaves this server. Without EMAIL_URL it is only written to files."""
    return settings.EMAIL_BACKEND not in NOT_SENDING


def mail_admins(
    organization: Organization, permission: Permission, *, subject: str, template: str, context: Mapping[str, Any]
) -> int:
    """Write to every active administrator whose role has the permission; to how many."""
    roles = [role for role in Role if role.may(permission)]
    accounts = Account.objects.filter(user__organization=organization, user__active=True, role__in=roles)
    mapped = RoleMapping.objects.filter(group__memberships__user=OuterRef("user"), role__in=roles)
    accounts = accounts.filter(Q(by_group=False) | Exists(mapped))
    body = render_to_string(template, {**context, "organization": organization, "portal": settings.PUBLIC_URL})
    mails = [
        OutgoingMail(organization=organization, address=address, subject=f"{subject} · {organization.name}", body=body)
        for address in accounts.values_list("sign_in_address", flat=True)
        if "@" in address
    ]
    OutgoingMail.objects.bulk_create(mails)
    return len(mails)


def mail_account(account: Account, *, subject: str, template: str, **context: Any) -> None:
    """Write to an administrator's sign-in address, where it is one."""
    organization = account.user.organization
    if "@" in account.sign_in_address:
        body = render_to_string(template, {**context, "organization": organization, "portal": settings.PUBLIC_URL})
        OutgoingMail.objects.create(
            organization=organization, address=account.sign_in_address, subject=f"Control Hub: {subject}", body=body
        )


def send_due_mail() -> int:
    """Send what is due; how much was sent. What fails is tried again, later each time, MAX_TRIES times in all."""
    sent = 0
    for _ in range(BATCH):
        with transaction.atomic():
            due = OutgoingMail.objects.filter(try_at__lte=Now()).order_by("try_at")
            mail = due.select_for_update(skip_locked=True).first()
            if mail is None:
                break
            sent += _send(mail)
    return sent


def sweep_mail() -> int:
    """Forget mail that was sent or given up a month ago, with the addresses; how much."""
    return OutgoingMail.objects.filter(try_at__isnull=True, created_at__lt=Now() - KEPT).delete()[0]


def _send(mail: OutgoingMail) -> bool:
    """Whether it was sent. A crash between sending and the commit sends it twice: better than never."""
    mail.tries += 1
    try:
        send_mail(plain(mail.subject), mail.body, None, [mail.address])
    except Exception as error:
        logger.warning("Mail %s was not sent: %s: %s", mail.pk, type(error).__name__, error)
        mail.error = _kind_of(error)
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (mail.tries - 1))
        mail.try_at = Now() + wait if mail.tries < MAX_TRIES else None
        mail.save(update_fields=["tries", "error", "try_at"])
        return False
    mail.body, mail.error, mail.try_at, mail.sent_at = "", "", None, Now()
    mail.save(update_fields=["tries", "body", "error", "try_at", "sent_at"])
    return True


def _kind_of(error: Exception) -> str:
    """What administrators of an organization are shown: the text, which only the log has, may name internal hosts."""
    kind = type(error).__name__
    if isinstance(error, SMTPResponseException):
        return f"{kind} {error.smtp_code}"
    if isinstance(error, SMTPRecipientsRefused):
        return " ".join([kind, *(str(code) for code, _ in error.recipients.values())])
    return kind
