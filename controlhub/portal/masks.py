"""Bodies and addresses of logged requests for reading, with personal values masked."""

import json
import re
from typing import Any

OPEN = frozenset({"schemas", "op", "active", "primary", "type", "id", "externalid", "status", "scimtype", "detail"})
"""Keys whose values name no person, in lower case. Identifiers are shown, because administrators look for them."""
MASK = "•••••"
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)("?)(?=(\s*:)?)')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?|%22.*?(?:%22|$)', re.IGNORECASE | re.DOTALL)


def masked_body(text: str) -> str:
    """The body, indented. If it is cut off or not JSON, its layout is kept and every string but the keys is masked."""
    try:
        found = json.loads(text)
    except ValueError:
        return _TEXT.sub(lambda match: match[0] if match[3] else f'"{MASK}{match[2]}', text)
    return json.dumps(_masked(found), indent=2, ensure_ascii=False)


def readable_body(text: str) -> str:
    """The body, indented if it is complete."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def masked_path(path: str) -> str:
    """The address without the quoted values of its filter."""
    return _QUOTED.sub(f'"{MASK}"', path)


def _masked(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _masked(item, name.lower()) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, key) for item in value]
    if isinstance(value, bool) or value is None or key in OPEN:
        return value
    if key == "path" and isinstance(value, str):
        return masked_path(value)
    return _mask(value) if isinstance(value, str) else MASK


def _mask(text: str) -> str:
    """Keeps the first letter of a longer text, and the domain of an email address."""
    name, at, domain = text.rpartition("@")
    if not at:
        name, domain = text, ""
    return f"{name[:1] if len(name) > 2 else ''}{MASK}{at}{domain}"
