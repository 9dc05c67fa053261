"""The frozen syntax tree of filters and PATCH paths (RFC 7644 §3.4.2.2, §3.5.2)."""

from __future__ import annotations

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
    """`urn:name.sub` as it was written; names are compared without case by the schema."""

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


@dataclass(frozen=True, slots=True)
class Present:
    path: AttributePath


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    term: Node


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`emails[type eq "work"]`: the condition holds for one and the same element."""

    path: AttributePath
    condition: Node


@dataclass(frozen=True, slots=True)
class PatchPath:
    """`path`, `path[condition]` or `path[condition].sub` of a PATCH operation."""

    path: AttributePath
    condition: Node | None = None
    sub: str | None = None


Node = Comparison | Present | And | Or | Not | ValuePath
