"""Queries on the index over parts of names that `controlhub_parts` makes (docs/decisions/0020 and 0036).

Entries are lexemes: the end of the organization's id and at most PART lowercase characters. They start at each
character of `displayName` (after START), `name.familyName` and `name.givenName`, and at every STEP-th character of
`userName`, so that each part of a string is the beginning of an entry. A row with a string of more than 256 characters
also has an entry without characters, which every query finds. Results contain every wanted row, and few others.
"""

from collections.abc import Callable
from uuid import UUID

from scim.protocol.nodes import Operator

START = "\x01"
PART = 8
STEP = 2
ORGANIZATION_CHARS = 6
"""Each entry starts with this many of the last characters of the organization's id."""
LEAST = {Operator.CO: 2, Operator.SW: 1, Operator.EW: 1, Operator.EQ: 1}
"""The minimum length of a value for which the index is used. A single letter is in most strings."""
LEAST_STEPPED = 4
"""The same for userName, where the matching entry may lack the first letter."""
Question = Callable[[UUID], str] | None


def display_name_query(operator: Operator, value: str) -> Question:
    """A function from an organization to the tsquery text that finds all possible matches of a folded value.

    None if the index does not help.
    """
    if operator not in LEAST or len(value) < LEAST[operator]:
        return None
    if operator in {Operator.SW, Operator.EQ}:
        value = START + value
    return _question(_ends(value) if operator in {Operator.EW, Operator.EQ} else _parts(value))


def name_query(operator: Operator, value: str) -> Question:
    """The same for a name that may be a part of `displayName`, where the position of its end is unknown."""
    if operator not in {Operator.CO, Operator.EW} or len(value) < LEAST[Operator.CO]:
        return None
    return _question(_parts(value))


def user_name_query(operator: Operator, value: str) -> Question:
    """The same for `userName`: an entry starts at one of any STEP adjacent positions."""
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
    """The lexemes of every string that contains the value: its first and last PART characters."""
    if len(value) < PART:
        return [_beginning(value)]
    return [_beginning(value[:PART]), _beginning(value[-PART:])]


def _ends(value: str) -> list[str]:
    """The lexemes of every string that ends with the value. Lexemes shorter than PART only occur at its end."""
    if len(value) < PART:
        return [_lexeme(value)]
    return [_lexeme(value[:PART]), _lexeme(value[1 - PART :])]


def _beginning(text: str) -> str:
    """Matches lexemes that begin with the text. PART characters are a whole lexeme, which is cheaper to look up."""
    return _lexeme(text) if len(text) == PART else f"{_lexeme(text)}:*"


def _lexeme(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"'{{tenant}}{quoted}'"
