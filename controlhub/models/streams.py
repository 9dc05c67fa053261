"""Streams: an organization's sealed audit log, sent to another system in order."""

from urllib.parse import urlsplit
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization
from controlhub.security import vault
from controlhub.security.outbound import shown_refusal

NO_ANSWER, NO_SECRET, NO_ACK, NO_FILE = "no answer", "no secret", "no acknowledgement", "no file"
UNSENT = {
    NO_ANSWER: _("The receiver does not respond."),
    NO_ACK: _("The indexers did not confirm the events."),
    NO_SECRET: _("The secret cannot be decrypted. Change the stream and enter it again."),
    NO_FILE: _("The file cannot be written. Ask the operator to check AUDIT_STREAM_DIR and the free space there."),
}
"""The messages of errors that are stored under these names."""
MOST_ANSWER = 200


def shown_error(error: str) -> str:
    """Returns the stored reason why a receiver did not accept a request, in the reader's language."""
    if error in UNSENT:
        return str(UNSENT[error])
    if error.startswith("HTTP "):
        return gettext("The receiver responded with {status}.").format(status=error)
    return shown_refusal(error)


class StreamKind(models.TextChoices):
    """The format that the receiver understands."""

    WEBHOOK = "webhook", _("Webhook (CloudEvents, signed)")
    SPLUNK = "splunk", _("Splunk HTTP Event Collector")
    OCSF = "ocsf", _("OCSF 1.6 over HTTPS")
    OCSF_FILE = "ocsf_file", _("OCSF 1.6 to a file")
    ELASTIC = "elastic", _("Elastic bulk")
    SYSLOG = "syslog", _("Syslog over TLS or TCP, best effort")


class StreamState(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    FAILING = "failing", _("Failing")
    GAPS = "gaps", _("Gaps")
    """Events may have been lost. `Stream.state` is never this, because gaps are in rows of their own."""


class Stream(models.Model):
    """A reader of the sealed log with a cursor. Its URL cannot change, because the secret is sealed for it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="streams")
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=StreamKind.choices)
    url = models.TextField()
    sealed_secret = models.TextField()
    categories = ArrayField(models.TextField(), default=list)
    """The categories of the events to send; empty means all."""
    position = models.BigIntegerField(default=0)
    """The position in the organization's tree of the first event that has not been sent."""
    is_paused = models.BooleanField(default=False)
    failures = models.IntegerField(db_default=0)
    """Failed attempts since the last success."""
    error = models.TextField(db_default="")
    failed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(db_default=Now())
    """When the position last moved, or the stream was added, resumed or replayed."""
    try_at = models.DateTimeField(db_default=Now())
    """No attempt is made before this time: while a batch is being sent, and after a failure."""
    claim = models.UUIDField(null=True)
    """The attempt that may move the position. A replay or a later attempt replaces it."""
    created_at = models.DateTimeField(db_default=Now())

    objects = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> StreamState:
        if self.is_paused:
            return StreamState.PAUSED
        return StreamState.FAILING if self.failures else StreamState.RUNNING

    @property
    def receiver(self) -> str:
        """The host and port, or the name of the file."""
        parts = urlsplit(self.url)
        return parts.netloc or parts.path

    @property
    def shown_error(self) -> str:
        """The last error in the reader's language, "" if there was none since the last success."""
        return shown_error(self.error)

    @property
    def secret(self) -> str:
        """The decrypted secret, only for requests to the receiver."""
        return vault.unseal(self.sealed_secret, place=self._place)

    def keep_secret(self, text: str) -> None:
        """Encrypt the secret. It can be decrypted only in this row and for this URL."""
        self.sealed_secret = vault.seal(text, place=self._place)

    @property
    def _place(self) -> str:
        pk: UUID = self.pk
        return f"controlhub_stream:{pk}:{self.organization_id}:{self.url}"


class StreamDelivery(models.Model):
    """One attempt to send a batch: `number` events from `position` on. Without an error, the receiver accepted them.

    `answer` is the first line of the receiver's response, at most MOST_ANSWER characters.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="deliveries")
    at = models.DateTimeField(db_default=Now())
    position = models.BigIntegerField()
    number = models.IntegerField()
    milliseconds = models.IntegerField()
    error = models.TextField(default="")
    answer = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.stream_id} at {self.at}"

    @property
    def seconds(self) -> float:
        return self.milliseconds / 1_000

    @property
    def shown_error(self) -> str:
        return shown_error(self.error)


class StreamHour(models.Model):
    """What a stream sent in one hour: events that the receiver accepted, and failed attempts. Kept for two days."""

    id = models.BigAutoField(primary_key=True)
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="hours", db_index=False)
    hour = models.DateTimeField()
    delivered = models.IntegerField()
    failed = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "hour"], name="stream_hour")]

    def __str__(self) -> str:
        return f"{self.stream_id} in the hour from {self.hour}"


class StreamRange(models.Model):
    """Events from the position `first` to before `stop`.

    With `is_replay` they are sent again, and `first` advances with each batch. Otherwise they are a gap: they were sent
    on a connection that then broke, so the receiver may not have them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="ranges")
    is_replay = models.BooleanField()
    first = models.BigIntegerField()
    stop = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())
    """When the replay was requested, or the connection broke."""

    def __str__(self) -> str:
        return f"{self.first} to {self.last} of {self.stream_id}"

    @property
    def last(self) -> int:
        return self.stop - 1

    @property
    def number(self) -> int:
        return self.stop - self.first


class StreamLag(models.Model):
    """The maximum number of events that waited for a stream in the ten minutes from `at` on. Kept for six hours."""

    id = models.BigAutoField(primary_key=True)
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="lags", db_index=False)
    at = models.DateTimeField()
    waiting = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "at"], name="stream_lag")]

    def __str__(self) -> str:
        return f"{self.waiting} for {self.stream_id} at {self.at}"
