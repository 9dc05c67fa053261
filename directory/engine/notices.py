"""Mail to the notification address of an application."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from controlhub.actions.mail import written
from directory.models import Application, Cycle, Quarantine


def mail_quarantine(
    application: Application, reason: Quarantine, details: Mapping[str, Any], *, next_at: datetime
) -> None:
    """Say what is wrong, which request failed, and when the next attempt is."""
    context = {
        "application": application.name,
        "reason": reason.label,
        "code": reason.value,
        "request": details.get("request"),
        "count": details.get("count"),
        "threshold": details.get("threshold"),
        "next_at": next_at,
    }
    subject = _("Provisioning to {name} is in quarantine")
    _mail(application, subject, "mail/quarantine.txt", context)


def mail_decision(application: Application, cycle: Cycle) -> None:
    """Ask for a decision about a cycle that would remove many objects."""
    context = {
        "application": application.name,
        "removals": cycle.removals,
        "threshold": application.deletion_threshold,
    }
    _mail(application, _("Provisioning to {name} waits for your decision"), "mail/removals.txt", context)


def _mail(application: Application, subject: str, template: str, context: Mapping[str, Any]) -> None:
    if not application.notifies or "@" not in application.notification_email:
        return
    written(
        application.organization,
        application.notification_email,
        language=settings.LANGUAGE_CODE,
        subject=lambda: subject.format(name=application.name),
        template=template,
        context=context,
    ).save(force_insert=True)
