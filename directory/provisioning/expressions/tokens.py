"""Splits the text of an expression into tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from directory.provisioning.expressions.errors import ParseError
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import MAX_DIGITS, is_storable

MAX_LENGTH = 10_000
"""The maximum number of characters of an expression (entra-docs, customize-application-attributes)."""
MAX_NAME = 256

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<attribute>\[[^\[\]"]*\])
      | (?P<hexadecimal>&[hH][0-9a-fA-F]+)
      | (?P<number>-?[0-9]+)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator><>|>=|<=|=|>|<)
      | (?P<punctuation>[(),])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_HINTS = {
    '"': gettext_noop('The string has no closing quotation mark. Write \\" for a quotation mark in a string.'),
    "[": gettext_noop("The attribute has no closing bracket. Write an attribute as [userPrincipalName]."),
    "'": gettext_noop('Strings are written in double quotation marks, such as "Sales".'),
    "“": gettext_noop('Replace the curly quotation marks with straight ones, such as "Sales".'),
    "”": gettext_noop('Replace the curly quotation marks with straight ones, such as "Sales".'),
    "&": gettext_noop("Join strings with the function Join or Append instead of &. Hexadecimal numbers start with &H."),
    "+": gettext_noop("Join strings with the function Join or Append instead of +."),
}


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is the text between the quotation marks or brackets, the number, or the text itself."""

    kind: str
    value: str | int
    start: int


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, ending with one of the kind `end`; raises ParseError."""
    if len(text) > MAX_LENGTH:
        message = gettext_noop("The expression has %(length)s characters. %(limit)s are allowed.")
        raise ParseError(Message(message, {"length": len(text), "limit": MAX_LENGTH}), text, MAX_LENGTH)
    if not is_storable(text):
        raise ParseError(Message(gettext_noop("The expression contains characters that cannot be stored.")), text, 0)
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise ParseError(_unexpected(text[position]), text, position)
        if match.lastgroup != "blank":
            yield _token(str(match.lastgroup), match[0], text, position)
        position = match.end()
    yield Token("end", "", position)


def _unexpected(character: str) -> Message:
    if character in _HINTS:
        return Message(_HINTS[character])
    return Message(gettext_noop("“%(character)s” is not part of an expression."), {"character": character})


def _token(kind: str, found: str, text: str, start: int) -> Token:
    if kind == "string":
        return Token(kind, _unescaped(found, text, start), start)
    if kind == "attribute":
        return Token(kind, _attribute(found, text, start), start)
    if kind in {"number", "hexadecimal"}:
        if len(found) > MAX_DIGITS:
            raise ParseError(Message(gettext_noop("The number is too large.")), text, start)
        return Token("number", int(found) if kind == "number" else int(found[2:], 16), start)
    return Token(found if kind == "punctuation" else kind, found, start)


def _attribute(found: str, text: str, start: int) -> str:
    name = found[1:-1].strip()
    if not name:
        raise ParseError(Message(gettext_noop("Name an attribute, such as [userPrincipalName].")), text, start)
    if len(name) > MAX_NAME:
        message = Message(
            gettext_noop("The name of an attribute can have at most %(limit)s characters."), {"limit": MAX_NAME}
        )
        raise ParseError(message, text, start)
    return name


def _unescaped(found: str, text: str, start: int) -> str:
    """The value of a string constant, in which a backslash may escape only a quotation mark or another backslash."""
    for escape in _ESCAPE.finditer(found):
        if escape[1] not in '"\\':
            message = gettext_noop("A backslash in a string is written twice: \\\\%(character)s.")
            raise ParseError(Message(message, {"character": escape[1]}), text, start + escape.start())
    return _ESCAPE.sub(r"\1", found[1:-1])
