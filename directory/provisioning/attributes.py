"""The attributes of a person and of a group in the directory, under Entra's names.

A person's values are one JSON document keyed by these names. An organization may add its own attributes, which have
type string. Source: Microsoft Graph, resource type user; the names that Entra's provisioning uses for them (`surname`,
`telephoneNumber`, `IsSoftDeleted`) are those of its synchronization schema.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    REFERENCE = "reference"
    COMPLEX = "complex"


@dataclass(frozen=True)
class SourceAttribute:
    """One attribute. If it `is_computed`, the directory sets it, and it is not stored in the person's document."""

    name: str
    kind: Kind = Kind.STRING
    multi_valued: bool = False
    is_computed: bool = False


_TEXTS = (
    *("displayName", "givenName", "surname", "mail", "mailNickname"),
    *("jobTitle", "department", "companyName", "employeeId", "employeeType", "costCenter", "division"),
    *("physicalDeliveryOfficeName", "streetAddress", "city", "state", "postalCode", "country"),
    *("telephoneNumber", "mobile", "facsimileTelephoneNumber"),
    *("preferredLanguage", "usageLocation"),
)
USER_ATTRIBUTES: dict[str, SourceAttribute] = {
    attribute.name: attribute
    for attribute in (
        SourceAttribute("objectId", is_computed=True),
        SourceAttribute("userPrincipalName"),
        *map(SourceAttribute, _TEXTS),
        SourceAttribute("accountEnabled", Kind.BOOLEAN),
        # True if the person was deleted, is not assigned, is out of scope, or may not sign in (entra-docs,
        # customize-application-attributes).
        SourceAttribute("IsSoftDeleted", Kind.BOOLEAN, is_computed=True),
        SourceAttribute("manager", Kind.REFERENCE),
        SourceAttribute("employeeHireDate", Kind.DATE_TIME),
        SourceAttribute("employeeLeaveDateTime", Kind.DATE_TIME),
        SourceAttribute("createdDateTime", Kind.DATE_TIME, is_computed=True),
        SourceAttribute("proxyAddresses", multi_valued=True),
        SourceAttribute("otherMails", multi_valued=True),
        *(SourceAttribute(f"extensionAttribute{number}") for number in range(1, 16)),
        SourceAttribute("appRoleAssignments", Kind.COMPLEX, multi_valued=True, is_computed=True),
    )
}
GROUP_ATTRIBUTES: dict[str, SourceAttribute] = {
    attribute.name: attribute
    for attribute in (
        SourceAttribute("objectId", is_computed=True),
        SourceAttribute("displayName"),
        SourceAttribute("description"),
        SourceAttribute("mail"),
        SourceAttribute("mailNickname"),
        SourceAttribute("members", Kind.REFERENCE, multi_valued=True),
    )
}


def named(name: str) -> SourceAttribute | None:
    """A person's attribute by its name, ignoring case; None if the catalogue does not list it."""
    return _BY_LOWER_NAME.get(name.lower())


_BY_LOWER_NAME = {name.lower(): attribute for name, attribute in USER_ATTRIBUTES.items()}
