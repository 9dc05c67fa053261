"""Tests of real columns, for bindings: from a comparison to SQL that an index can answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from scim.protocol.errors import InvalidFilter
from scim.protocol.match import SUBSTRING, comparable
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.schemas import Attribute
from scim.protocol.values import fold
from scim.resources.parts import PartsIndex
from scim.resources.sort_keys import SORTED, sort_key, sort_value
from scim.resources.sql import FALSE, ColumnTest, Sql, join, negate, prefix_test, text_test

_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(milliseconds=1)


def text_column(
    column: str,
    form: Callable[[str], str] = str,
    part_form: Callable[[str], str] = str,
    *,
    is_ordered: bool = False,
    parts: PartsIndex | None = None,
) -> ColumnTest:
    """A text column with an index that stores `form(value)`, ordered by code points if `is_ordered`.

    `part_form` is the form of what stands in a stored value, or at one of its ends; `parts` an index that finds these.
    """

    def test(node: Comparison) -> Sql:
        value = (part_form if node.operator in SUBSTRING else form)(str(node.value))
        if node.operator is Operator.SW and is_ordered:
            return prefix_test(column, value)
        if node.operator is Operator.NE:
            return negate(text_test(column, Operator.EQ, value))
        if node.operator is Operator.EQ:
            return Sql(f"{column} = %s", (value,), is_narrow=True, is_indexed=True)
        found = text_test(column, node.operator, value)
        return parts.narrowed(found, node.operator, fold(value)) if parts else found

    return test


def folded_column(column: str, parts: PartsIndex | None, *, is_narrow: bool = False) -> ColumnTest:
    """A text column that stores the value itself, "" where there is none, with an index over its `sort_key`.

    `parts` finds what a value contains or ends with. `is_narrow` says that few rows have one value.
    """
    folded, key = f"controlhub_fold({column})", sort_key(column)

    def test(node: Comparison) -> Sql:
        value = fold(str(node.value))
        found = text_test(folded, node.operator, value)
        found = Sql(f"{column} <> '' AND {found.text}", found.params)
        if node.operator is Operator.NE:
            return negate(test(Comparison(node.path, Operator.EQ, node.value)))
        if node.operator is Operator.EQ:
            equal = Sql(f"{key} = %s", (sort_value(value),), is_narrow=is_narrow, is_indexed=True)
            return equal if len(value) < SORTED else join("AND", [equal, found])
        if node.operator is Operator.SW:
            begins = prefix_test(key, sort_value(value))
            return begins if len(value) <= SORTED else join("AND", [begins, found])
        return parts.narrowed(found, node.operator, value) if parts else found

    return test


def uuid_column(column: str) -> ColumnTest:
    """The id: equality by the index, everything else by its text."""

    def test(node: Comparison) -> Sql:
        if node.operator not in {Operator.EQ, Operator.NE}:
            return text_test(f"{column}::text", node.operator, str(node.value))
        try:
            equal = Sql(f"{column} = %s::uuid", (str(UUID(str(node.value))),), is_narrow=True, is_indexed=True)
        except ValueError:
            equal = FALSE
        return equal if node.operator is Operator.EQ else negate(equal)

    return test


def boolean_column(column: str, attribute: Attribute) -> ColumnTest:
    """A boolean column with an index over the rows where it is false."""

    def test(node: Comparison) -> Sql:
        value = comparable(node.operator, node.value, attribute)
        is_false = Sql(f"NOT {column}", is_vague=True, is_indexed=True)
        return is_false if value is (node.operator is Operator.NE) else Sql(column, complement=is_false)

    return test


def moment_column(column: str, attribute: Attribute, *, is_indexed: bool = False) -> ColumnTest:
    """A timestamp column, compared as it is printed: cut to milliseconds. `is_indexed` says that it has an index.

    The cut is made in the bounds, not in the column, so that the comparison costs no more and any index can serve it.
    """

    def test(node: Comparison) -> Sql:
        moment = comparable(node.operator, node.value, attribute)
        millisecond = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        following = min(millisecond, _LAST) + timedelta(milliseconds=1)
        least = millisecond if moment == millisecond else following  # the first printed value from `moment` on
        if node.operator is Operator.NE:
            return negate(test(Comparison(node.path, Operator.EQ, node.value)))
        if node.operator is Operator.EQ:
            if moment != millisecond:
                return FALSE
            text = f"{column} >= %s::timestamptz AND {column} < %s::timestamptz"
            return Sql(text, (millisecond, following), is_vague=is_indexed, is_indexed=is_indexed)
        sign = ">=" if node.operator in {Operator.GE, Operator.GT} else "<"
        bound = least if node.operator in {Operator.GE, Operator.LT} else following
        return Sql(f"{column} {sign} %s::timestamptz", (bound,), is_vague=is_indexed, is_indexed=is_indexed)

    return test


def constant(text: str) -> ColumnTest:
    """A value that is the same for every row."""

    def test(node: Comparison) -> Sql:
        sql = text_test("%s::text", node.operator, str(node.value))
        return Sql(sql.text, (text, *sql.params))

    return test


def not_filterable(node: Comparison) -> Sql:
    """An attribute that only the answer knows, such as `meta.location`."""
    raise InvalidFilter(f"'{node.path}' cannot be filtered.")
