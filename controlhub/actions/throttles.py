"""Counting attempts before the costly work is done (security.md §2)."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from controlhub.errors import TooManyAttemptsError
from controlhub.models import Throttle


@transaction.atomic
def count_attempt(key: str, *, limit: int, window: timedelta) -> None:
    """Count one attempt; TooManyAttemptsError if there were `limit` within the window already."""
    Throttle.objects.filter(ends_at__lt=Now()).delete()
    Throttle.objects.bulk_create([Throttle(key=key, ends_at=Now() + window)], ignore_conflicts=True)
    throttle = Throttle.objects.select_for_update().get(pk=key)
    if throttle.attempts >= limit:
        raise TooManyAttemptsError
    throttle.attempts += 1
    throttle.save(update_fields=["attempts"])


def forget_attempts(key: str) -> None:
    """Start counting anew, after a success."""
    Throttle.objects.filter(pk=key).delete()
