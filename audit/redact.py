"""Removes values that must never be written to the log."""

from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from controlhub.text.secret_names import REDACTED, SECRET_NAMES

MAX_TEXT = 2_000


def is_secret(name: str, prefix: str, secrets: AbstractSet[str]) -> bool:
    """Whether the log must not contain a value, because of its name or because its path is in `secrets` (lowercase)."""
    return _is_secret_name(name) or (bool(secrets) and f"{prefix}{name}".lower() in secrets)


@lru_cache(maxsize=4_096)
def _is_secret_name(name: str) -> bool:
    return name.lower() in SECRET_NAMES


def redact(value: Any, path: str = "", secrets: AbstractSet[str] = frozenset()) -> Any:
    """The value at this path with secrets replaced and long strings truncated, safe to keep for years.

    A number with a fraction becomes a string, which is the same in every canonical form of JSON.
    """
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"
    if isinstance(value, dict):
        prefix = f"{path}." if secrets else ""
        return {
            name: REDACTED if is_secret(name, prefix, secrets) else redact(item, f"{prefix}{name}", secrets)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [redact(item, path, secrets) for item in value]
    return str(value) if isinstance(value, float) else value
