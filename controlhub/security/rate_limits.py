"""Limits of public pages: ACCOUNT_RATE_LIMITS, counted by allauth in the database cache."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from controlhub.errors import TooManyAttemptsError


def require_rate(request: HttpRequest, action: str) -> None:
    """Count one request, also for GET. TooManyAttemptsError above the limit."""
    if not ratelimit.consume(request, app="allauth.account", action=action, limit_get=True):
        raise TooManyAttemptsError
