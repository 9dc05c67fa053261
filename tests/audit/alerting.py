"""Alerts for tests, and events that trigger them."""

from datetime import timedelta

from audit.models import AuditEvent
from audit.seal import seal_events
from controlhub.actions.alerts import AlertSettings, add_alert
from controlhub.models import AlertFiring, AlertTrigger
from tests import factories
from tests.factories import COMMAND

OPS = "ops@example.com"
ADDED = "activity=Add+user"


def alert_on(organization, trigger=AlertTrigger.EVENTS, **values):
    """An alert that mails OPS when three users are added within ten minutes, unless the values override this."""
    usual = {"query": ADDED, "threshold": 3, "window": timedelta(minutes=10), "emails": (OPS,)}
    return add_alert(organization, AlertSettings("Many people", trigger, **usual | values), actor=COMMAND)


def add_people(organization, number):
    """Add users and seal their events."""
    for _ in range(number):
        factories.make_user(organization, f"{AuditEvent.objects.count()}@example.com")
    seal_events()


def fired(alert):
    """The number of events of each firing of the alert, oldest first."""
    return list(AlertFiring.objects.filter(alert=alert).order_by("fired_at").values_list("number", flat=True))
