"""What known clients get wrong and is accepted all the same: by name, counted, and one by one switchable.

Each tolerance has the payload of its client as a test in `tests/scim/protocol/test_leniency.py`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self


class Tolerance(StrEnum):
    """By name: what a client sends (who does), and what is understood."""

    sent: str
    understood: str

    def __new__(cls, name: str, sent: str, understood: str) -> Self:
        tolerance = str.__new__(cls, name)
        tolerance._value_ = name
        tolerance.sent = sent
        tolerance.understood = understood
        return tolerance

    BOOLEAN_AS_STRING = "boolean-as-string", '`"active": "False"` (Entra)', "`false`"
    OPERATION_CASE = "operation-case", '`"op": "Replace"` (Entra)', "`replace`"
    PATCH_WITHOUT_SCHEMAS = (
        "patch-without-schemas",
        "PatchOp, SearchRequest or BulkRequest without `schemas`",
        "as if it were there; a wrong URN is refused",
    )
    SINGLE_FOR_MANY = "single-for-many", '`"emails": {"value": "…"}`', "an array of one"
    MANY_FOR_SINGLE = (
        "many-for-single",
        '`"manager": [{"value": "26118915"}]`',
        "its only element, of complex attributes",
    )
    REFERENCE_AS_STRING = "reference-as-string", '`"manager": "26118915"` (Entra)', '`{"value": "26118915"}`'
    DOTTED_KEY = "dotted-key", '`{"name.givenName": "Barbara"}` without `path` (Entra)', "a path"
    CREATE_BY_FILTER = (
        "create-by-filter",
        '`replace emails[type eq "work"].value` where there is none (Entra)',
        "a new element of type `work`",
    )
    REMOVE_WITH_VALUE = (
        "remove-with-value",
        "`remove members` with an array of values (Entra)",
        "exactly those are removed",
    )
    NUMBER_AS_STRING = "number-as-string", '`"employeeNumber": 701984`', '`"701984"`'
    UNKNOWN_ATTRIBUTE = (
        "unknown-attribute",
        "attributes and extensions that no schema knows",
        "nothing: they are ignored, as Webex does",
    )
    UNKNOWN_MEMBER = (
        "unknown-member",
        "members that name nobody",
        "they are left out; the audit event names them. Switched off: 400 `invalidValue`",
    )


ALL = frozenset(Tolerance)


class Leniency:
    """Which tolerances apply to this request, and which of them it needed."""

    def __init__(self, allowed: Iterable[Tolerance] = ALL) -> None:
        self.allowed = frozenset(allowed)
        self.used: set[Tolerance] = set()

    def allows(self, tolerance: Tolerance) -> bool:
        """Whether `tolerance` applies; asking means that the request needs it."""
        if tolerance not in self.allowed:
            return False
        self.used.add(tolerance)
        return True
