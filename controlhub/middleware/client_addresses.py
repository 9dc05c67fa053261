"""The address from which a request came, even behind proxies."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Returns the client's address: that of the connection, or the one that a trusted proxy reports for its client."""
    return address_of(request.META)


def address_of(environ: Mapping[str, Any]) -> str | None:
    """The same for a WSGI environment."""
    address: str | None = environ.get("REMOTE_ADDR") or None
    if not settings.TRUSTED_PROXIES or address is None:
        return address
    for hop in reversed([part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]):
        try:
            if not any(ip_address(address) in network for network in settings.TRUSTED_PROXIES):
                break
            address = str(ip_address(hop))
        except ValueError:
            break
    return address
