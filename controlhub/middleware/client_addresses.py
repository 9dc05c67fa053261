"""The address that a request came from, behind proxies too."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address that the request came from: of the connection, or what a trusted proxy says of its own client."""
    return address_of(request.META)


def address_of(environ: Mapping[str, Any]) -> str | None:
    """The same, of a WSGI environment."""
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
