"""Accepted deviations of known clients. Each has a name, is recorded when used, and can be turned off.

`tests/scim/protocol/test_leniency.py` tests each tolerance with a client's payload.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self


class Tolerance(StrEnum):
    """A label, what a client sends (with the clients known to do so), and how it is interpreted."""

    label: str
    sent: str
    understood: str

    def __new__(cls, name: str, label: str, sent: str, understood: str) -> Self:
        tolerance = str.__new__(cls, name)
        tolerance._value_ = name
        tolerance.label = label
        tolerance.sent = sent
        tolerance.understood = understood
        return tolerance

    BOOLEAN_AS_STRING = (
        "boolean-as-string",
        "Booleans as text, such as “False” (Entra ID)",
        '`"active": "False"` (Entra)',
        "`false`",
    )
    OPERATION_CASE = (
        "operation-case",
        "Capitalized operations, such as “Replace” (Entra ID)",
        '`"op": "Replace"` (Entra)',
        "`replace`",
    )
    PATCH_WITHOUT_SCHEMAS = (
        "patch-without-schemas",
        "Messages without their schema URN",
        "PatchOp, SearchRequest or BulkRequest without `schemas`",
        "as if `schemas` were there; a wrong URN is rejected",
    )
    SINGLE_FOR_MANY = (
        "single-for-many",
        "One value where an array is expected",
        '`"emails": {"value": "…"}`',
        "a one-element array",
    )
    MANY_FOR_SINGLE = (
        "many-for-single",
        "A one-element array where a single value is expected (Entra ID)",
        '`"manager": [{"value": "26118915"}]`, `"active": [false]`, `"displayName": [{"value": "Neo"}]` (Entra)',
        "the only element of the array; for a simple attribute, the `value` of that element",
    )
    REFERENCE_AS_STRING = (
        "reference-as-string",
        "A reference as plain text (manager in Entra ID)",
        '`"manager": "26118915"` (Entra)',
        '`{"value": "26118915"}`',
    )
    DOTTED_KEY = (
        "dotted-key",
        "Paths as keys, such as “name.givenName” (Entra ID)",
        '`{"name.givenName": "Barbara"}` without `path` (Entra)',
        "a path",
    )
    ADD_BY_FILTER = (
        "add-by-filter",
        "Adding to an element that does not exist creates it (Entra ID)",
        '`add emails[type eq "work"].value` when no element matches (Entra)',
        "a new element of type `work`. If off: 400 `noTarget`",
    )
    REPLACE_BY_FILTER = (
        "replace-by-filter",
        "Replacing an element that does not exist creates it (Entra ID)",
        '`replace emails[type eq "work"].value` when no element matches (Entra)',
        "a new element of type `work`. If off: 400 `noTarget` (RFC 7644 §3.5.2.3)",
    )
    REMOVE_WITH_VALUE = (
        "remove-with-value",
        "Removing members by a list of values (Entra ID)",
        "`remove members` with an array of values (Entra)",
        "only these members are removed",
    )
    NUMBER_AS_STRING = "number-as-string", "Numbers where text is expected", '`"employeeNumber": 701984`', '`"701984"`'
    UNKNOWN_ATTRIBUTE = (
        "unknown-attribute",
        "Attributes that are not in the schema: ignored",
        "unknown attributes and extensions",
        "they are ignored, as in Webex",
    )
    BLANK_ELEMENT = (
        "blank-element",
        "Elements without a value, such as an empty phone number: ignored",
        '`"phoneNumbers": [{"type": "work", "value": ""}]`',
        "the element is ignored; an attribute sent with only such elements keeps its values. Never for `members`",
    )
    JSON_AS_STRING = (
        "json-as-string",
        "JSON objects inside a string",
        '`"emails": "[{\\"value\\": \\"neo@example.com\\"}]"`: a complex attribute as JSON in a string',
        "the object, or the array of objects, in the string",
    )
    URN_WITH_DOT = (
        "urn-with-dot",
        "A dot between a schema URN and the attribute",
        "`urn:ietf:params:scim:schemas:core:2.0:User.userName` in a path, filter, `sortBy` or `attributes`",
        "the same with a colon before the attribute",
    )
    UNKNOWN_MEMBER = (
        "unknown-member",
        "Group members that do not exist: ignored",
        "members with unknown ids",
        "they are ignored, and the audit event names them. If off: 400 `invalidValue`",
    )
    EMPTY_PATH = (
        "empty-path",
        "An empty path in a PATCH operation: treated as missing",
        '`{"op": "add", "path": "", "value": {…}}`',
        "no path; `remove` gets 400 `noTarget`",
    )
    RESOURCE_SCHEMAS = (
        "resource-schemas",
        "Missing or additional schema URNs in a resource (Entra ID, Okta)",
        "POST or PUT with `schemas` missing, incomplete, or with URNs of other types (Entra, Okta)",
        "the core schema of the endpoint, and the extensions that have attributes in the body",
    )


ALL = frozenset(Tolerance)


class Leniency:
    """The tolerances that apply to this request, those that it used, and those that it needed but that do not apply."""

    def __init__(self, allowed: Iterable[Tolerance] = ALL) -> None:
        self.allowed = frozenset(allowed)
        self.used: set[Tolerance] = set()
        self.refused: set[Tolerance] = set()

    def allows(self, tolerance: Tolerance) -> bool:
        """Whether `tolerance` applies. Also records that the request needs it."""
        if tolerance not in self.allowed:
            self.refused.add(tolerance)
            return False
        self.used.add(tolerance)
        return True
