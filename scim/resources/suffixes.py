"""Questions to an index over the suffixes of a text, as `controlhub_suffixes` makes them (docs/decisions/0020).

The text begins with START. From there on each character begins a lexeme: the mark of the organization and at most PART
characters in lower case. What a text contains begins one of them; what it ends with is one of them. A text of more than
256 characters has the mark alone, which every question finds too. So an answer holds every row that is wanted, and few
others.
"""

from collections.abc import Callable
from uuid import UUID

from scim.protocol.nodes import Operator

START = "\x01"
PART = 8
MARK = 6
"""So many last characters of its id stand for an organization."""
LEAST = {Operator.CO: 2, Operator.SW: 1, Operator.EW: 1, Operator.EQ: 1}
"""So long is what is worth a question; a single letter is in most texts."""


def suffix_query(operator: Operator, value: str) -> Callable[[UUID], str] | None:
    """For each organization the tsquery, as text, that finds what can fulfil a comparison with a folded value.

    None where the index is of no use.
    """
    if operator not in LEAST or len(value) < LEAST[operator]:
        return None
    if operator in {Operator.SW, Operator.EQ}:
        value = START + value
    parts = _ends(value) if operator in {Operator.EW, Operator.EQ} else _parts(value)

    def query(organization_id: UUID) -> str:
        mark = str(organization_id)[-MARK:]
        return f"'{mark}' | ({' & '.join(part.format(mark=mark) for part in parts)})"

    return query


def _parts(value: str) -> list[str]:
    """Lexemes of every text that contains the value: its first and its last PART characters."""
    if len(value) < PART:
        return [f"{_lexeme(value)}:*"]
    return [_lexeme(value[:PART]), _lexeme(value[-PART:])]


def _ends(value: str) -> list[str]:
    """Lexemes of every text that ends with the value; fewer than PART characters are one only at the end of a text."""
    if len(value) < PART:
        return [_lexeme(value)]
    return [_lexeme(value[:PART]), _lexeme(value[1 - PART :])]


def _lexeme(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"'{{mark}}{quoted}'"
