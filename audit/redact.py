"""What must never be written to the log."""

from typing import Any

SECRET_NAMES = frozenset({"password", "token", "secret", "authorization", "digest"})
REDACTED = "[redacted]"
MAX_TEXT = 2_000


def redact(value: Any, name: str = "") -> Any:
    """The value with secrets replaced and long text cut, safe to be kept for years."""
    if name.lower() in SECRET_NAMES:
        return REDACTED
    if isinstance(value, dict):
        return {key: redact(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return value[:MAX_TEXT] + "…"
    return value
