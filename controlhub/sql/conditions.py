"""Conditions of WHERE clauses that are composed at run time, with named parameters for their values."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID


class Parameters:
    """The values of one query by name. `organization` is always one of them."""

    __slots__ = ("_count", "organization_id", "values")

    def __init__(self, organization_id: UUID, **values: Any) -> None:
        self._count = 0
        self.organization_id = organization_id
        self.values: dict[str, Any] = {"organization": organization_id, **values}

    def add(self, value: Any) -> str:
        """Add a value under a new name. Returns its placeholder."""
        self._count += 1
        name = f"value_{self._count}"
        self.values[name] = value
        return f"%({name})s"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as SQL, with placeholders for its values. NULL counts as false: only `negate` has to handle it.

    The other fields say how to query for it. The planner makes one plan for all values, so it cannot know these:

    - `is_indexed`: an index finds the rows, so the cost depends only on the number of matches.
    - `is_looked_up_first`: find the rows by the index before sorting them. Otherwise the planner might expect many
      matches and read all rows in order.
    - `hides_organization`: use only that index. Otherwise the planner might combine it with an index on organizations,
      and so read the whole organization.
    - `finds_few`: few rows satisfy it, usually one.
    - `complement`: an indexed condition that is true for exactly the other rows.
    """

    text: str
    is_indexed: bool = False
    is_looked_up_first: bool = False
    hides_organization: bool = False
    finds_few: bool = False
    complement: "Condition | None" = None

    @property
    def for_scan(self) -> "Condition":
        """The same condition for a query that reads every row of an organization."""
        return Condition(self.text, complement=self.complement)


TRUE, FALSE = Condition("TRUE"), Condition("FALSE", is_indexed=True)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """Returns the conjunction. An index for one term is enough to find its rows."""
    terms = list(conditions)
    is_indexed = any(term.is_indexed for term in terms)
    finds_better = any(term.finds_few and not term.hides_organization for term in terms)
    return Condition(
        " AND ".join(f"({term.text})" for term in terms),
        is_indexed=is_indexed,
        is_looked_up_first=any(term.is_looked_up_first for term in terms),
        hides_organization=any(term.hides_organization for term in terms) and not finds_better,
        finds_few=any(term.finds_few for term in terms),
    )


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Returns the disjunction. It needs an index for every term, or all rows are read."""
    terms = list(conditions)
    is_indexed = all(term.is_indexed for term in terms)
    # An index that finds the rows of one term says nothing about how many the other terms find.
    looked_up = any if is_indexed else all
    return Condition(
        " OR ".join(f"({term.text})" for term in terms),
        is_indexed=is_indexed,
        is_looked_up_first=looked_up(term.is_looked_up_first for term in terms),
        hides_organization=all(term.hides_organization for term in terms),
        finds_few=all(term.finds_few for term in terms),
    )


def negate(term: Condition) -> Condition:
    return Condition(f"({term.text}) IS NOT TRUE", complement=term if term.is_indexed else None)


def exists(query: str, condition: Condition) -> Condition:
    """Returns a condition: one of the elements `e` of a query satisfies this condition."""
    return Condition(f"EXISTS (SELECT 1 FROM ({query}) AS e(e) WHERE {condition.text})")
