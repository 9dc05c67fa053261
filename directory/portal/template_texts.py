"""The portal's texts about the templates of the gallery, by their keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from directory.gallery.templates import BLANK, Category

CATEGORIES: Mapping[Category, str | Promise] = {
    Category.COLLABORATION: _("Collaboration"),
    Category.DEVELOPMENT: _("Development"),
    Category.CLOUD: _("Cloud infrastructure"),
    Category.STORAGE: _("Storage"),
    Category.SALES: _("Sales"),
    Category.IDENTITY: _("Identity"),
}


@dataclass(frozen=True, slots=True)
class TemplateTexts:
    """`token` says what to enter as the Secret Token; `notes` are other facts."""

    description: str | Promise
    token: str | Promise
    notes: tuple[str | Promise, ...] = ()


TEXTS: Mapping[str, TemplateTexts] = {
    "atlassian": TemplateTexts(
        _("Jira, Confluence and other cloud products."),
        _("The API key of the directory: Security, Identity providers, Set up user provisioning."),
        (
            _("Only users with a verified domain are updated."),
            _(
                "When a user is deleted in the directory, the application deactivates the account. It "
                "cannot be linked to the same record again."
            ),
        ),
    ),
    "aws-iam-identity-center": TemplateTexts(
        _("Access to AWS accounts and applications."),
        _("The access token that automatic provisioning shows once. It is valid for one year."),
        (
            _("Given name, family name, display name and user name are required."),
            _("Each attribute can have only one value, for example one email address and one phone number."),
        ),
    ),
    "cisco-webex": TemplateTexts(
        _("Meetings, messaging and calling."),
        _("A bearer token of a full administrator of the Webex organization. It is valid for 365 days."),
        (_("[OrgId] is the Organization ID that Webex Control Hub shows."),),
    ),
    "control-hub": TemplateTexts(
        _("The SCIM service of any Control Hub installation, including this one."),
        _("The token of a connection: Provisioning, Add connection."),
        (_("An installation on a private network needs the operator's permission: OUTBOUND_ALLOW."),),
    ),
    "dropbox": TemplateTexts(
        _("Files and sharing."),
        _("An OAuth token of a team administrator."),
        (_("An invited user who has not joined is deleted instead of disabled."),),
    ),
    "github-enterprise": TemplateTexts(
        _("Code hosting with Enterprise Managed Users."),
        _("A personal access token (classic) of the setup user with the scope scim:enterprise."),
        (
            _("On GHE.com, the URL is https://api.[subdomain].ghe.com/scim/v2/enterprises/[subdomain]."),
            _("A disabled user keeps the account, but has a different user name until the account is enabled again."),
        ),
    ),
    "gitlab": TemplateTexts(
        _("Code hosting and CI."),
        _("The SCIM token of the group: Settings, SAML SSO."),
        (
            _("The group needs SAML single sign-on."),
            _("On a self-managed instance, the URL is https://[host]/api/scim/v2/application."),
        ),
    ),
    "salesforce": TemplateTexts(
        _("Customer relationship management."),
        _("An OAuth access token of a user who may manage users."),
        (
            _("Salesforce users are disabled and never deleted."),
            _("Each user needs the ID of a profile. Enter it as a constant in the mapping of entitlements."),
        ),
    ),
    "scim": TemplateTexts(
        _("For any service that follows RFC 7644 and is not in the gallery."),
        _("A bearer token that the service issues for provisioning."),
    ),
    "slack": TemplateTexts(
        _("Messaging in channels."),
        _("An owner's token with the scope admin."),
        (
            _("User names have fewer than 21 characters."),
            _("Display names cannot contain @. They are set only when a user is created."),
            _("When a user is deleted in the directory, the application deactivates the account."),
        ),
    ),
    "zoom": TemplateTexts(
        _("Video meetings and phone."),
        _("An OAuth token of a server-to-server app with the scope scim2. Zoom does not issue long-lived tokens."),
        (_("PATCH of a user only enables and disables; other changes are sent with PUT."),),
    ),
}


def texts_of(key: str) -> TemplateTexts:
    """The texts of a template; those of any SCIM service if a release has removed it."""
    return TEXTS.get(key) or TEXTS[BLANK]
