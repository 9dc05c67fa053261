"""An index that finds what the texts of a row contain or end with (docs/decisions/0020 and 0036)."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from scim.protocol.nodes import Operator
from scim.resources.sql import Sql

Query = Callable[[Operator, str], Callable[[UUID], str] | None]
"""Makes the tsquery of a comparison with a folded value, None where the index is of no use."""


@dataclass(frozen=True, slots=True)
class PartsIndex:
    """The indexed expression, and what makes its queries."""

    expression: str
    query: Query

    def narrowed(self, found: Sql, operator: Operator, value: str) -> Sql:
        """A comparison with a folded value that looks only at rows which the index finds."""
        query = self.query(operator, value)
        if query is None:
            return found
        text = f"{found.text} AND {self.expression} @@ %s::tsquery"  # last: it is dear where no index is used
        return Sql(text, (*found.params, query), is_vague=True, is_unscoped=True, is_indexed=True)
