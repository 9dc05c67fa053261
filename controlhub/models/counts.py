"""How many rows an organization has, without counting them (docs/decisions/0010)."""

from django.db import models


class RowCount(models.Model):
    """One of several slots whose sums are the rows that there are and those removed so far.

    A writer takes any slot that nobody holds. `kind` is a table's name, or the id of a custom resource type.

    Triggers keep them (migration 0007); no code writes here.
    """

    organization_id = models.UUIDField()
    kind = models.TextField(db_collation="C")
    rows = models.BigIntegerField()
    removed = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["organization_id", "kind"], name="row_count")]

    def __str__(self) -> str:
        return f"{self.rows} of {self.kind}"
