"""Add, change, pause, resume and delete alerts. `audit.alerts` checks their conditions."""

from dataclasses import dataclass
from datetime import timedelta

import requests
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.streams.messages import new_secret
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.streams import find_newest_position
from controlhub.errors import AlertStateError, InvalidSettingError
from controlhub.models import Alert, AlertTrigger, Organization
from controlhub.security.outbound import is_socket_url, require_address

MOST_ALERTS = 50
"""The maximum number of alerts in an organization."""
MOST_EMAILS = 20
MOST_THRESHOLD = 1_000
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)
CONTENT = ("name", "trigger", "query", "threshold", "window", "emails", "url")


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """`query` is a validated query string of the audit log's page; only an alert on events has one."""

    name: str
    trigger: AlertTrigger
    query: str = ""
    threshold: int = 1
    window: timedelta = timedelta(hours=1)
    emails: tuple[str, ...] = ()
    url: str = ""


@transaction.atomic
def add_alert(organization: Organization, wanted: AlertSettings, *, actor: Actor) -> Alert:
    """Add an alert for events from now on. InvalidSettingError if a receiver or a number is not valid."""
    Organization.objects.lock(organization.pk)  # the number of alerts is bounded
    if Alert.objects.in_organization(organization).count() >= MOST_ALERTS:
        message = _("An organization can have at most {number} alerts.").format(number=MOST_ALERTS)
        raise AlertStateError(message, field="name")
    alert = Alert(organization=organization, position=find_newest_position(organization) + 1)
    _fill(alert, wanted)
    alert.save(force_insert=True)
    _record(AuditAction.ALERT_ADDED, alert, EventContent(after=_shown(alert)), actor)
    return alert


@transaction.atomic
def change_alert(alert: Alert, wanted: AlertSettings, *, actor: Actor) -> bool:
    """Change an alert. If its filter changes, the events counted so far are discarded. Returns whether it changed.

    A new URL gets a new signing secret. InvalidSettingError as for a new alert.
    """
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    before, what = _shown(alert), (alert.trigger, alert.query)
    _fill(alert, wanted)
    if _shown(alert) == before:
        return False
    if (alert.trigger, alert.query) != what:
        alert.recent, alert.quiet_until, alert.waiting, alert.error = [], None, 0, ""
    alert.save()
    _record(AuditAction.ALERT_CHANGED, alert, EventContent(before=before, after=_shown(alert)), actor)
    return True


@transaction.atomic
def pause_alert(alert: Alert, *, actor: Actor) -> None:
    """Stop checking the alert until it is resumed. AlertStateError if it is already paused."""
    if not Alert.objects.filter(pk=alert.pk, is_paused=False).update(is_paused=True):
        raise AlertStateError(_("The alert is already paused."))
    _record(AuditAction.ALERT_PAUSED, alert, EventContent(), actor)


@transaction.atomic
def resume_alert(alert: Alert, *, actor: Actor) -> None:
    """Check for events from now on. AlertStateError if it is not paused."""
    position = find_newest_position(alert.organization) + 1
    paused = Alert.objects.filter(pk=alert.pk, is_paused=True)
    if not paused.update(is_paused=False, position=position, recent=[], waiting=0, quiet_until=None, error=""):
        raise AlertStateError(_("The alert is not paused."))
    _record(AuditAction.ALERT_RESUMED, alert, EventContent(), actor)


@transaction.atomic
def delete_alert(alert: Alert, *, actor: Actor) -> None:
    """Delete the alert with its history and its secret."""
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    _record(AuditAction.ALERT_DELETED, alert, EventContent(before=_shown(alert)), actor)
    alert.delete()


def audit_target(alert: Alert) -> Target:
    return Target(alert.organization_id, TargetType.ALERT, str(alert.pk), alert.name)


def _record(action: AuditAction, alert: Alert, content: EventContent, actor: Actor) -> None:
    record(action, target=audit_target(alert), content=content, actor=actor)


def _fill(alert: Alert, wanted: AlertSettings) -> None:
    if not wanted.emails and not wanted.url:
        raise InvalidSettingError(_("Enter an email address or a webhook."), field="emails")
    old_url = alert.url
    alert.name, alert.trigger = wanted.name, wanted.trigger
    alert.query = wanted.query if wanted.trigger == AlertTrigger.EVENTS else ""
    alert.threshold = 1 if wanted.trigger == AlertTrigger.VERIFICATION else _usable_threshold(wanted.threshold)
    alert.window, alert.emails = _usable_window(wanted.window), _usable_emails(wanted.emails)
    alert.url = _usable_url(wanted.url)
    if not alert.url:
        alert.sealed_secret = ""
    elif alert.url != old_url:
        alert.keep_secret(new_secret())


def _usable_threshold(number: int) -> int:
    if not 1 <= number <= MOST_THRESHOLD:
        message = _("Enter a number from 1 to {number}.").format(number=MOST_THRESHOLD)
        raise InvalidSettingError(message, field="threshold")
    return number


def _usable_window(window: timedelta) -> timedelta:
    if not SHORTEST <= window <= LONGEST:
        raise InvalidSettingError(_("The time must be between 1 minute and 30 days."), field="window")
    return window


def _usable_emails(emails: tuple[str, ...]) -> list[str]:
    found = list(dict.fromkeys(emails))
    if len(found) > MOST_EMAILS:
        message = _("Enter at most {number} email addresses.").format(number=MOST_EMAILS)
        raise InvalidSettingError(message, field="emails")
    for email in found:
        try:
            validate_email(email)
        except ValidationError as error:
            message = _("{text} is not an email address.").format(text=email[:100])
            raise InvalidSettingError(message, field="emails") from error
    return found


def _usable_url(url: str) -> str:
    if not url:
        return ""
    if is_socket_url(url):
        raise InvalidSettingError(_("The URL must begin with https:// and use port 443."), field="url")
    try:
        require_address(url)
    except requests.RequestException as error:
        raise InvalidSettingError(str(error), field="url") from error
    return url


def _shown(alert: Alert) -> dict[str, object]:
    values = {name: getattr(alert, name) for name in CONTENT}
    return {**values, "window": int(alert.window.total_seconds()), "trigger": str(alert.trigger)}
