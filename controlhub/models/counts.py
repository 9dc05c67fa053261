"""The number of an organization's rows, and their distribution, without counting (docs/decisions/0010 and 0036)."""

from uuid import UUID

from django.db import models

from controlhub.sql.row_counts import MERGE_SLOTS
from controlhub.sql.statements import fetch_rows
from controlhub.sql.walks import BUCKET_BITS


class RowCountQuerySet(models.QuerySet["RowCount"]):
    def merge_slots(self) -> int:
        """Merge the slots of each bucket that no longer grows into one. Returns the number of merged slots."""
        ((replaced,),) = fetch_rows(MERGE_SLOTS)
        return int(replaced)

    def total(self, organization_id: UUID, kind: str) -> int:
        """Returns the number of the organization's rows of this kind: a sum of counters."""
        slots = self.filter(organization_id=organization_id, kind=kind)
        return int(slots.aggregate(total=models.Sum("rows"))["total"] or 0)


class RowCount(models.Model):
    """One of several slots whose sums are the current rows and the rows removed so far.

    A slot counts the rows of one bucket: those with the same `ordinal >> BUCKET_BITS`. A writer takes any slot of the
    row's bucket that is not locked. `kind` is a table's name, or the id of a custom resource type.

    Triggers maintain the slots (docs/database.md); other code only merges them.
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
