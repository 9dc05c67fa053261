"""Conditions and choices. Only the chosen branch is evaluated."""

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.messages import gettext_noop
from directory.provisioning.values import Value, integer_of, is_empty, text_of


def coalesce(arguments: Arguments) -> Value:
    for index in range(arguments.count):
        if (value := arguments.value(index)) is not None:
            return value
    return None


def iif(arguments: Arguments) -> Value:
    return arguments.value(1 if is_true(arguments, 0) else 2)


def switch(arguments: Arguments) -> Value:
    """Null counts as the empty string, and Booleans as `True` and `False`."""
    source = arguments.text(0) or ""
    for index in range(2, arguments.count - 1, 2):
        if (arguments.text(index) or "") == source:
            return arguments.value(index + 1)
    return arguments.value(1)


def cbool(arguments: Arguments) -> bool:
    return is_true(arguments, 0)


def not_(arguments: Arguments) -> bool:
    return not is_true(arguments, 0)


def is_null(arguments: Arguments) -> bool:
    return arguments.value(0) is None


def is_null_or_empty(arguments: Arguments) -> bool:
    return is_empty(arguments.value(0))


def is_present(arguments: Arguments) -> bool:
    return not is_empty(arguments.value(0))


def is_string(arguments: Arguments) -> bool:
    return text_of(arguments.value(0)) is not None


def is_true(arguments: Arguments, index: int) -> bool:
    """Whether the argument is `True`, `"true"`, or a number other than 0."""
    known = arguments.boolean(index)
    return known if known is not None else bool(integer_of(arguments.value(index)))


def _needs_pairs(given: list[bool]) -> str | None:
    if len(given) % 2:
        return gettext_noop("%(name)s needs a value for each key: the number of arguments must be even.")
    return None


_EXPRESSION = (Parameter("Expression", Kind.ANY),)
FUNCTIONS = (
    Function("CBool", _EXPRESSION, cbool, "CBool([attribute1] = [attribute2])"),
    Function(
        "Coalesce", (Parameter("source", Kind.ANY),), coalesce, "Coalesce([mail], [userPrincipalName])", repeating=1
    ),
    Function(
        "IIF",
        (
            Parameter("condition", Kind.ANY),
            Parameter("valueIfTrue", Kind.ANY),
            Parameter("valueIfFalse", Kind.ANY),
        ),
        iif,
        'IIF([country]="USA",[country],[department])',
    ),
    Function("IsNull", _EXPRESSION, is_null, "IsNull([displayName])"),
    Function("IsNullOrEmpty", _EXPRESSION, is_null_or_empty, "IsNullOrEmpty([displayName])"),
    Function("IsPresent", _EXPRESSION, is_present, "IsPresent([displayName])"),
    Function("IsString", _EXPRESSION, is_string, "IsString([displayName])"),
    Function("Not", (Parameter("source", Kind.ANY),), not_, "Not([IsSoftDeleted])"),
    Function(
        "Switch",
        (
            Parameter("source"),
            Parameter("defaultValue", Kind.ANY, is_required=False),
            Parameter("key"),
            Parameter("value", Kind.ANY),
        ),
        switch,
        'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
        repeating=2,
        check=_needs_pairs,
    ),
)
