"""Where the page that was sent last began and ended, so that the next one need not count from the start."""

from django.db import models
from django.db.models.functions import Now


class PagePosition(models.Model):
    """One walk of one token over one list, by ordinals. Unlogged: after a crash, pages are counted off again."""

    pk = models.CompositePrimaryKey("token_id", "query")
    token_id = models.UUIDField()
    query = models.BinaryField(max_length=16)
    start_index = models.BigIntegerField()
    first = models.BigIntegerField()
    next_index = models.BigIntegerField()
    last = models.BigIntegerField()
    total = models.BigIntegerField()
    removed = models.BigIntegerField()
    noted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.next_index} after {self.last}"
