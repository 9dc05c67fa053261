"""The meaning of the codes of the provisioning log, and what an administrator can do about each."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Explanation:
    """The cause, and the fix; "" if there is nothing to fix."""

    cause: Text = ""
    fix: Text = ""


_AGAIN = _("No action is needed. The object is retried automatically.")
_ANSWER = _("If it happens often, look at the state of the application, or ask its vendor.")
_RIGHTS = _(
    "Give the owner of the Secret Token the right to manage users and groups in the application, or turn this kind of"
    " change off."
)
_OFF = _("Turn on this kind of change if objects like this should be provisioned.")
_VALUE = _("Read the application's response, then correct the value in the directory or its mapping.")
_CONFLICT = Explanation(
    _("Another object of the application already has a value that must be unique."),
    _("Change or delete that object in the application, or change the matching attributes so that it is found."),
)
_REFUSED = Explanation(_("The application does not allow this request."), _RIGHTS)
_OWN_ERROR = _("The application had an internal error.")
_UNKNOWN = Explanation(_("The application did not carry out the request."), _VALUE)
_DELETED = Explanation(
    _("The object is deleted in the directory."), _("Restore it in the directory if it should be provisioned.")
)
EXPLANATIONS: Mapping[str, Explanation] = {
    "Unauthorized": Explanation(
        _("The application refuses the Secret Token."),
        _("Enter a new Secret Token on the Provisioning page, and test the connection."),
    ),
    "InsufficientRights": _REFUSED,
    "NotPermitted": Explanation(
        _("The application does not let this attribute be changed."), _("Remove the attribute from the mappings.")
    ),
    "MethodNotAllowed": _REFUSED,
    "NotImplemented": Explanation(_("The application does not support this request."), _RIGHTS),
    "LicenseLimitExceeded": Explanation(
        _("The application has no license left."),
        _("Get more licenses, or remove assignments. Then the object is tried again."),
    ),
    "InvalidAnchor": Explanation(_("The object no longer exists in the application."), _AGAIN),
    "Timeout": Explanation(_("The application did not respond in time."), _ANSWER),
    "InternalServerError": Explanation(_OWN_ERROR, _ANSWER),
    "WebExceptionProtocolError": Explanation(_("The connection to the application was lost."), _ANSWER),
    "InvalidDomain": Explanation(
        _("The application's address was not found, or requests to it are not allowed."),
        _("Check the Tenant URL on the Provisioning page."),
    ),
    "TooManyRequests": Explanation(_("The application's rate limit was exceeded."), _AGAIN),
    "EntryConflict": _CONFLICT,
    "Conflict": Explanation(_("The object was changed in the application at the same time."), _AGAIN),
    "UnprocessableEntity": Explanation(_("The application does not accept a value."), _VALUE),
    "SchemaPropertyCanOnlyAcceptValue": Explanation(_("The application does not accept a value."), _VALUE),
    "SchemaAttributeNotFound": Explanation(
        _("The application does not know an attribute."),
        _("Correct the name of the attribute in the mappings, or remove it there."),
    ),
    "SystemForCrossDomainIdentityManagementServiceIncompatible": Explanation(
        _("The response does not conform to SCIM."),
        _("Check that the Tenant URL is the address of the SCIM service. If it is, ask the application's vendor."),
    ),
    "NotEffectivelyEntitled": Explanation(
        _("The object is not assigned to the application."),
        _("Assign it, or a group that it is in, if it should be provisioned."),
    ),
    "OutOfScope": Explanation(
        _("A scoping filter excludes the object."),
        _("Change the filter or the attributes of the object if it should be provisioned."),
    ),
    "DeletedInSource": _DELETED,
    "GoneInSource": Explanation(_("The object is permanently deleted in the directory.")),
    "DisabledInSource": Explanation(
        _("The account is disabled in the directory, and was never in the application."),
        _("Enable the account in the directory if it should be provisioned."),
    ),
    "CreateIsOff": Explanation(_("Creating objects is turned off."), _OFF),
    "UpdateIsOff": Explanation(_("Updating objects is turned off."), _OFF),
    "DeleteIsOff": Explanation(_("Deleting objects is turned off."), _OFF),
    "TargetCannotDelete": Explanation(
        _("The application cannot delete this kind of object."), _("Delete it in the application by hand.")
    ),
    "MissingValues": Explanation(
        _("The matching attributes have no value."), _("Enter their values in the directory, or change the mappings.")
    ),
    "MappingFailed": Explanation(
        _("A mapping failed for this object."), _("Correct the expression, or the value that it uses.")
    ),
    "DuplicateTargetEntries": Explanation(
        _("Several objects of the application match."),
        _("Change or delete all but one of them in the application, or change the matching attributes."),
    ),
    "AccountOfAnotherObject": Explanation(
        _("The matching object in the application belongs to somebody else."),
        _("Change its value in the application, or the matching value in the directory."),
    ),
    "DuplicateSourceEntries": Explanation(
        _("The matching object in the application is linked to another object in the directory."),
        _("Change the matching value of one of the two objects in the directory."),
    ),
    "Recreated": Explanation(_("The object was missing in the application. It was created again.")),
    "Matched": Explanation(_("The object was in the application already. It was linked without changes.")),
    "AlreadyGone": Explanation(_("The object was no longer in the application. Nothing had to be removed.")),
    "Undone": Explanation(_("The change made by the last cycle was undone.")),
    "KeptByUndo": Explanation(
        _("The cycle has created this group. Undo leaves it in the application."),
        _("Delete it in the application by hand if it should not be there."),
    ),
    "MissingForUndo": Explanation(
        _("The object no longer exists in the application."),
        _("Restart provisioning: an initial cycle creates it again if it is in scope."),
    ),
    "Enabled": Explanation(_("The account was reactivated in the application.")),
}


def explanation_of(code: str) -> Explanation:
    """The explanation of a code; empty without a code, which means success."""
    return EXPLANATIONS.get(code, _UNKNOWN) if code else Explanation()
