"""What known clients get wrong and is accepted all the same: by name, counted, and one by one switchable.

Each tolerance has the payload of its client as a test in `tests/scim/protocol/test_leniency.py`.
"""

from collections.abc import Iterable
from enum import StrEnum


class Tolerance(StrEnum):
    BOOLEAN_AS_STRING = "boolean-as-string"  # Entra: "active": "False"
    OPERATION_CASE = "operation-case"  # Entra: "op": "Replace"
    PATCH_WITHOUT_SCHEMAS = "patch-without-schemas"  # several: no PatchOp URN
    SINGLE_FOR_MANY = "single-for-many"  # an object where an array is due
    MANY_FOR_SINGLE = "many-for-single"  # Entra: manager as an array of one
    REFERENCE_AS_STRING = "reference-as-string"  # Entra: "manager": "<id>"
    DOTTED_KEY = "dotted-key"  # Entra: {"name.givenName": "Barbara"} without a path
    CREATE_BY_FILTER = "create-by-filter"  # Entra: replace emails[type eq "work"].value where there is none
    REMOVE_WITH_VALUE = "remove-with-value"  # Entra: remove members with an array of values
    NUMBER_AS_STRING = "number-as-string"  # string attributes sent as JSON numbers
    UNKNOWN_ATTRIBUTE = "unknown-attribute"  # ignored in bodies, as Webex does
    UNKNOWN_MEMBER = "unknown-member"  # members that name nobody are left out, and named in the event (scim-sanity)


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
