"""The start and end of the last page, so that the next one need not count from the start of the list."""

from django.db import models
from django.db.models.functions import Now

from controlhub.sql.walks import SLOTS


class PagePosition(models.Model):
    """The position of one token in one list, by ordinals. Unlogged: after a crash, rows are counted again.

    A token has at most SLOTS positions. `slot` is the digest of the query, reduced to SLOTS values, and a list replaces
    another one with the same slot. `query` is the whole digest.
    """

    SLOTS = SLOTS

    pk = models.CompositePrimaryKey("token_id", "slot")
    token_id = models.UUIDField()
    # The column has the name of older releases, which write whole digests to it and may still run during an upgrade.
    slot = models.BinaryField(max_length=16, db_column="query")
    query = models.BinaryField(max_length=16, db_column="digest", db_default=b"")
    start_index = models.BigIntegerField()
    first = models.BigIntegerField()
    next_index = models.BigIntegerField()
    last = models.BigIntegerField()
    total = models.BigIntegerField()
    removed = models.BigIntegerField()
    noted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.next_index} after {self.last}"
