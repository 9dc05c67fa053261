"""Whose share of the web server a request uses (docs/decisions/0043)."""

from uuid import UUID

from django.http import HttpRequest

SHARE = "controlhub.share"
"""The name in the WSGI environment under which the web server is told whose request it was."""


def note_share(request: HttpRequest, organization_id: UUID) -> None:
    """Tell the web server that the credential of this request is good, and of which organization."""
    request.META[SHARE] = str(organization_id)
