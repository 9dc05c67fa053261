"""Run a query that reads, together with the check of the token if that is still to be made."""

from collections.abc import Mapping
from typing import Any

from controlhub.sql import statements
from controlhub.sql.proof import TOKEN_IS_UNCHANGED, Proof

# One row with `holds` comes back even where the query finds nothing.
_BEFORE = f"""SELECT r.*, p.holds
FROM (SELECT {TOKEN_IS_UNCHANGED}) AS p(holds)
LEFT JOIN ("""
_AFTER = "\n) AS r ON TRUE"


def fetch_rows(
    query: str,
    values: Mapping[str, Any],
    proof: Proof | None = None,
    *,
    with_parts: str = "",
    is_binary: bool = False,
) -> list[tuple[Any, ...]]:
    """The rows of a query whose first column is never null. `with_parts` are parts of a WITH clause in front of it.

    A proof that is not given yet is asked for in the same statement and adds a last column.
    """
    is_asked = proof is not None and not proof.is_given
    if proof and is_asked:
        query, values = f"{_BEFORE}{query}{_AFTER}", {**values, **proof.values}
    if with_parts:
        query = f"WITH{with_parts}\n{query.lstrip()}"
    found = statements.fetch_rows(query, values, is_binary=is_binary)
    if proof and is_asked:
        proof.require(found[0][-1])
        return found if found[0][0] is not None else []
    return found
