"""The one clock of retention and expiry: the database's. Tests replace this function and nothing else."""

from datetime import datetime

from django.db import connection
from django.db.models import Expression
from django.db.models.functions import Now


def now() -> Expression:
    """The present moment as an SQL expression."""
    return Now()


def read() -> datetime:
    """The present moment as the database sees it; a machine that serves requests may be wrong about it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT STATEMENT_TIMESTAMP()")
        moment: datetime = cursor.fetchone()[0]
    return moment
