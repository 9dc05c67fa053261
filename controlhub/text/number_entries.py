"""Phone and employee numbers as entries of an index, and what is typed as a question to it (docs/decisions/0066).

A phone number is found by its first or its last digits, whatever is written between them; an employee number as a
whole, without case. Each entry begins with a mark of the organization, so that others' entries are not read.
"""

import re
from collections.abc import Iterable
from uuid import UUID

from scim.protocol.values import fold

MARK = 6
"""Characters of the organization's id in front of an entry."""
LONGEST = 64
MOST = 20
"""Entries of one user."""
LEAST_FIRST = 6
"""Fewer first digits are those of very many numbers."""
LEAST_LAST = 4
"""An extension has this many digits."""
_OTHERS = re.compile(r"[^0-9]")
_DIALED = re.compile(r"[0-9\s+()/.\-\u2010-\u2015]+")


def entries_of(organization_id: UUID, phones: Iterable[str], employee_number: str) -> list[str]:
    """At most MOST entries; numbers that are too short or too long have none."""
    mark, found = _mark(organization_id), set()
    if key := _employee_key(employee_number):
        found.add(f"{mark}e{key}")
    for phone in phones:
        digits = digits_of(phone)
        if LEAST_LAST <= len(digits) <= LONGEST:
            found |= {f"{mark}f{digits}", f"{mark}l{digits[::-1]}"}
    return sorted(found)[:MOST]


def question(organization_id: UUID, text: str) -> str:
    """The tsquery for the users whose number the text may be; "" if it cannot be one."""
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
    """Whether the text is a phone number or a part of one: digits, and what separates them."""
    return bool(_DIALED.fullmatch(text)) and len(digits_of(text)) <= LONGEST


def digits_of(phone: str) -> str:
    """The digits, without zeros in front: "0170 …" and "+49 170 …" end the same, "0049" is "+49"."""
    return _OTHERS.sub("", phone).lstrip("0")


def _employee_key(text: str) -> str:
    key = fold(text.strip())
    return key if len(key) <= LONGEST and "\0" not in key else ""


def _mark(organization_id: UUID) -> str:
    return str(organization_id)[-MARK:]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
