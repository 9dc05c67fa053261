"""How a SCIM service differs from RFC 7644, as data of its template in the gallery."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self


class Dialect(StrEnum):
    """How PATCH requests are written. `aadOptscim062020` in the Tenant URL selects Entra's own form with that flag."""

    STANDARD = "standard"
    """RFC 7644 to the letter, which strict services need: a manager is an object, a new e-mail address an element."""
    LEGACY = "legacy"
    """Entra without the flag: `Replace`, booleans and managers as strings, one operation for each path."""


class QuirkError(ValueError):
    """A quirk that does not exist, or a value of the wrong type. The message names it."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """The defaults are those of a service that follows the RFC."""

    dialect: Dialect = Dialect.STANDARD
    uses_put: bool = False
    """Users are changed with PUT instead of PATCH."""
    deletes: bool = True
    """DELETE of a user works. Without it, a permanently deleted user stays disabled."""
    disables: bool = True
    """`active` can be set to false. Without it, a user that leaves the scope is deleted."""
    filters_by_external_id: bool = True
    has_groups: bool = True
    renames_groups: bool = True
    replaces_members: bool = False
    """The members of a group are sent as a whole list instead of additions and removals."""
    returns_members: bool = True
    """A group that is read contains its members."""
    page_size: int = 100
    members_per_request: int = 1_000
    requests_per_second: int = 0
    """The documented limit; 0 if there is none."""

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The quirks with these names; raises QuirkError."""
        types = {field.name: type(field.default) for field in fields(cls)}
        found: dict[str, Any] = {}
        for name, value in values.items():
            if name not in types:
                raise QuirkError(f"There is no quirk “{name}”. Use one of: {', '.join(types)}.")
            found[name] = _read(name, value, types[name])
        return cls(**found)


def _read(name: str, value: object, kind: type) -> object:
    if kind is Dialect:
        if value not in set(Dialect):
            raise QuirkError(f"“{name}” must be one of: {', '.join(Dialect)}.")
        return Dialect(str(value))
    if type(value) is not kind or (kind is int and not 0 <= int(str(value)) <= 100_000):
        expected = "true or false" if kind is bool else "a number from 0 to 100000"
        raise QuirkError(f"“{name}” must be {expected}.")
    return value
