"""Random values. They come from the context, so that a run sends what its plan shows."""

from collections.abc import Iterator

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.messages import Message, gettext_noop

MAX_LENGTH = 256
NUMBERS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER_CASE = CAPITALS.lower()
SPECIAL = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"
"""From "Password must meet complexity requirements" (windows-itpro-docs)."""


def guid(arguments: Arguments) -> str:
    return str(arguments.context.uuid(arguments.place))


def random_string(arguments: Arguments) -> str:
    """Characters beyond the minimum numbers are letters and numbers."""
    length = arguments.number(0)
    if not 1 <= length <= MAX_LENGTH:
        message = gettext_noop("The length must be between 1 and %(limit)s.")
        arguments.fail(0, Message(message, {"limit": MAX_LENGTH}))
    avoided = arguments.text(5) or ""
    sets = [_without(characters, avoided) for characters in (NUMBERS, SPECIAL, CAPITALS, LOWER_CASE)]
    numbers = arguments.context.numbers(arguments.place)
    found: list[str] = []
    for index, characters in enumerate(sets, 1):
        found += _draw(arguments, index, characters, numbers)
    if len(found) > length:
        message = gettext_noop("The minimums add up to more than the length %(length)s.")
        arguments.fail(0, Message(message, {"length": length}))
    rest = sets[0] + sets[2] + sets[3]
    if len(found) < length and not rest:
        arguments.fail(5, Message(gettext_noop("Every character is excluded. Exclude fewer characters.")))
    found += [_one(rest, numbers) for _ in range(length - len(found))]
    return "".join(_shuffled(found, numbers))


def _draw(arguments: Arguments, index: int, characters: str, numbers: Iterator[int]) -> list[str]:
    count = arguments.number(index)
    if not 0 <= count <= MAX_LENGTH:
        message = gettext_noop("The minimum must be between 0 and %(limit)s.")
        arguments.fail(index, Message(message, {"limit": MAX_LENGTH}))
    if count and not characters:
        arguments.fail(5, Message(gettext_noop("Every character is excluded. Exclude fewer characters.")))
    return [_one(characters, numbers) for _ in range(count)]


def _one(characters: str, numbers: Iterator[int]) -> str:
    return characters[next(numbers) % len(characters)]


def _shuffled(found: list[str], numbers: Iterator[int]) -> list[str]:
    for last in range(len(found) - 1, 0, -1):
        other = next(numbers) % (last + 1)
        found[last], found[other] = found[other], found[last]
    return found


def _without(characters: str, avoided: str) -> str:
    return "".join(character for character in characters if character not in avoided)


FUNCTIONS = (
    Function("Guid", (), guid, "Guid()"),
    Function(
        "RandomString",
        (
            Parameter("Length", Kind.NUMBER),
            Parameter("MinimumNumbers", Kind.NUMBER),
            Parameter("MinimumSpecialCharacters", Kind.NUMBER),
            Parameter("MinimumCapital", Kind.NUMBER),
            Parameter("MinimumLowerCase", Kind.NUMBER),
            Parameter("CharactersToAvoid", is_required=False),
        ),
        random_string,
        'RandomString(10,2,2,2,1,"?,")',
    ),
)
