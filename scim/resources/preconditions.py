"""If-Match and If-None-Match (RFC 7644 §3.14): weak tags `W/"version"`."""

import re

from scim.protocol.errors import PreconditionFailed

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def require_match(if_match: str | None, version: int) -> None:
    """PreconditionFailed unless the header names this version or `*`."""
    if if_match is not None and not names(if_match, version):
        raise PreconditionFailed


def names(header: str, version: int) -> bool:
    """Whether a list of entity tags holds this version."""
    return header.strip() == "*" or str(version) in _TAG.findall(header)
