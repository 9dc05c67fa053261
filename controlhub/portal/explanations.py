"""Why a SCIM request was refused, and what to do: by status and scimType, with the code that Entra ID's log shows.

The codes are from Microsoft's page "How to analyze the Microsoft Entra provisioning logs"
(learn.microsoft.com/entra/identity/monitoring-health/howto-analyze-provisioning-logs, as of August 2026). Okta's event
types are from Okta's page "Provisioning integration error events"
(help.okta.com/en-us/content/topics/reference/ref-apps-events.htm, as of August 2026).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Explanation:
    """`entra` is the error code in Entra ID's provisioning log; "" if Entra ID has none for it."""

    title: str | Promise
    cause: str | Promise
    fix: str | Promise
    entra: str = ""


UNAUTHORIZED = Explanation(
    _("The token was not accepted"),
    _("The request had no token, or its token has expired, was revoked or was not copied completely."),
    _("Create another token on the Provisioning page and paste it into the identity provider."),
    "Unauthorized",
)
FORBIDDEN = Explanation(
    _("The token does not allow this"),
    _("The token lacks the permission, or a rule of the organization protects the user."),
    _("Read the detail in the response. Use a connection with the permission to change users and groups."),
    "InsufficientRights",
)
NOT_FOUND = Explanation(
    _("Nothing was found at this address"),
    _("The user or group no longer exists, or the Tenant URL is wrong or names another organization."),
    _("Compare the path with the Tenant URL on the Provisioning page. A late DELETE of a deleted user is harmless."),
    "EntryNotFound",
)
UNIQUENESS = Explanation(
    _("The value belongs to somebody else"),
    _("Another user or group has the same value of an attribute that must be unique, such as userName."),
    _(
        "Find the other user or group that has this value. Then unassign one of them in the "
        "identity provider, or change the value there."
    ),
    "EntryConflict",
)
PRECONDITION = Explanation(
    _("The resource has changed in the meantime"),
    _("The request names an older version in If-Match."),
    _("Nothing, if the identity provider reads the resource and tries again."),
)
TOO_LARGE = Explanation(
    _("The body is too large"),
    _("The request has more bytes or operations than the limit allows."),
    _("Send smaller requests."),
)
TOO_MANY = Explanation(
    _("Too many requests"),
    _("The token has sent more requests than its rate limit."),
    _("Nothing, if the identity provider waits as long as Retry-After says. Otherwise raise the limit."),
    "TooManyRequests",
)
FILTER = Explanation(
    _("The filter cannot be used"),
    _("The filter is malformed or names an attribute that cannot be filtered."),
    _("Choose another matching attribute in the identity provider, such as userName or externalId."),
    "SchemaAttributeNotFound",
)
PATH = Explanation(
    _("The change contains an unknown attribute"),
    _("A path in the PATCH request does not name an attribute of this resource."),
    _("Correct the target attribute in the attribute mapping, or remove it from the mapping."),
    "SchemaAttributeNotFound",
)
VALUE = Explanation(
    _("A value is missing or has the wrong type"),
    _("A required attribute is missing, or a value does not fit its attribute."),
    _("Fill in the attribute in the directory, or correct the attribute mapping. The detail names the attribute."),
    "MissingValues",
)
MUTABILITY = Explanation(
    _("The attribute cannot be changed"),
    _("The attribute is read-only, or can only be set when the resource is created."),
    _("Apply the mapping of this attribute only during creation, or remove it."),
)
SYNTAX = Explanation(
    _("The message is malformed"),
    _("The body is not a SCIM message, or part of it cannot be read."),
    _("Check that the connection uses SCIM 2.0. The detail says what is wrong."),
    "SystemForCrossDomainIdentityManagementServiceIncompatible",
)
PAUSED = Explanation(
    _("The service was not available"),
    _("An administrator paused the connection, or the database was unavailable."),
    _("Resume the connection on the Provisioning page. The identity provider tries again automatically."),
)
SERVER = Explanation(
    _("The server failed"),
    _("An error occurred on the server."),
    _("Search the server's log for the request ID."),
    "InternalServerError",
)
_BY_TYPE = {
    "invalidFilter": FILTER,
    "invalidPath": PATH,
    "noTarget": PATH,
    "invalidValue": VALUE,
    "mutability": MUTABILITY,
    "uniqueness": UNIQUENESS,
}
_BY_STATUS = {
    401: UNAUTHORIZED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    409: UNIQUENESS,
    412: PRECONDITION,
    413: TOO_LARGE,
    429: TOO_MANY,
    503: PAUSED,
}


def explain(status: int, scim_type: str) -> Explanation | None:
    """The explanation of a response; None if it is not an error."""
    if status < 400:
        return None
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return SERVER if status >= 500 else _BY_TYPE.get(scim_type, SYNTAX)


OKTA_BY_STATUS = {
    401: "application.integration.authentication_failure",
    429: "application.integration.rate_limit_exceeded",
}
OKTA_USERS = {"POST": "user.push", "GET": "user.import", "PUT": "user.push_profile", "PATCH": "user.push_profile"}
OKTA_GROUPS = {"POST": "group.add", "GET": "group.import", "PUT": "group.update", "PATCH": "group.update"}
OKTA_GROUPS["DELETE"] = "group.remove"


def okta_event(method: str, path: str, status: int) -> str:
    """The type of the event that Okta's System Log records for a refused request; "" if it was not refused."""
    if status < 400:
        return ""
    if status in OKTA_BY_STATUS:
        return OKTA_BY_STATUS[status]
    events = OKTA_GROUPS if "/Groups" in path else OKTA_USERS if "/Users" in path else {}
    name = events.get(method)
    return f"application.provision.{name}" if name else "application.integration.general_failure"
