"""Fires an alert, or a test of it: history, mail, webhook request and audit event in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import SYSTEM, Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.alerts import audit_target
from controlhub.actions.mail import mail_language, written
from controlhub.database import clock
from controlhub.errors import AlertStateError
from controlhub.models import Account, Alert, AlertFiring, AlertTrigger, OutgoingMail
from controlhub.public_urls import alert_url, events_url

MOST_FIRINGS = 100
"""The number of firings of an alert that are kept."""
MOST_TESTS = 10
BETWEEN_TESTS = timedelta(minutes=1)
"""As long as the shortest window, so that tests cannot send more mail than firings could."""
EXAMPLE_STREAM = "Example"


@dataclass(frozen=True, slots=True)
class Cause:
    """`number` events from `since` until `until`. `subject` is the id of the stalled stream, with its name."""

    number: int
    since: datetime
    until: datetime
    subject: str = ""
    subject_label: str = ""


def fire(alert: Alert, cause: Cause) -> AlertFiring:
    """Notify all receivers, in the caller's transaction, which has locked the alert. It stays quiet for its window."""
    firing = _send(alert, cause)
    alert.waiting, alert.waiting_since = 0, None
    alert.fired_at = clock.machine_now()
    alert.quiet_until = None if cause.subject else alert.fired_at + alert.window
    alert.save(update_fields=["waiting", "waiting_since", "fired_at", "quiet_until"])
    details: dict[str, object] = {"number": cause.number, "since": cause.since.isoformat(), "mails": firing.mails}
    if cause.subject:
        details["stream"] = cause.subject
    record(AuditAction.ALERT_FIRED, target=audit_target(alert), content=EventContent(details=details), actor=SYSTEM)
    return firing


@transaction.atomic
def send_test(alert: Alert, *, actor: Actor) -> AlertFiring:
    """Send what a firing would send, with example numbers. The alert's own counts and times do not change.

    AlertStateError while the last test is waiting to be sent, or is less than a minute old.
    """
    alert = Alert.objects.select_for_update(of=("self",)).select_related("organization").get(pk=alert.pk)
    now = clock.machine_now()
    last = alert.firings.filter(is_test=True).order_by("-fired_at").first()
    if last and last.try_at:
        raise AlertStateError(_("The last test is still waiting to be sent to the webhook."))
    if last and last.fired_at > now - BETWEEN_TESTS:
        raise AlertStateError(_("A test was sent less than a minute ago. Wait a minute before the next one."))
    label = EXAMPLE_STREAM if alert.trigger == AlertTrigger.STREAM else ""
    firing = _send(alert, Cause(alert.threshold, now - alert.window, now, subject_label=label), is_test=True)
    details: dict[str, object] = {"mails": firing.mails, "webhook": bool(alert.url)}
    record(AuditAction.ALERT_TESTED, target=audit_target(alert), content=EventContent(details=details), actor=actor)
    return firing


def report_failed_verification(organization_ids: Iterable[UUID]) -> int:
    """Fire the alerts of these organizations that are about their log. Returns the number of alerts.

    Called by code that finds that a log is not what was written: such a log cannot be sealed and gets no new positions,
    so the job that follows logs would not notice.
    """
    found = Alert.objects.filter(organization__in=list(organization_ids), trigger=AlertTrigger.VERIFICATION)
    return sum(_report(pk) for pk in found.filter(is_paused=False).values_list("pk", flat=True))


@transaction.atomic
def _report(pk: UUID) -> bool:
    alert = Alert.objects.select_for_update(skip_locked=True).filter(pk=pk, is_paused=False).first()
    now = clock.machine_now()
    if alert is None or (alert.quiet_until and alert.quiet_until > now):
        return False
    fire(alert, Cause(1, now, now))
    return True


def _send(alert: Alert, cause: Cause, *, is_test: bool = False) -> AlertFiring:
    """Add a firing to the history, with its mail and a webhook request that is due now."""
    firing = AlertFiring.objects.create(
        alert=alert,
        number=cause.number,
        since=cause.since,
        until=cause.until,
        subject=cause.subject,
        subject_label=cause.subject_label,
        is_test=is_test,
        mails=_mail(alert, cause, is_test=is_test),
        try_at=Now() if alert.url else None,
    )
    _forget_old(alert)
    return firing


def _mail(alert: Alert, cause: Cause, *, is_test: bool) -> int:
    """Queue a message to each address. Returns the number of messages."""
    languages = _languages(alert)
    context = {
        "alert": alert,
        "cause": cause,
        "is_test": is_test,
        "events_url": events_url(alert.query, cause.since, cause.until) if alert.trigger == AlertTrigger.EVENTS else "",
        "alert_url": alert_url(alert.pk),
    }
    mails = [
        written(
            alert.organization,
            email,
            language=languages.get(email.lower(), settings.LANGUAGE_CODE),
            subject=lambda: _subject(alert, is_test),
            template="mail/alert.txt",
            context=context,
        )
        for email in alert.emails
    ]
    return len(OutgoingMail.objects.bulk_create(mails))


def _subject(alert: Alert, is_test: bool) -> str:
    kind = _("Test alert") if is_test else _("Alert")
    return f"{kind}: {alert.name} · {alert.organization.name}"


def _languages(alert: Alert) -> dict[str, str]:
    """Returns the languages of administrators by sign-in address. Other receivers get the default language."""
    keys = [email.lower() for email in alert.emails]
    accounts = Account.objects.in_organization(alert.organization).filter(sign_in_key__in=keys)
    return {account.sign_in_key: mail_language(account.user, account) for account in accounts.select_related("user")}


def _forget_old(alert: Alert) -> None:
    """Keep the newest firings, the newest tests, and firings that have not ended, because those would fire again."""
    for is_test, most in ((False, MOST_FIRINGS), (True, MOST_TESTS)):
        own = alert.firings.filter(is_test=is_test)
        kept = own.order_by("-fired_at", "-pk").values("pk")[:most]
        going_on = own.exclude(subject="").filter(ended_at=None).values("pk")
        own.exclude(pk__in=kept).exclude(pk__in=going_on).filter(try_at=None).delete()
