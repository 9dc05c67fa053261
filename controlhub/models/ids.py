"""Identifiers that the server creates."""

from uuid import UUID

from django.db import models
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Returns a time-ordered UUID (RFC 9562 §5.7), so that indexes grow at their end."""
    return uuid7()


class NextOrdinal(models.Func):
    """The database's next ordinal: it orders resources by creation, and only the index of their organization has it."""

    template = "nextval('controlhub_ordinal')"
    output_field = models.BigIntegerField()
