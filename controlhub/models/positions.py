"""Where the last page began and ended, so that the next one does not count from the start."""

from django.db import models
from django.db.models.functions import Now

from controlhub.sql.walks import SLOTS


class PagePosition(models.Model):
    """One walk of one token over one list, by ordinals. Unlogged: after a crash, pages are counted off again.

    A token has at most SLOTS of them: `slot` is the digest of the query shortened to one of so many values, and a walk
    replaces another one with the same slot. `query` is the whole digest.
    """

    SLOTS = SLOTS

    pk = models.CompositePrimaryKey("token_id", "slot")
    token_id = models.UUIDField()
    # The column is named as in older releases, which write whole digests there and may still run during an upgrade.
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
