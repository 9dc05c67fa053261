"""The outbox: mail that changes have written is sent by a job, at least once (docs/decisions/0038).

No row is locked and no transaction is open while a message is sent. A message is claimed for LEASE, sent, and noted as
sent. If the process dies in between, the message is sent again when the lease has ended.
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
"""Longer than a message can take: a conversation of a dozen steps, each within EMAIL_TIMEOUT."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_OUTAGE_WAIT = timedelta(minutes=15)
TRIED_FOR = timedelta(days=2)
"""A message that is older than this when it fails is given up."""
MAX_AGE = timedelta(days=30)
SERVICE_CLOSING = 421


def send_due_mail() -> int:
    """Send what is due. Returns the number of messages sent.

    A message that the server refuses is tried again later, and the next one is sent. A failure of the server itself
    ends the run, and everything that is due waits.
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
    """Delete mail that was sent or given up a month ago, with the addresses. Returns the number of messages."""
    return OutgoingMail.objects.filter(try_at__isnull=True, created_at__lt=Now() - MAX_AGE).delete()[0]


@transaction.atomic
def _claim() -> OutgoingMail | None:
    """The message that has been due for longest; no other run takes it while the lease lasts."""
    due = OutgoingMail.objects.filter(try_at__lte=Now()).order_by("try_at", "pk")
    mail = due.select_for_update(skip_locked=True).first()
    if mail is not None:
        mail.tries += 1
        OutgoingMail.objects.filter(pk=mail.pk).update(tries=mail.tries, try_at=Now() + LEASE)
    return mail


def _postpone(mail: OutgoingMail, error: Exception, longest: timedelta) -> None:
    """Note why the message was not sent, unless its lease has ended and another run has taken it."""
    mine = OutgoingMail.objects.filter(pk=mail.pk, tries=mail.tries, sent_at__isnull=True)
    next_try = Case(When(created_at__lte=Now() - TRIED_FOR, then=Value(None)), default=Now() + _wait(mail, longest))
    mine.update(error=_kind_of(error), try_at=next_try)


def _postpone_due(mail: OutgoingMail) -> None:
    """Let the rest wait with the message that failed. The oldest is tried first next time, and counts the tries."""
    OutgoingMail.objects.filter(try_at__lte=Now()).update(try_at=Now() + _wait(mail, LONGEST_OUTAGE_WAIT))


def _wait(mail: OutgoingMail, longest: timedelta) -> timedelta:
    """Twice as long after each try."""
    doublings: int = 2 ** min(mail.tries - 1, 16)
    return min(longest, FIRST_WAIT * doublings)


def _is_outage(error: Exception) -> bool:
    """Whether the next message would fail too: no connection, no answer, no sign-in, no disk for files of mail."""
    if isinstance(error, SMTPResponseException) and error.smtp_code == SERVICE_CLOSING:
        return True
    refusals = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, SMTPNotSupportedError)
    return isinstance(error, OSError) and not isinstance(error, refusals)


def _kind_of(error: Exception) -> str:
    """The kind of error that administrators see. The full text, which may name internal hosts, is only in the log."""
    kind = type(error).__name__
    if isinstance(error, SMTPResponseException):
        return f"{kind} {error.smtp_code}"
    if isinstance(error, SMTPRecipientsRefused):
        return " ".join([kind, *(str(code) for code, _ in error.recipients.values())])
    return kind
