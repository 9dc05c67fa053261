"""Phone and employee numbers as index entries, and search text as a query for them (docs/decisions/0066).

A phone number is found by its first or last digits, whatever separates them; an employee number only as a whole,
ignoring case. Each entry begins with a mark of the organization, so that entries of other organizations are not read.
"""

import re
from collections.abc import Iterable
from uuid import UUID

from scim.protocol.values import fold

MARK = 6
"""The number of characters of the organization's id before an entry."""
LONGEST = 64
MOST = 20
"""The maximum number of entries of one user."""
LEAST_FIRST = 6
"""Very many numbers share fewer first digits than this."""
LEAST_LAST = 4
"""The number of digits of an extension."""
_OTHERS = re.compile(r"[^0-9]")
_DIALED = re.compile(r"[0-9\s+()/.\-\u2010-\u2015]+")


def entries_of(organization_id: UUID, phones: Iterable[str], employee_number: str) -> list[str]:
    """Returns at most MOST entries. Numbers that are too short or too long have none."""
    mark, found = _mark(organization_id), set()
    if key := _employee_key(employee_number):
        found.add(f"{mark}e{key}")
    for phone in phones:
        digits = digits_of(phone)
        if LEAST_LAST <= len(digits) <= LONGEST:
            found |= {f"{mark}f{digits}", f"{mark}l{digits[::-1]}"}
    return sorted(found)[:MOST]


def question(organization_id: UUID, text: str) -> str:
    """Returns the tsquery for users who may have this number, or "" if the text cannot be a number."""
    mark, asked = _mark(organization_id), []
    if key := _employee_key(text):
        asked.append(_quoted(f"{mark}e{key}"))
    if is_dialed(text):
        digits = digits_of(text)
        if len(digits) >= LEAST_FIRST:
            asked.append(f"{_quoted(f'{mark}f{digits}')}:*")
        if len(digits) >= LEAST_LAST:
            asked.append(f"{_quoted(f'{mark}l{digits[::-1]}')}:*")
    return " | ".join(asked)


def is_dialed(text: str) -> bool:
    """Whether the text is a phone number or a part of one: digits and their separators."""
    return bool(_DIALED.fullmatch(text)) and len(digits_of(text)) <= LONGEST


def digits_of(phone: str) -> str:
    """Returns the digits without leading zeros: "0170 …" and "+49 170 …" end alike, and "0049" equals "+49"."""
    return _OTHERS.sub("", phone).lstrip("0")


def _employee_key(text: str) -> str:
    key = fold(text.strip())
    return key if len(key) <= LONGEST and "\0" not in key else ""


def _mark(organization_id: UUID) -> str:
    return str(organization_id)[-MARK:]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
