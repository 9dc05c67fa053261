"""The number of rows of an organization, and where they are, without counting (docs/decisions/0010 and 0036)."""

from uuid import UUID

from django.db import models

from controlhub.sql.row_counts import MERGE_SLOTS
from controlhub.sql.statements import fetch_rows
from controlhub.sql.walks import BUCKET_BITS


class RowCountQuerySet(models.QuerySet["RowCount"]):
    def merge_slots(self) -> int:
        """Replace the slots of each bucket that no longer grows by one slot. Returns the number of replaced slots."""
        ((replaced,),) = fetch_rows(MERGE_SLOTS)
        return int(replaced)

    def total(self, organization_id: UUID, kind: str) -> int:
        """How many rows of this kind the organization has: a sum of counters."""
        slots = self.filter(organization_id=organization_id, kind=kind)
        return int(slots.aggregate(total=models.Sum("rows"))["total"] or 0)


class RowCount(models.Model):
    """One of several slots whose sums are the rows that there are and those removed so far.

    A slot counts the rows of one bucket: those with the same `ordinal >> BUCKET_BITS`. A writer takes any slot of the
    row's bucket that nobody holds. `kind` is a table's name, or the id of a custom resource type.

    Triggers keep them (docs/database.md); other code only merges slots.
    """

    BUCKET_BITS = BUCKET_BITS

    organization_id = models.UUIDField()
    kind = models.TextField(db_collation="C")
    bucket = models.BigIntegerField(db_default=0)
    rows = models.BigIntegerField()
    removed = models.BigIntegerField(default=0)

    objects = RowCountQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organization_id", "kind", "bucket"], name="row_count_of_bucket")]

    def __str__(self) -> str:
        return f"{self.rows} of {self.kind}"
