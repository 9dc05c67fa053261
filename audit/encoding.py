"""Canonical JSON: the same value is always the same bytes.

The form is that of RFC 8785 for what events contain: texts, integers, booleans, null, arrays and objects. There are no
numbers with fractions. Names are sorted by code point, which is RFC 8785's order for all names below U+10000.
"""

from typing import Any

import orjson


def canonical(value: Any) -> bytes:
    """The value as canonical JSON in UTF-8. Parts of it may be `orjson.Fragment`s that are canonical already."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
