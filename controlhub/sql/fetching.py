"""Run a query that reads, together with the check of the token if it is still due."""

from collections.abc import Mapping
from typing import Any

from controlhub.sql import statements
from controlhub.sql.proof import TOKEN_IS_UNCHANGED, Proof

# Returns one row with `holds` even if the query finds nothing.
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
    """Returns the rows of a query whose first column is never null. `with_parts` are put into a WITH clause before it.

    If the proof has not been given yet, the same statement checks it, in an additional last column.
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
