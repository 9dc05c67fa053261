"""Questions to the index over parts of names, as `controlhub_parts` makes them (docs/decisions/0020 and 0036).

Entries are lexemes: the end of the organization's id and at most PART characters in lower case. They begin at each
character of `displayName` (after START), `name.familyName` and `name.givenName`, and at every STEP-th of `userName`. So
what a text contains begins one of them. A row with a text of more than 256 characters also has an entry without
characters, which every question finds. An answer holds every row that is wanted, and few others.
"""

from collections.abc import Callable
from uuid import UUID

from scim.protocol.nodes import Operator

START = "\x01"
PART = 8
STEP = 2
ORGANIZATION_CHARS = 6
"""An entry begins with this many last characters of the organization's id."""
LEAST = {Operator.CO: 2, Operator.SW: 1, Operator.EW: 1, Operator.EQ: 1}
"""So long is what is worth a question; a single letter is in most texts."""
LEAST_STEPPED = 4
"""The same of a userName, of which an entry may leave out the first letter."""
Question = Callable[[UUID], str] | None


def display_name_query(operator: Operator, value: str) -> Question:
    """For each organization the tsquery, as text, that finds what can fulfil a comparison with a folded value.

    None where the index is of no use.
    """
    if operator not in LEAST or len(value) < LEAST[operator]:
        return None
    if operator in {Operator.SW, Operator.EQ}:
        value = START + value
    return _question(_ends(value) if operator in {Operator.EW, Operator.EQ} else _parts(value))


def name_query(operator: Operator, value: str) -> Question:
    """The same for a name that may be a part of `displayName`: where it ends there, is not known."""
    if operator not in {Operator.CO, Operator.EW} or len(value) < LEAST[Operator.CO]:
        return None
    return _question(_parts(value))


def user_name_query(operator: Operator, value: str) -> Question:
    """The same for `userName`: of any STEP positions next to each other, an entry begins at one."""
    if operator not in {Operator.CO, Operator.EW} or len(value) < LEAST_STEPPED:
        return None
    starts = [range(STEP)]
    if len(value) > PART + STEP:
        starts.append(range(len(value) - PART - STEP + 1, len(value) - PART + 1))
    anywhere = [" | ".join(_beginning(value[start : start + PART]) for start in places) for places in starts]
    return _question([f"({either})" for either in anywhere])


def _question(parts: list[str]) -> Question:
    def query(organization_id: UUID) -> str:
        tenant = str(organization_id)[-ORGANIZATION_CHARS:]
        return f"'{tenant}' | ({' & '.join(part.format(tenant=tenant) for part in parts)})"

    return query


def _parts(value: str) -> list[str]:
    """Lexemes of every text that contains the value: its first and its last PART characters."""
    if len(value) < PART:
        return [_beginning(value)]
    return [_beginning(value[:PART]), _beginning(value[-PART:])]


def _ends(value: str) -> list[str]:
    """Lexemes of every text that ends with the value; fewer than PART characters are one only at the end of a text."""
    if len(value) < PART:
        return [_lexeme(value)]
    return [_lexeme(value[:PART]), _lexeme(value[1 - PART :])]


def _beginning(text: str) -> str:
    """Lexemes that begin with the text. One of PART characters is a lexeme itself, which is cheaper to look up."""
    return _lexeme(text) if len(text) == PART else f"{_lexeme(text)}:*"


def _lexeme(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"'{{tenant}}{quoted}'"
