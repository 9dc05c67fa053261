"""Requests of SCIM clients: the log of the last days, hourly counters, and the last error for each resource.

Only `controlhub.actions.request_log` writes here, in batches after the responses were sent (docs/decisions, request
log).
"""

from datetime import UTC, timedelta
from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now, TruncHour

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.organizations import Organization

FAILED = 400
"""The lowest status of an error."""


THIS_HOUR = TruncHour(Now(), tzinfo=UTC)
"""The current hour in UTC, as in `RequestHour`, whatever the viewer's time zone is."""
HAS_REQUEST_ID = models.Func("request_id", template="(%(expressions)s <> '')", output_field=models.BooleanField())
"""The condition of the index of request ids, as SQL: with a parameter, PostgreSQL would not use the index."""


class LoggedQuerySet(models.QuerySet["ScimRequest"]):
    """Queries that an index can serve newest first: `id` grows with time."""

    def in_organization(self, organization: models.Model) -> Self:
        return self.filter(organization_id=organization.pk)

    def failed(self) -> Self:
        return self.filter(status__gte=FAILED)

    def named(self, text: str) -> Self:
        """Returns requests with this id: the log's own, or else the client's."""
        by_client = self.filter(HAS_REQUEST_ID, request_id=text)
        try:
            by_log = self.filter(id=UUID(text))
        except ValueError:
            return by_client
        return by_log if by_log.exists() else by_client

    def about(self, resource_id: UUID) -> Self:
        """Writes of this resource, and failed requests for it."""
        return self.filter(resource_id=resource_id)


class ScimRequest(models.Model):
    """One request of a SCIM client and its response.

    `id` is the time-ordered request id. If the client chose its own id, that is in `request_id`. `body` and `answer`
    are kept only for writes and errors, truncated and without secrets. `resource_id` is the resource of a write or an
    error. No foreign key: an entry outlives its token.
    """

    pk = models.CompositePrimaryKey("organization_id", "id")
    organization_id = models.UUIDField()
    id = models.UUIDField()
    at = models.DateTimeField()
    connection_id = models.UUIDField(null=True)
    token_id = models.UUIDField(null=True)
    method = models.CharField(max_length=8)
    path = models.TextField()
    status = models.PositiveSmallIntegerField()
    milliseconds = models.FloatField()
    request_id = models.TextField(default="", db_default="")
    resource_id = models.UUIDField(null=True)
    scim_type = models.TextField(default="", db_default="")
    quirks = ArrayField(models.TextField(), default=list, db_default=[])
    address = models.GenericIPAddressField(null=True)
    agent = models.TextField(default="", db_default="")
    body = models.TextField(default="", db_default="")
    answer = models.TextField(default="", db_default="")
    body_size = models.PositiveIntegerField(default=0, db_default=0)

    objects = LoggedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["connection_id", "id"], name="request_of_connection"),
            models.Index(
                fields=["organization_id", "id"], name="request_failed", condition=models.Q(status__gte=FAILED)
            ),
            models.Index(
                fields=["connection_id", "id"],
                name="request_failed_of_connection",
                condition=models.Q(status__gte=FAILED),
            ),
            models.Index(
                fields=["resource_id", "id"], name="request_about", condition=models.Q(resource_id__isnull=False)
            ),
            models.Index(fields=["request_id"], name="request_named", condition=~models.Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"

    @property
    def shown_id(self) -> str:
        """The request id in the response, the server's log and audit events."""
        return self.request_id or str(self.id)

    @property
    def is_error(self) -> bool:
        return self.status >= FAILED


class RequestHourQuerySet(models.QuerySet["RequestHour"]):
    def in_organization(self, organization: models.Model) -> Self:
        return self.filter(organization_id=organization.pk)

    def of_last(self, hours: int) -> Self:
        """The current hour and the hours before it, `hours` in all, by the database's clock."""
        return self.filter(hour__gt=THIS_HOUR - timedelta(hours=hours))


class RequestHour(models.Model):
    """The requests of one connection in one hour (UTC). `connection_id` is null for personal tokens and no token.

    `dropped` of the `requests` are counted here but not in the log. `rows` and `size` (in characters) are those in the
    log.
    """

    organization_id = models.UUIDField()
    hour = models.DateTimeField()
    connection_id = models.UUIDField(null=True)
    requests = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    dropped = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    quirks = ArrayField(models.TextField(), default=list)
    last_at = models.DateTimeField()
    last_status = models.PositiveSmallIntegerField()
    last_error_id = models.UUIDField(null=True)

    objects = RequestHourQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "hour", "connection_id"], name="request_hour", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.requests} requests, {self.errors} errors"


class ProvisioningError(models.Model):
    """The last failed request for a user or group, until one succeeds. `request` is the id of its log entry."""

    resource_id = models.UUIDField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, db_index=False)
    connection_id = models.UUIDField(null=True)
    request = models.UUIDField()
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField()
    scim_type = models.TextField(default="")
    detail = models.TextField(default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organization", "at"], name="provisioning_error_since")]

    def __str__(self) -> str:
        return f"{self.status}: {self.detail}"
