"""Comparisons of a single value as SQL."""

from datetime import datetime
from typing import Any

from controlhub.sql.conditions import Condition, Parameters
from scim.protocol.match import comparable
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.schemas import Attribute, Type


def compare_text(text: str, attribute: Attribute, node: Comparison, values: Parameters) -> Condition:
    """Compare a stored value, given as text, according to the attribute's type."""
    wanted = comparable(node.operator, node.value, attribute)
    if isinstance(wanted, datetime):
        return _typed(moment(text), "timestamptz", node.operator, wanted, values)
    if attribute.type in {Type.INTEGER, Type.DECIMAL}:
        return _typed(f"{text}::numeric", "numeric", node.operator, wanted, values)
    if attribute.type is Type.BOOLEAN:
        return _typed(f"{text}::boolean", "boolean", node.operator, wanted, values)
    folded = text if attribute.case_exact else f"controlhub_fold({text})"
    return text_test(folded, node.operator, wanted, values)


def moment(text: str) -> str:
    """A stored xsd:dateTime as timestamptz, truncated to microseconds like `parse_date_time`. A cast would round."""
    return f"regexp_replace({text}, '(\\.\\d{{6}})\\d+', '\\1')::timestamptz"


def _typed(expression: str, cast: str, operator: Operator, value: Any, values: Parameters) -> Condition:
    return Condition(f"{expression} {SIGNS[operator]} {values.add(value)}::{cast}")


def prefix_test(column: str, prefix: str, values: Parameters) -> Condition:
    """A column in code point order begins with `prefix`. This is a range, so that one plan serves any prefix."""
    following = after_prefix(prefix)
    if following is None:
        return Condition(f"starts_with({column}, {values.add(prefix)})")
    text = f"{column} >= {values.add(prefix)} AND {column} < {values.add(following)}"
    return Condition(text, is_looked_up_first=True, is_indexed=True)


def after_prefix(prefix: str) -> str | None:
    """The smallest string greater than all strings that begin with `prefix`; None if there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)


def text_test(expression: str, operator: Operator, value: str, values: Parameters) -> Condition:
    """A comparison of text by code points."""
    wanted = values.add(value)
    if operator is Operator.CO:
        return Condition(f"strpos({expression}, {wanted}) > 0")
    if operator is Operator.SW:
        return Condition(f"starts_with({expression}, {wanted})")
    if operator is Operator.EW:
        return Condition(f"right({expression}, length({wanted}::text)) = {wanted}")
    if operator in {Operator.EQ, Operator.NE}:
        return Condition(f"{expression} {SIGNS[operator]} {wanted}")  # no collation, so that any index serves it
    return Condition(f'{expression} COLLATE "C" {SIGNS[operator]} {wanted}')


SIGNS = {
    Operator.EQ: "=",
    Operator.NE: "<>",
    Operator.GT: ">",
    Operator.GE: ">=",
    Operator.LT: "<",
    Operator.LE: "<=",
}
