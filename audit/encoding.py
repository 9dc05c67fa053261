"""Canonical JSON: the same value is always the same bytes.

For the values in events (strings, integers, booleans, null, arrays and objects), the format is that of RFC 8785.
Numbers never have fractions. Names are sorted by code point, which is RFC 8785's order for all names below U+10000.
"""

from typing import Any

import orjson


def canonical(value: Any) -> bytes:
    """The value as canonical JSON in UTF-8. Parts of it may be `orjson.Fragment`s that are canonical already."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
