"""Limits of pages that are open to everybody: ACCOUNT_RATE_LIMITS, counted by allauth in the database's cache."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from controlhub.errors import TooManyAttemptsError


def require_rate(request: HttpRequest, action: str) -> None:
    """Count one request, GET too; TooManyAttemptsError beyond the limit."""
    if not ratelimit.consume(request, app="allauth.account", action=action, limit_get=True):
        raise TooManyAttemptsError
