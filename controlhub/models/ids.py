"""Identifiers made by the server."""

from uuid import UUID

from django.db import models
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A time-ordered UUID (RFC 9562 §5.7), so that indexes grow at their end."""
    return uuid7()


class NextOrdinal(models.Func):
    """The database's next ordinal: resources come in this order, and no index but that of their organization has it."""

    template = "nextval('controlhub_ordinal')"
    output_field = models.BigIntegerField()
