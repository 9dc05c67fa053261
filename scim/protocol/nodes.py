"""The frozen syntax tree of filters and PATCH paths (RFC 7644 §3.4.2.2, §3.5.2), and its text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

Scalar = str | int | float | bool | None


class Operator(StrEnum):
    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


@dataclass(frozen=True, slots=True)
class AttributePath:
    """`urn:name.sub` as it was written. The schema compares names case-insensitively."""

    name: str
    sub: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        text = f"{self.name}.{self.sub}" if self.sub else self.name
        return f"{self.urn}:{text}" if self.urn else text


@dataclass(frozen=True, slots=True)
class Comparison:
    path: AttributePath
    operator: Operator
    value: Scalar

    def __str__(self) -> str:
        return f"{self.path} {self.operator} {json.dumps(self.value)}"


@dataclass(frozen=True, slots=True)
class Present:
    path: AttributePath

    def __str__(self) -> str:
        return f"{self.path} pr"


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Node, ...]

    def __str__(self) -> str:
        return " and ".join(f"({term})" if isinstance(term, And | Or) else str(term) for term in self.terms)


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(f"({term})" if isinstance(term, Or) else str(term) for term in self.terms)


@dataclass(frozen=True, slots=True)
class Not:
    term: Node

    def __str__(self) -> str:
        return f"not ({self.term})"


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`emails[type eq "work"]`: the whole condition must hold for the same element."""

    path: AttributePath
    condition: Node

    def __str__(self) -> str:
        return f"{self.path}[{self.condition}]"


@dataclass(frozen=True, slots=True)
class PatchPath:
    """`path`, `path[condition]` or `path[condition].sub` of a PATCH operation."""

    path: AttributePath
    condition: Node | None = None
    sub: str | None = None

    def __str__(self) -> str:
        condition = f"[{self.condition}]" if self.condition else ""
        return f"{self.path}{condition}{f'.{self.sub}' if self.sub else ''}"


Node = Comparison | Present | And | Or | Not | ValuePath


def count_terms(node: Node) -> int:
    """The number of comparisons that a condition makes per element."""
    match node:
        case And(terms) | Or(terms):
            return sum(count_terms(term) for term in terms)
        case Not(term):
            return count_terms(term)
        case ValuePath(_, condition):
            return count_terms(condition)
        case _:
            return 1


def attribute_paths(node: Node) -> Iterator[AttributePath]:
    """The attributes in a filter, except those in brackets, which belong to the attribute before them."""
    match node:
        case And(terms) | Or(terms):
            for term in terms:
                yield from attribute_paths(term)
        case Not(term):
            yield from attribute_paths(term)
        case _:
            yield node.path
