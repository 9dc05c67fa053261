"""The frozen syntax tree of an expression, and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from directory.provisioning.expressions.signatures import Function

_ESCAPED = re.compile(r'(["\\])')


@dataclass(frozen=True, slots=True)
class Literal:
    """A string in quotation marks, or a whole number."""

    value: str | int
    start: int = field(compare=False, default=0)

    def __str__(self) -> str:
        return str(self.value) if isinstance(self.value, int) else quoted(self.value)


@dataclass(frozen=True, slots=True)
class Word:
    """A constant without quotation marks, such as `vbTextCompare`."""

    name: str
    start: int = field(compare=False, default=0)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Reference:
    """`[attribute]`."""

    name: str
    start: int = field(compare=False, default=0)

    def __str__(self) -> str:
        return f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Omitted:
    """An argument that was left empty."""

    start: int = field(compare=False, default=0)

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left = right`, and with `<>`, `>`, `>=`, `<`, `<=`."""

    left: Node
    operator: str
    right: Node
    start: int = field(compare=False, default=0)

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True, slots=True)
class Call:
    function: Function
    arguments: tuple[Node, ...]
    start: int = field(compare=False, default=0)

    def __str__(self) -> str:
        return f"{self.function.name}({', '.join(map(str, self.arguments))})"


Node: TypeAlias = "Literal | Word | Reference | Omitted | Comparison | Call"


def quoted(text: str) -> str:
    """A string as a constant of an expression."""
    return '"' + _ESCAPED.sub(r"\\\1", text) + '"'


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Comparison(left, _, right):
            return left, right
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(children(node))
