"""Scoping filters: which people an application gets, by their attributes.

All clauses of at least one group must match. A clause about an attribute without a value does not match, except
IS NULL. Source: entra-docs, define-conditional-rules-for-provisioning-user-accounts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from directory.provisioning.attributes import named
from directory.provisioning.expressions.patterns import PatternError, compile_pattern
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import Source, Value, boolean_of, integer_of, is_empty, is_storable, text_of

MAX_GROUPS = 50
MAX_CLAUSES = 50
"""The maximum number of clauses in one group."""
MAX_LENGTH = 2_000
"""The maximum number of characters of a name or value."""
_NOT_FILTERED = {"memberof", "ismemberof", "members", "approleassignments"}


class Operator(StrEnum):
    """The operators, with Entra's names."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT EQUALS"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"
    REGEX_MATCH = "REGEX MATCH"
    NOT_REGEX_MATCH = "NOT REGEX MATCH"
    GREATER_THAN = "Greater_Than"
    GREATER_THAN_OR_EQUALS = "Greater_Than_OR_EQUALS"
    INCLUDES = "Includes"
    ENDS_WITH = "ENDS_WITH"
    IN = "&"
    """The value of the clause contains the value of the attribute."""
    NOT_IN = "!&"

    @property
    def has_value(self) -> bool:
        return self not in _WITHOUT_VALUE


_WITHOUT_VALUE = {Operator.IS_TRUE, Operator.IS_FALSE, Operator.IS_NULL, Operator.IS_NOT_NULL}
_PATTERNS = {Operator.REGEX_MATCH, Operator.NOT_REGEX_MATCH}
_NUMBERS = {Operator.GREATER_THAN, Operator.GREATER_THAN_OR_EQUALS}
_BY_LOWER_NAME = {str(operator).lower(): operator for operator in Operator}


class ScopeError(Exception):
    """A filter that is not valid. `group` and `clause` are indexes from 0, None if they do not apply."""

    def __init__(self, message: Message, group: int | None = None, clause: int | None = None, field: str = "") -> None:
        self.message = message
        self.group = group
        self.clause = clause
        self.field = field
        super().__init__(str(message))


@dataclass(frozen=True)
class Clause:
    """One condition on one attribute. JSON: `{"attribute": …, "operator": "EQUALS", "value": …}`."""

    attribute: str
    operator: Operator
    value: str = ""

    def __str__(self) -> str:
        return f"{self.attribute} {self.operator} {self.value}".rstrip()

    def holds(self, source: Source) -> bool:
        value = source.get(self.attribute)
        if self.operator is Operator.IS_NULL:
            return is_empty(value)
        if is_empty(value) or (isinstance(value, list) and len(value) > 1):
            return self.operator is Operator.IS_NOT_NULL and not is_empty(value)
        return _TESTS[self.operator](value, self.value)

    def to_json(self) -> dict[str, str]:
        return {"attribute": self.attribute, "operator": str(self.operator), "value": self.value}


@dataclass(frozen=True)
class Group:
    """Clauses that must all match. JSON: `{"name": …, "clauses": […]}`."""

    name: str
    clauses: tuple[Clause, ...]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "clauses": [clause.to_json() for clause in self.clauses]}


@dataclass(frozen=True)
class Decision:
    """Whether an object is in scope, and why: the group that matches, or the first clause of each that does not."""

    is_in_scope: bool
    group: Group | None = None
    failed: tuple[tuple[Group, Clause], ...] = ()

    @property
    def message(self) -> Message:
        if self.group:
            return Message(gettext_noop("In scope: the filter “%(group)s” applies."), {"group": self.group.name})
        if self.is_in_scope:
            return Message(gettext_noop("In scope: there is no scoping filter."))
        clauses = "; ".join(str(clause) for _, clause in self.failed)
        return Message(gettext_noop("Out of scope: %(clauses)s does not apply."), {"clauses": clauses})


@dataclass(frozen=True)
class ScopingFilter:
    """Groups of clauses, one of which must match. Without groups, everything is in scope. JSON: `{"groups": […]}`."""

    groups: tuple[Group, ...] = ()

    def matches(self, source: Source) -> Decision:
        failed: list[tuple[Group, Clause]] = []
        for group in self.groups:
            clause = next((clause for clause in group.clauses if not clause.holds(source)), None)
            if clause is None:
                return Decision(True, group)
            failed.append((group, clause))
        return Decision(not failed, None, tuple(failed))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of the source attributes, each once."""
        return tuple(dict.fromkeys(clause.attribute for group in self.groups for clause in group.clauses))

    def to_json(self) -> dict[str, Any]:
        return {"groups": [group.to_json() for group in self.groups]}

    @classmethod
    def from_json(cls, document: Any) -> "ScopingFilter":
        """The filter in a JSON object; raises ScopeError for the first clause that is wrong."""
        groups = document.get("groups", []) if isinstance(document, Mapping) else None
        if not isinstance(groups, list) or len(groups) > MAX_GROUPS:
            message = gettext_noop("A scoping filter can have a list of at most %(limit)s groups.")
            raise ScopeError(Message(message, {"limit": MAX_GROUPS}))
        return cls(tuple(_group(each, index) for index, each in enumerate(groups)))


def _group(document: Any, index: int) -> Group:
    clauses = document.get("clauses") if isinstance(document, Mapping) else None
    if not isinstance(clauses, list) or not 1 <= len(clauses) <= MAX_CLAUSES:
        message = gettext_noop("A filter needs between 1 and %(limit)s clauses.")
        raise ScopeError(Message(message, {"limit": MAX_CLAUSES}), index)
    name = document.get("name") or ""
    if not isinstance(name, str) or len(name) > MAX_LENGTH:
        raise ScopeError(Message(gettext_noop("The title must be a string.")), index, None, "name")
    return Group(name or str(index + 1), tuple(_clause(each, index, place) for place, each in enumerate(clauses)))


def _clause(document: Any, group: int, index: int) -> Clause:
    if not isinstance(document, Mapping):
        raise ScopeError(Message(gettext_noop("A clause must be an object.")), group, index)
    texts = {name: document.get(name) or "" for name in ("attribute", "operator", "value")}
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > MAX_LENGTH or not is_storable(text):
            message = gettext_noop("This must be a string of at most %(limit)s characters.")
            raise ScopeError(Message(message, {"limit": MAX_LENGTH}), group, index, name)
    operator = _BY_LOWER_NAME.get(texts["operator"].strip().lower())
    if operator is None:
        message = gettext_noop("There is no operator “%(operator)s”. Use one of %(operators)s.")
        values = {"operator": texts["operator"], "operators": ", ".join(Operator)}
        raise ScopeError(Message(message, values), group, index, "operator")
    clause = Clause(texts["attribute"].strip(), operator, texts["value"] if operator.has_value else "")
    if found := _problem(clause):
        raise ScopeError(found[1], group, index, found[0])
    return clause


def _problem(clause: Clause) -> tuple[str, Message] | None:
    """The field of a clause that is wrong, and why; None if the clause is valid."""
    attribute = named(clause.attribute)
    if not clause.attribute:
        return "attribute", Message(gettext_noop("Choose an attribute."))
    if clause.attribute.lower() in _NOT_FILTERED:
        message = gettext_noop("%(name)s cannot be used in a filter. Assign groups to the application instead.")
        return "attribute", Message(message, {"name": clause.attribute})
    if attribute and attribute.multi_valued:
        message = gettext_noop("%(name)s has several values, which cannot be used in a filter.")
        return "attribute", Message(message, {"name": clause.attribute})
    if clause.operator.has_value and not clause.value:
        return "value", Message(gettext_noop("Enter a value. To find empty attributes, use IS NULL."))
    if clause.operator in _NUMBERS and integer_of(clause.value) is None:
        return "value", Message(gettext_noop("Enter a whole number."))
    if clause.operator in _PATTERNS:
        try:
            compile_pattern(clause.value)
        except PatternError as error:
            return "value", error.message
    return None


def _compares(test: Callable[[str, str], bool]) -> Callable[[Value, str], bool]:
    return lambda value, expected: test(text_of(value) or "", expected)


def _matches(value: Value, pattern: str) -> bool:
    """The whole value must match: otherwise the three examples in Microsoft's documentation would be wrong."""
    text = text_of(value) or ""
    return is_storable(text) and compile_pattern(pattern).matches_all(text)


def _is_greater(value: Value, limit: str, *, or_equal: bool) -> bool:
    number, least = integer_of(value), integer_of(limit)
    if number is None or least is None:
        return False
    return number > least or (or_equal and number == least)


_TESTS: dict[Operator, Callable[[Value, str], bool]] = {
    Operator.EQUALS: _compares(lambda text, expected: text == expected),
    Operator.NOT_EQUALS: _compares(lambda text, expected: text != expected),
    Operator.IS_TRUE: lambda value, _: boolean_of(value) is True,
    Operator.IS_FALSE: lambda value, _: boolean_of(value) is False,
    Operator.IS_NOT_NULL: lambda _value, _: True,
    Operator.REGEX_MATCH: _matches,
    Operator.NOT_REGEX_MATCH: lambda value, pattern: not _matches(value, pattern),
    Operator.GREATER_THAN: lambda value, limit: _is_greater(value, limit, or_equal=False),
    Operator.GREATER_THAN_OR_EQUALS: lambda value, limit: _is_greater(value, limit, or_equal=True),
    Operator.INCLUDES: _compares(lambda text, expected: expected in text),
    Operator.ENDS_WITH: _compares(lambda text, expected: text.endswith(expected)),
    Operator.IN: _compares(lambda text, expected: text in expected),
    Operator.NOT_IN: _compares(lambda text, expected: text not in expected),
}
