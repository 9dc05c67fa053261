"""Events that may happen many times an hour: the first one is recorded immediately, the others are counted here."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models


class RepeatedEventQuerySet(models.QuerySet["RepeatedEvent"]):
    def in_organization(self, organization: models.Model) -> Self:
        return self.filter(organization_id=organization.pk)


class RepeatedEvent(models.Model):
    """How often an event has happened in one hour (UTC).

    `key` is a digest of what makes events the same, empty for the events that are counted together. `event_id` is the
    event that was recorded first. When the hour is over, a job records the number and removes the row. `requests` are
    the ids of some of the requests.
    """

    pk = models.CompositePrimaryKey("organization_id", "hour", "action", "key")
    organization_id = models.UUIDField()
    hour = models.DateTimeField()
    action = models.TextField()
    key = models.TextField()
    event_id = models.UUIDField()
    times = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    requests = ArrayField(models.TextField())

    objects = RepeatedEventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["hour"], name="repeated_event_hour")]

    def __str__(self) -> str:
        return f"{self.action}, {self.times} times"
