"""Columns for bindings: how an attribute is filtered and sorted, and whether it is always present."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from controlhub.sql.conditions import FALSE, Condition, Parameters, all_of, negate
from controlhub.sql.sort_keys import SORTED, sort_key, sort_value
from controlhub.text.identifiers import id_of
from scim.protocol.errors import InvalidFilter
from scim.protocol.match import SUBSTRING, comparable
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.schemas import Attribute, Type
from scim.protocol.values import fold
from scim.resources.queries.bindings import Column, ColumnTest, SortColumn
from scim.resources.queries.comparisons import prefix_test, text_test
from scim.resources.queries.parts import PartsIndex

_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(milliseconds=1)
_BOOLEAN = Attribute("active", Type.BOOLEAN)
Form = Callable[[str], str]


def meta_columns(table: str, resource_type: str, *, has_index_over_created: bool = False) -> tuple[Column, ...]:
    """`meta` and `schemas`, which every resource has."""
    return (
        moment_column("meta.created", f"{table}.created_at", is_indexed=has_index_over_created),
        moment_column("meta.lastModified", f"{table}.modified_at"),
        Column("meta.resourceType", constant_test(resource_type), is_always_present=True),
        Column("meta.location", not_filterable),
        Column("meta.version", not_filterable),
        Column("meta", is_always_present=True),
        Column("schemas", is_always_present=True),
    )


def id_column(column: str) -> Column:
    """The id. Equality uses the index, all other comparisons use its text."""
    return Column("id", partial(_test_id, column), SortColumn(column, "uuid", is_total=True, is_unique=True), True)


def _test_id(column: str, node: Comparison, values: Parameters) -> Condition:
    if node.operator not in {Operator.EQ, Operator.NE}:
        return text_test(f"{column}::text", node.operator, str(node.value), values)
    equal = FALSE
    if wanted := id_of(node.value):
        equal = Condition(f"{column} = {values.add(str(wanted))}::uuid", finds_few=True, is_indexed=True)
    return equal if node.operator is Operator.EQ else negate(equal)


def text_column(path: str, column: str) -> Column:
    """A text column that stores the value itself, or NULL if there is none, with an index for equality."""
    return Column(path, partial(_test_text, column), SortColumn(f'{column} COLLATE "C"'))


def _test_text(column: str, node: Comparison, values: Parameters) -> Condition:
    return _test_key(column, str, str, None, node, values, is_ordered=False)


def key_column(
    path: str, column: str, form: Form, part_form: Form, *, parts: PartsIndex | None = None, is_unique: bool = False
) -> Column:
    """A text column that stores `form(value)`, ordered by code points, with an index in that order.

    `part_form` is the form of a part or end of a stored value, `parts` an index that finds these.
    """

    def test(node: Comparison, values: Parameters) -> Condition:
        return _test_key(column, form, part_form, parts, node, values)

    def scan_test(node: Comparison, values: Parameters) -> Condition:
        return _test_key(column, form, part_form, None, node, values)

    order = SortColumn(column, is_indexed=True, is_total=True, is_unique=is_unique)
    return Column(path, test, order, scan_test=scan_test)


def _test_key(
    column: str,
    form: Form,
    part_form: Form,
    parts: PartsIndex | None,
    node: Comparison,
    values: Parameters,
    *,
    is_ordered: bool = True,
) -> Condition:
    value = (part_form if node.operator in SUBSTRING else form)(str(node.value))
    if node.operator is Operator.SW and is_ordered:
        return prefix_test(column, value, values)
    if node.operator is Operator.NE:
        return negate(text_test(column, Operator.EQ, value, values))
    if node.operator is Operator.EQ:
        return Condition(f"{column} = {values.add(value)}", finds_few=True, is_indexed=True)
    found = text_test(column, node.operator, value, values)
    return parts.narrowed(found, node.operator, fold(value), values) if parts else found


def folded_column(path: str, column: str, *, parts: PartsIndex | None = None, finds_few: bool = False) -> Column:
    """A text column that stores the value itself, or "" if there is none, with an index over its `sort_key`.

    `parts` is an index for `co` and `ew`. `finds_few` means that few rows have the same value.
    """

    def test(node: Comparison, values: Parameters) -> Condition:
        return _test_folded(column, parts, node, values, finds_few=finds_few)

    def scan_test(node: Comparison, values: Parameters) -> Condition:
        return _test_folded(column, None, node, values, finds_few=finds_few)

    order = SortColumn(f"({sort_key(column)})", is_indexed=True, is_total=True)
    return Column(path, test, order, scan_test=scan_test)


def _test_folded(
    column: str, parts: PartsIndex | None, node: Comparison, values: Parameters, *, finds_few: bool
) -> Condition:
    value, key = fold(str(node.value)), f"({sort_key(column)})"

    def found() -> Condition:
        text = text_test(f"controlhub_fold({column})", node.operator, value, values).text
        return Condition(f"{column} <> '' AND {text}")

    if node.operator is Operator.NE:
        equal = Comparison(node.path, Operator.EQ, node.value)
        return negate(_test_folded(column, parts, equal, values, finds_few=finds_few))
    if node.operator is Operator.EQ:
        same = Condition(f"{key} = {values.add(sort_value(value))}", finds_few=finds_few, is_indexed=True)
        return same if len(value) < SORTED else all_of([same, found()])
    if node.operator is Operator.SW:
        begins = prefix_test(key, sort_value(value), values)
        return begins if len(value) <= SORTED else all_of([begins, found()])
    return parts.narrowed(found(), node.operator, value, values) if parts else found()


def boolean_column(path: str, column: str) -> Column:
    """A boolean column with an index over the rows in which it is false."""

    def test(node: Comparison, _values: Parameters) -> Condition:
        value = comparable(node.operator, node.value, _BOOLEAN)
        is_false = Condition(f"NOT {column}", is_looked_up_first=True, is_indexed=True)
        return is_false if value is (node.operator is Operator.NE) else Condition(column, complement=is_false)

    return Column(path, test, SortColumn(column, "boolean", is_total=True), is_always_present=True)


def moment_column(path: str, column: str, *, is_indexed: bool = False) -> Column:
    """A timestamp column, compared as printed, truncated to milliseconds. `is_indexed` means that it has an index.

    The bounds are adjusted instead of the column, so that the comparison is as cheap and any index can serve it.
    """
    attribute = Attribute(path.removeprefix("meta."), Type.DATE_TIME)

    def holds(text: str) -> Condition:
        return Condition(text, is_looked_up_first=is_indexed, is_indexed=is_indexed)

    def test(node: Comparison, values: Parameters) -> Condition:
        moment = comparable(node.operator, node.value, attribute)
        millisecond = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        following = min(millisecond, _LAST) + timedelta(milliseconds=1)
        least = millisecond if moment == millisecond else following  # the first printed value from `moment` on
        if node.operator is Operator.NE:
            return negate(test(Comparison(node.path, Operator.EQ, node.value), values))
        if node.operator is Operator.EQ:
            if moment != millisecond:
                return FALSE
            start, end = values.add(millisecond), values.add(following)
            return holds(f"{column} >= {start}::timestamptz AND {column} < {end}::timestamptz")
        sign = ">=" if node.operator in {Operator.GE, Operator.GT} else "<"
        bound = least if node.operator in {Operator.GE, Operator.LT} else following
        return holds(f"{column} {sign} {values.add(bound)}::timestamptz")

    order = SortColumn(column, "timestamptz", is_indexed=is_indexed, is_total=True)
    return Column(path, test, order, is_always_present=True)


def constant_test(text: str) -> ColumnTest:
    """A test of a value that is the same for every row."""

    def test(node: Comparison, values: Parameters) -> Condition:
        return text_test(f"{values.add(text)}::text", node.operator, str(node.value), values)

    return test


def not_filterable(node: Comparison, _values: Parameters) -> Condition:
    """Reject an attribute whose value is only known when the response is written, such as `meta.location`."""
    raise InvalidFilter(f"'{node.path}' cannot be filtered.")
