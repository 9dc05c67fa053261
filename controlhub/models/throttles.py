"""How often something was tried lately, for all web processes together."""

from django.db import models


class Throttle(models.Model):
    """Attempts under one key until `ends_at`; a row past that moment counts as none."""

    key = models.CharField(max_length=100, primary_key=True)
    attempts = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.attempts}"
