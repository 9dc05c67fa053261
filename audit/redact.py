"""What must never be written to the log."""

from collections.abc import Set as AbstractSet
from typing import Any

SECRET_NAMES = frozenset({"password", "token", "secret", "authorization", "digest"})
"""In lower case, as all names of secrets here."""
REDACTED = "[redacted]"
MAX_TEXT = 2_000


def redact(value: Any, secrets: AbstractSet[str] = SECRET_NAMES) -> Any:
    """The value with what has a secret's name replaced and long text cut, safe to be kept for years."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"
    if isinstance(value, dict):
        return {key: REDACTED if key.lower() in secrets else redact(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item, secrets) for item in value]
    return value
