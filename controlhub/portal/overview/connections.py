"""The connections on the first page: their last contact, and when their access ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.models import Connection, Organization

SHOWN = 20
SILENT_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """A connection at the moment `now`. `expires_at` is when its last static token expires, None without one."""

    connection: Connection
    last_used_at: datetime | None
    expires_at: datetime | None
    now: datetime

    @property
    def status(self) -> tuple[str, str | Promise]:
        """The class of the status, and its name."""
        if self.expires_at is None and self.connection.client_digest is None:
            return "is-fail", _("No valid token")
        if self.last_used_at is None:
            return "is-inactive", _("Never used")
        if self.now - self.last_used_at > SILENT_AFTER:
            return "is-warn", _("Silent for more than a day")
        return "", _("In use")


def connection_lines(organization: Organization) -> list[ConnectionLine]:
    """The SHOWN connections that were added first."""
    is_live = Q(tokens__revoked_at=None, tokens__expires_at__gt=Now(), tokens__kind="static")
    annotated: Any = Connection.objects.in_organization(organization).annotate(
        last_used_at=Max("tokens__last_used_at"), expires_at=Max("tokens__expires_at", filter=is_live), now=Now()
    )
    found = annotated.order_by("created_at", "pk")[:SHOWN]
    return [ConnectionLine(line, line.last_used_at, line.expires_at, line.now) for line in found]
