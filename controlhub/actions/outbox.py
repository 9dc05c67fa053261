"""The outbox: a job sends the mail that changes have written, at least once (docs/decisions/0038).

No row is locked and no transaction is open while a message is sent. A message is claimed for LEASE, sent, and marked as
sent. If the process dies in between, the message is sent again after the lease.
"""

import logging
from datetime import timedelta
from smtplib import (
    SMTPDataError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Case, Value, When
from django.db.models.functions import Now

from controlhub.models import OutgoingMail
from controlhub.text.readable import plain

logger = logging.getLogger(__name__)
BATCH = 50
LEASE = timedelta(minutes=10)
"""Longer than sending a message can take: a dozen steps, each within EMAIL_TIMEOUT."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_OUTAGE_WAIT = timedelta(minutes=15)
TRIED_FOR = timedelta(days=2)
"""A message that fails and is older than this is given up."""
MAX_AGE = timedelta(days=30)
SERVICE_CLOSING = 421


def send_due_mail() -> int:
    """Send the messages that are due. Returns the number of messages sent.

    If the server refuses a message, it is tried again later, and the next one is sent. If the server itself fails, the
    run ends, and all messages that are due are postponed.
    """
    sent = 0
    for _ in range(BATCH):
        mail = _claim()
        if mail is None:
            break
        try:
            send_mail(plain(mail.subject), mail.body, None, [mail.address])
        except Exception as error:
            logger.warning("Mail %s was not sent: %s: %s", mail.pk, type(error).__name__, error)
            if _is_outage(error):
                _postpone(mail, error, LONGEST_OUTAGE_WAIT)
                _postpone_due(mail)
                break
            _postpone(mail, error, LONGEST_WAIT)
        else:
            OutgoingMail.objects.filter(pk=mail.pk).update(body="", error="", try_at=None, sent_at=Now())
            sent += 1
    return sent


def sweep_mail() -> int:
    """Delete mail that is a month old and was sent or given up, with its address. Returns the number of messages."""
    return OutgoingMail.objects.filter(try_at__isnull=True, created_at__lt=Now() - MAX_AGE).delete()[0]


@transaction.atomic
def _claim() -> OutgoingMail | None:
    """Claim the message that has been due longest. No other run takes it during the lease."""
    due = OutgoingMail.objects.filter(try_at__lte=Now()).order_by("try_at", "pk")
    mail = due.select_for_update(skip_locked=True).first()
    if mail is not None:
        mail.tries += 1
        OutgoingMail.objects.filter(pk=mail.pk).update(tries=mail.tries, try_at=Now() + LEASE)
    return mail


def _postpone(mail: OutgoingMail, error: Exception, longest: timedelta) -> None:
    """Record why the message was not sent, unless its lease has ended and another run has taken it."""
    mine = OutgoingMail.objects.filter(pk=mail.pk, tries=mail.tries, sent_at__isnull=True)
    next_try = Case(When(created_at__lte=Now() - TRIED_FOR, then=Value(None)), default=Now() + _wait(mail, longest))
    mine.update(error=_kind_of(error), try_at=next_try)


def _postpone_due(mail: OutgoingMail) -> None:
    """Postpone the rest with the message that failed. The oldest is tried first next time, and counts the tries."""
    OutgoingMail.objects.filter(try_at__lte=Now()).update(try_at=Now() + _wait(mail, LONGEST_OUTAGE_WAIT))


def _wait(mail: OutgoingMail, longest: timedelta) -> timedelta:
    """Returns the wait, which doubles with each try."""
    doublings: int = 2 ** min(mail.tries - 1, 16)
    return min(longest, FIRST_WAIT * doublings)


def _is_outage(error: Exception) -> bool:
    """Whether the next message would fail, too: no connection, response or sign-in, or no disk space for mail files."""
    if isinstance(error, SMTPResponseException) and error.smtp_code == SERVICE_CLOSING:
        return True
    refusals = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, SMTPNotSupportedError)
    return isinstance(error, OSError) and not isinstance(error, refusals)


def _kind_of(error: Exception) -> str:
    """Returns the kind of error for administrators. The full text, which may name internal hosts, is only logged."""
    kind = type(error).__name__
    if isinstance(error, SMTPResponseException):
        return f"{kind} {error.smtp_code}"
    if isinstance(error, SMTPRecipientsRefused):
        return " ".join([kind, *(str(code) for code, _ in error.recipients.values())])
    return kind
