"""Alerts: mail or a webhook if enough events of one kind happen within a time, or if a stream stalls."""

from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.database import clock
from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization
from controlhub.models.streams import shown_error
from controlhub.security import vault


class AlertTrigger(models.TextChoices):
    """What an alert reports."""

    EVENTS = "events", _("Events of the audit log")
    FULL_ADMIN = "full-admin", _("New full administrator")
    VERIFICATION = "verification", _("Verification of the audit log failed")
    STREAM = "stream", _("Stream stalled")

    @property
    def counts_events(self) -> bool:
        """Whether events of the log are counted; other alerts are fired by the code that finds the problem."""
        return self in {AlertTrigger.EVENTS, AlertTrigger.FULL_ADMIN}


class AlertState(models.TextChoices):
    ON = "on", _("On")
    PAUSED = "paused", _("Paused")
    FIRING = "firing", _("Firing")


class AlertQuerySet(ScopedQuerySet["Alert"]):
    def with_state(self) -> Self:
        """Annotates alerts with `is_open`: whether a stream that the alert is about has stalled."""
        firings = AlertFiring.objects.filter(alert=OuterRef("pk"), ended_at=None).exclude(subject="")
        return self.annotate(is_open=Exists(firings))


class Alert(models.Model):
    """At least `threshold` events within `window`; for a stream, events that have waited for `window`.

    `query` is the query string of the log's page, without dates. After firing, an alert is quiet for one window:
    `waiting` is the number of matching events since then, and `waiting_since` is when the first of them happened.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="alerts")
    name = models.CharField(max_length=60)
    trigger = models.CharField(max_length=16, choices=AlertTrigger.choices)
    query = models.TextField(default="")
    threshold = models.IntegerField(default=1)
    window = models.DurationField()
    emails = ArrayField(models.TextField(), default=list)
    url = models.TextField(default="")
    sealed_secret = models.TextField(default="")
    is_paused = models.BooleanField(default=False)
    position = models.BigIntegerField(default=0)
    """The position in the organization's tree of the first event that has not been checked."""
    recent = ArrayField(models.DateTimeField(), default=list)
    """The times of the last matching events: as many as can still count together with a new one."""
    quiet_until = models.DateTimeField(null=True)
    waiting = models.IntegerField(default=0)
    waiting_since = models.DateTimeField(null=True)
    fired_at = models.DateTimeField(null=True)
    error = models.TextField(default="")
    """Why the alert's filter can no longer be used."""
    created_at = models.DateTimeField(db_default=Now())

    is_open: bool = False

    objects = AlertQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The decrypted signing secret, only for requests to the receiver."""
        return vault.unseal(self.sealed_secret, place=self._place)

    def keep_secret(self, text: str) -> None:
        """Encrypt the secret. It can be decrypted only in this row and for this URL."""
        self.sealed_secret = vault.seal(text, place=self._place)

    @property
    def state(self) -> AlertState:
        if self.is_paused:
            return AlertState.PAUSED
        is_quiet = self.quiet_until is not None and self.quiet_until > clock.machine_now()
        return AlertState.FIRING if is_quiet or self.is_open else AlertState.ON

    @property
    def _place(self) -> str:
        pk: UUID = self.pk
        return f"controlhub_alert:{pk}:{self.organization_id}:{self.url}"


class AlertFiring(models.Model):
    """One firing of an alert: `number` events from `since` until `until`.

    `subject` is the id of the stream that stalled; such a firing ends when the stream continues. A request to the
    receiver is due at `try_at`, None if there is none or it was sent. A test does not report real events: its numbers
    are examples.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="firings")
    fired_at = models.DateTimeField(db_default=Now())
    number = models.BigIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    subject = models.TextField(default="")
    subject_label = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)
    is_test = models.BooleanField(default=False, db_default=False)
    mails = models.IntegerField(default=0)
    try_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    tries = models.IntegerField(default=0)
    error = models.TextField(default="")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["try_at"], name="alert_to_send", condition=Q(try_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "subject"], name="alert_open", condition=Q(ended_at=None) & ~Q(subject="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} at {self.fired_at}"

    @property
    def shown_error(self) -> str:
        """Why the receiver did not accept the last request, in the reader's language."""
        return shown_error(self.error)
