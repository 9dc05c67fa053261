"""The share of the web server that a request uses (docs/decisions/0043)."""

from uuid import UUID

from django.http import HttpRequest

from controlhub.text.identifiers import id_text

SHARE = "controlhub.share"
"""The key in the WSGI environment that tells the web server which organization sent the request."""


def note_share(request: HttpRequest, organization_id: UUID) -> None:
    """Tell the web server that the credential of this request is valid, and which organization it belongs to."""
    request.META[SHARE] = id_text(organization_id)
