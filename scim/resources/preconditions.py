"""If-Match and If-None-Match (RFC 7644 §3.14). Weak entity tags are compared without their W/."""

import re

from scim.protocol.errors import PreconditionFailed

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def require_match(if_match: str | None, etag: str) -> None:
    """Raises PreconditionFailed unless the header has this version or `*`."""
    if if_match is not None and not names(if_match, etag):
        raise PreconditionFailed


def names(header: str, etag: str) -> bool:
    """Whether a list of entity tags contains this one or is `*`."""
    return header.strip() == "*" or etag.removeprefix("W/") in _TAG.findall(header)
