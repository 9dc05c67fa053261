"""Functions that control what happens to a value, instead of computing one."""

from enum import Enum
from typing import cast

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import Value, is_empty


class Flow(Enum):
    """What the outermost function may return instead of a value."""

    IGNORE = "ignore"


IGNORE = cast(Value, Flow.IGNORE)
"""Neither send the attribute nor remove it."""


def ignore_flow(arguments: Arguments) -> Value:
    value = arguments.value(0)
    return IGNORE if is_empty(value) else value


def redact(arguments: Arguments) -> Value:
    """Returns the value itself; logs show `[Redact]` instead."""
    return arguments.value(0)


def select_unique_value(arguments: Arguments) -> Value:
    """The first candidate that is not empty. The target is not asked whether it already has that value."""
    for index in range(arguments.count):
        if not is_empty(value := arguments.value(index)):
            return value
    return None


def default_domain(arguments: Arguments) -> Value:
    if not arguments.context.default_domain:
        arguments.fail(
            0, Message(gettext_noop("The organization has no default domain. Write the domain as a string."))
        )
    return arguments.context.default_domain


def _needs_two(given: list[bool]) -> str | None:
    return gettext_noop("%(name)s needs at least two candidates.") if len(given) < 2 else None


FUNCTIONS = (
    Function("DefaultDomain", (), default_domain, 'Join("@", [mailNickname], DefaultDomain())'),
    Function(
        "IgnoreFlowIfNullOrEmpty",
        (Parameter("Expression", Kind.ANY),),
        ignore_flow,
        "IgnoreFlowIfNullOrEmpty([department])",
        is_top_level=True,
    ),
    Function("Redact", (Parameter("attribute/value", Kind.ANY),), redact, "Redact([userPrincipalName])"),
    Function(
        "SelectUniqueValue",
        (Parameter("uniqueValueRule", Kind.ANY),),
        select_unique_value,
        'SelectUniqueValue(Join(".", [givenName], [surname]), Join(".", Left([givenName], 1), [surname]))',
        repeating=1,
        is_top_level=True,
        check=_needs_two,
    ),
)
