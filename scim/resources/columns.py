"""Tests of real columns, for bindings: from a comparison to SQL that an index can answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from scim.protocol.errors import InvalidFilter
from scim.protocol.match import SUBSTRING, comparable
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.schemas import Attribute
from scim.protocol.values import fold
from scim.resources.sql import FALSE, SIGNS, ColumnTest, Sql, negate, prefix_test, text_test
from scim.resources.suffixes import suffix_query

_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(milliseconds=1)


def text_column(
    column: str,
    form: Callable[[str], str] = str,
    part_form: Callable[[str], str] = str,
    *,
    is_ordered: bool = False,
) -> ColumnTest:
    """A text column that stores `form(value)`, ordered by code points if `is_ordered`.

    `part_form` is the form of what stands in a stored value, or at one of its ends.
    """

    def test(node: Comparison) -> Sql:
        value = (part_form if node.operator in SUBSTRING else form)(str(node.value))
        if node.operator is Operator.SW and is_ordered:
            return prefix_test(column, value)
        if node.operator is Operator.NE:
            return negate(text_test(column, Operator.EQ, value))
        if node.operator is Operator.EQ:
            return Sql(f"{column} = %s", (value,), is_narrow=True)
        return text_test(column, node.operator, value)

    return test


def folded_column(column: str, organization: str) -> ColumnTest:
    """A text column that stores the value itself, "" where there is none; with an index over the suffixes of both."""
    folded, suffixes = f"controlhub_fold({column})", f"controlhub_suffixes({organization}, {column})"

    def test(node: Comparison) -> Sql:
        value = fold(str(node.value))
        if node.operator is Operator.NE:
            return negate(test(Comparison(node.path, Operator.EQ, node.value)))
        found = text_test(folded, node.operator, value)
        text = f"{column} <> '' AND {found.text}"
        if not (query := suffix_query(node.operator, value)):
            return Sql(text, found.params)
        is_narrow = node.operator is Operator.EQ
        text = f"{text} AND {suffixes} @@ %s::tsquery"  # last: it is dear where no index is used, as for `ne`
        return Sql(text, (*found.params, query), is_vague=True, is_unscoped=True, is_narrow=is_narrow)

    return test


def uuid_column(column: str) -> ColumnTest:
    """The id: equality by the index, everything else by its text."""

    def test(node: Comparison) -> Sql:
        if node.operator not in {Operator.EQ, Operator.NE}:
            return text_test(f"{column}::text", node.operator, str(node.value))
        try:
            equal = Sql(f"{column} = %s::uuid", (str(UUID(str(node.value))),), is_narrow=True)
        except ValueError:
            equal = FALSE
        return equal if node.operator is Operator.EQ else negate(equal)

    return test


def boolean_column(column: str, attribute: Attribute) -> ColumnTest:
    def test(node: Comparison) -> Sql:
        value = comparable(node.operator, node.value, attribute)
        return Sql(f"{column} {SIGNS[node.operator]} %s::boolean", (value,))

    return test


def moment_column(column: str, attribute: Attribute) -> ColumnTest:
    """A timestamp column, compared as it is printed: cut to milliseconds.

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
            return Sql(f"{column} >= %s::timestamptz AND {column} < %s::timestamptz", (millisecond, following))
        sign = ">=" if node.operator in {Operator.GE, Operator.GT} else "<"
        bound = least if node.operator in {Operator.GE, Operator.LT} else following
        return Sql(f"{column} {sign} %s::timestamptz", (bound,))

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
