"""An index for what a row's strings contain or end with (docs/decisions/0020 and 0036)."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from controlhub.sql.conditions import Condition, Parameters
from scim.protocol.nodes import Operator

Query = Callable[[Operator, str], Callable[[UUID], str] | None]
"""Makes the tsquery of a comparison with a folded value; None if the index does not help."""


@dataclass(frozen=True, slots=True)
class PartsIndex:
    """The indexed expression, and the function that makes its queries."""

    expression: str
    query: Query

    def narrowed(self, found: Condition, operator: Operator, value: str, values: Parameters) -> Condition:
        """Restrict a comparison with a folded value to the rows that the index finds."""
        query = self.query(operator, value)
        if query is None:
            return found
        wanted = values.add(query(values.organization_id))
        text = f"{found.text} AND {self.expression} @@ {wanted}::tsquery"  # last, because it is slow without an index
        return Condition(text, is_looked_up_first=True, hides_organization=True, is_indexed=True)
