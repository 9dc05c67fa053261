"""What must never be written to the log."""

from collections.abc import Set as AbstractSet
from typing import Any

SECRET_NAMES = frozenset({"password", "token", "secret", "authorization", "digest"})
"""In lower case, as all names of secrets here."""
REDACTED = "[redacted]"
MAX_TEXT = 2_000


def redact(value: Any, name: str = "", secrets: AbstractSet[str] = SECRET_NAMES) -> Any:
    """The value of this name with secrets replaced and long text cut, safe to be kept for years; None stays None."""
    return REDACTED if value is not None and name.lower() in secrets else _opened(value, secrets)


def _opened(value: Any, secrets: AbstractSet[str]) -> Any:
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"
    if isinstance(value, dict):
        return {key: REDACTED if key.lower() in secrets else _opened(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_opened(item, secrets) for item in value]
    return value
