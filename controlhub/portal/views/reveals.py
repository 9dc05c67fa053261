"""Hiding a secret that was copied."""

from django.http import HttpResponse
from django.shortcuts import redirect

from controlhub.portal.access import PortalRequest, require
from controlhub.portal.reveals import end_reveal


@require(page="home")
def reveal_end(request: PortalRequest, reveal_id: str) -> HttpResponse:
    """Delete the secret, and go back to its page or to the next one."""
    return redirect(end_reveal(request, reveal_id) or "home")
