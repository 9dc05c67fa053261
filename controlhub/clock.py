"""The one clock of retention and expiry: the database's. Tests replace this function and nothing else."""

from django.db.models import Expression
from django.db.models.functions import Now


def now() -> Expression:
    """The present moment as an SQL expression."""
    return Now()
