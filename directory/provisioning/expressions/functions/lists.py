"""Functions of multi-valued attributes."""

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import MAX_TEXT, MAX_VALUES, Value, is_empty, text_of


def count(arguments: Arguments) -> int:
    return len(arguments.values(0))


def item(arguments: Arguments) -> Value:
    index, values = arguments.number(1), arguments.values(0)
    if index < 1:
        arguments.fail(1, Message(gettext_noop("The index must be at least 1. The first value has index 1.")))
    return values[index - 1] if index <= len(values) else None


def join(arguments: Arguments) -> Value:
    """Empty values are left out, without a separator. The values of a list are joined, too."""
    separator = arguments.text(0) or ""
    parts: list[str] = []
    size = 0
    for index in range(1, arguments.count):
        for value in arguments.values(index):
            text = text_of(value)
            if text is None and not is_empty(value):
                arguments.fail(index, Message(gettext_noop("This is an object, which cannot be joined.")))
            if text:
                parts.append(text)
                size += len(text) + len(separator)
            if size > MAX_TEXT + len(separator):
                message = gettext_noop("The text has more than %(limit)s characters.")
                arguments.fail(index, Message(message, {"limit": MAX_TEXT}))
    return separator.join(parts) if parts else None


def remove_duplicates(arguments: Arguments) -> Value:
    """Keeps the first of equal values. Strings are compared exactly, because SMTP: and smtp: mean different things."""
    found: dict[str, Value] = {}
    for value in arguments.values(0):
        found.setdefault(repr(value), value)
    return list(found.values()) or None


def split(arguments: Arguments) -> Value:
    """Spaces around a value are removed, and empty values are left out."""
    source, delimiter = arguments.text(0), arguments.text(1)
    if not source:
        return None
    if not delimiter:
        arguments.fail(1, Message(gettext_noop("The delimiter is empty.")))
    parts = source.split(delimiter, MAX_VALUES)
    if len(parts) > MAX_VALUES:
        message = gettext_noop("The list has more than %(limit)s values.")
        arguments.fail(0, Message(message, {"limit": MAX_VALUES}))
    return [part.strip() for part in parts if part.strip()] or None


FUNCTIONS = (
    Function("Count", (Parameter("attribute", Kind.LIST),), count, "Count([proxyAddresses])"),
    Function(
        "Item",
        (Parameter("attribute", Kind.LIST), Parameter("index", Kind.NUMBER)),
        item,
        "Item([proxyAddresses], 1)",
    ),
    Function(
        "Join",
        (Parameter("separator"), Parameter("source", Kind.ANY)),
        join,
        'Join(" ", [givenName], [surname])',
        repeating=1,
    ),
    Function(
        "RemoveDuplicates",
        (Parameter("attribute", Kind.LIST),),
        remove_duplicates,
        "RemoveDuplicates([proxyAddresses])",
    ),
    Function("Split", (Parameter("source"), Parameter("delimiter")), split, 'Split([extensionAttribute5], ",")'),
)
