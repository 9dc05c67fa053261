"""Parses filters and paths (the ABNF of RFC 7644 §3.4.2.2 and §3.5.2) with a tokenizer and recursive descent.

Errata applied: 4690 (`not` may be followed by spaces), 5990 (value paths are allowed in `and`/`or`).
Beyond the ABNF: `emails[type eq "work"].value eq "x"`, which Entra sends to match users, means
`emails[type eq "work" and value eq "x"]`.
Precedence, lowest first: or, and, not. Parentheses group. Operators are case-insensitive.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from scim.protocol.errors import InvalidFilter, InvalidPath, ScimError
from scim.protocol.nodes import (
    And,
    AttributePath,
    Comparison,
    Node,
    Not,
    Operator,
    Or,
    PatchPath,
    Present,
    Scalar,
    ValuePath,
)

MAX_LENGTH = 8_192
REMEMBERED_LENGTH = 128
MAX_DIGITS = 40
MAX_DEPTH = 32
MAX_TERMS = 200

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
      | (?P<punctuation>[()\[\]])
      | (?P<dot>\.(?=[A-Za-z$]))
      | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.:$-]))
      | (?P<word>[A-Za-z$][\w$:.-]*)
    """,
    re.VERBOSE | re.ASCII,
)
_NAME = re.compile(r"\$?[A-Za-z][\w-]*\Z", re.ASCII)
_URN_TAIL = re.compile(r"(?P<urn>[uU][rR][nN]:.+):(?P<rest>[^:]+)\Z", re.DOTALL)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def parse_filter(text: str) -> Node:
    """The syntax tree of a filter. Raises InvalidFilter with the position of the error."""
    if not text.strip():
        raise InvalidFilter("The filter is empty. Leave out 'filter' to list all resources.")
    parser = _Parser(text, InvalidFilter)
    node = parser.disjunction(inside=False)
    parser.expect_end()
    return node


def parse_patch_path(text: str) -> PatchPath:
    """The target of a PATCH operation. Raises InvalidPath. Cached, because clients repeat the same few paths."""
    return _remembered_path(text) if len(text) <= REMEMBERED_LENGTH else _patch_path(text)


def _patch_path(text: str) -> PatchPath:
    parser = _Parser(text, InvalidPath)
    path = parser.attribute_path()
    if parser.peek() != "[":
        parser.expect_end()
        return PatchPath(path)
    if path.sub and not path.urn:  # after a URN, only the schema knows which part is the attribute
        parser.fail("a sub-attribute cannot carry a value filter")
    condition = parser.bracket()
    sub = parser.sub_attribute() if parser.kind() == "dot" else None
    parser.expect_end()
    return PatchPath(path, condition, sub)


_remembered_path = lru_cache(maxsize=1_024)(_patch_path)


def parse_attribute_path(text: str) -> AttributePath:
    """One attribute name, as in `attributes=` or `sortBy`. Raises InvalidPath."""
    parser = _Parser(text, InvalidPath)
    path = parser.attribute_path()
    parser.expect_end()
    return path


def split_urn(text: str) -> tuple[str | None, str]:
    """Split `urn:…:User:name.sub` into its URN and the rest. The dot in the version is not a separator."""
    match = _URN_TAIL.match(text)
    return (match["urn"], match["rest"]) if match else (None, text)


class _Parser:
    def __init__(self, text: str, error: type[ScimError]) -> None:
        self._error = error
        self._text = text
        self._depth = 0
        self._terms = 0
        if len(text) > MAX_LENGTH:
            raise error(f"The expression is longer than {MAX_LENGTH} characters.")
        self._tokens = list(self._tokenize(text))
        self._index = 0
        if not self._tokens:
            raise error("The path is empty. Name an attribute.")

    # --- tokens ---
    def _tokenize(self, text: str) -> Iterator[_Token]:
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if not match:
                raise self._error(f"Unexpected character at position {position + 1}. Put strings in double quotes.")
            if match.lastgroup != "blank":
                yield _Token(str(match.lastgroup), match.group(), position)
            position = match.end()

    def peek(self) -> str | None:
        return self._tokens[self._index].text if self._index < len(self._tokens) else None

    def kind(self) -> str | None:
        return self._tokens[self._index].kind if self._index < len(self._tokens) else None

    def take(self) -> str:
        """Consume the current token and return its text. The caller knows its kind."""
        self._index += 1
        return self._tokens[self._index - 1].text

    def take_word(self) -> str:
        if self.kind() != "word":
            self.fail("an attribute name is missing")
        return self.take()

    def expect(self, text: str) -> None:
        if self.peek() != text:
            self.fail(f"'{text}' is missing")
        self._index += 1

    def expect_end(self) -> None:
        if self.peek() is not None:
            self.fail("unexpected text after the end of the expression")

    def fail(self, reason: str) -> NoReturn:
        at = self._tokens[self._index].position + 1 if self._index < len(self._tokens) else len(self._text) + 1
        raise self._error(f"At position {at}: {reason}.")

    def _is_keyword(self, keyword: str) -> bool:
        return self.kind() == "word" and str(self.peek()).lower() == keyword

    # --- grammar ---
    def disjunction(self, *, inside: bool) -> Node:
        terms = [self.conjunction(inside=inside)]
        while self._is_keyword("or"):
            self.take()
            terms.append(self.conjunction(inside=inside))
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def conjunction(self, *, inside: bool) -> Node:
        terms = [self.term(inside=inside)]
        while self._is_keyword("and"):
            self.take()
            terms.append(self.term(inside=inside))
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def term(self, *, inside: bool) -> Node:
        if self._is_keyword("not") and self._next_is("("):
            self.take()
            return Not(self.group(inside=inside))
        if self.peek() == "(":
            return self.group(inside=inside)
        return self.attribute_expression(inside=inside)

    def _next_is(self, text: str) -> bool:
        return self._index + 1 < len(self._tokens) and self._tokens[self._index + 1].text == text

    def group(self, *, inside: bool) -> Node:
        self.expect("(")
        self._enter()
        node = self.disjunction(inside=inside)
        self._depth -= 1
        self.expect(")")
        return node

    def bracket(self) -> Node:
        self.expect("[")
        self._enter()
        node = self.disjunction(inside=True)
        self._depth -= 1
        self.expect("]")
        return node

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail(f"nested deeper than {MAX_DEPTH} levels")

    def attribute_expression(self, *, inside: bool) -> Node:
        self._terms += 1
        if self._terms > MAX_TERMS:
            self.fail(f"more than {MAX_TERMS} conditions")
        path = self.attribute_path()
        if self.peek() == "[":
            if inside:
                self.fail("a value filter cannot contain another one")
            condition = self.bracket()
            if self.kind() != "dot":
                return ValuePath(path, condition)
            return ValuePath(path, And((condition, self.test(AttributePath(self.sub_attribute())))))
        return self.test(path)

    def test(self, path: AttributePath) -> Node:
        if self._is_keyword("pr"):
            self.take()
            return Present(path)
        return Comparison(path, self.operator(), self.value())

    def sub_attribute(self) -> str:
        """Parse `.value` after a bracket."""
        self.expect(".")
        name = self.take_word()
        if not _NAME.match(name):
            self.fail(f"'{name}' is not a sub-attribute name")
        return name

    def operator(self) -> Operator:
        word = self.take_word() if self.kind() == "word" else self.fail("an operator is missing")
        try:
            return Operator(word.lower())
        except ValueError:
            self._index -= 1
            self.fail("an operator is missing: eq, ne, co, sw, ew, gt, ge, lt, le or pr")

    def value(self) -> Scalar:
        kind = self.kind()
        if kind in {"string", "number"}:
            return self._json(self.take())
        if kind == "word" and str(self.peek()).lower() in _CONSTANTS:
            return _CONSTANTS[self.take().lower()]
        self.fail('a value is missing: a string in double quotes such as "x", a number, true, false or null')

    def _json(self, text: str) -> Scalar:
        if len(text) > MAX_DIGITS and not text.startswith('"'):
            self.fail("the number is too long")
        value: Scalar = json.loads(text)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            self.fail("the number is too large")
        if isinstance(value, str) and _UNSTORABLE.search(value):
            self.fail("the string holds a character that cannot be stored")
        if isinstance(value, float) and value in {float("inf"), float("-inf")}:
            self.fail("the number is too large")
        return value

    def attribute_path(self) -> AttributePath:
        """Parse a name, `name.sub`, or either of them after a URN.

        The part after the last colon may belong to the URN, as in `urn:example:badge:2.0` or, with a dot before the
        attribute, `urn:example:badge:2.0.number`. It is then left in `name` for the schema to resolve.
        """
        word = self.take_word()
        urn, rest = split_urn(word)
        name, _, sub = rest.partition(".")
        if _NAME.match(name) and ("." not in rest or _NAME.match(sub)):
            return AttributePath(name, sub or None, urn)
        if urn is None or ".." in rest or rest.endswith("."):
            self._index -= 1
            self.fail(f"'{word}' is not an attribute name")
        return AttributePath(rest, None, urn)
