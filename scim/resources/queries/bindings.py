"""How a resource type's attributes are stored: one declaration per attribute that is not only in the document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from controlhub.sql.conditions import Condition, Parameters
from controlhub.sql.selection import ResourceTable
from scim.protocol.nodes import Comparison

ColumnTest = Callable[[Comparison, Parameters], Condition | None]
"""Translates a comparison to SQL. None means that the comparison reads the document."""


class SortColumn(NamedTuple):
    """An expression that rows are sorted by, and the type of its value.

    `is_total` means that every row has a value, `is_unique` that no two rows of an organization have the same one,
    `is_indexed` that an index has the rows of each organization in this order, then in the order of creation.
    """

    expression: str
    cast: str = "text"
    is_indexed: bool = False
    is_total: bool = False
    is_unique: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """Filters and sorts one attribute, such as `userName` or `emails.value`, in SQL without reading the document.

    `test` is for filters, `scan_test` for those that read every row anyway, if it differs. `order` is for sorting.
    With `is_always_present`, every resource has a value.
    """

    path: str
    test: ColumnTest | None = None
    order: SortColumn | None = None
    is_always_present: bool = False
    scan_test: ColumnTest | None = None


@dataclass(frozen=True)
class Bindings:
    """How a resource type's attributes are stored in its table.

    `elements` maps an attribute outside the document to a query that yields its elements as jsonb `e`. `values` are
    named parameters of the table's own condition.
    """

    table: ResourceTable
    columns: tuple[Column, ...]
    elements: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def tests(self) -> dict[str, ColumnTest]:
        """The function that translates comparisons, by attribute."""
        return {column.path: column.test for column in self.columns if column.test}

    @cached_property
    def scan_tests(self) -> dict[str, ColumnTest]:
        """The same functions for queries that read every row anyway."""
        return self.tests | {column.path: column.scan_test for column in self.columns if column.scan_test}

    @cached_property
    def always_present(self) -> frozenset[str]:
        return frozenset(column.path for column in self.columns if column.is_always_present)

    @cached_property
    def order(self) -> dict[str, SortColumn]:
        """The sort column, by attribute."""
        return {column.path: column.order for column in self.columns if column.order}

    @property
    def document(self) -> str:
        return f"{self.table.name}.document::jsonb"
