"""Microsoft Entra ID."""

from django.utils.translation import gettext_lazy as _

from controlhub.portal.guides.guide import Guide, Source

GUIDE = Guide(
    url_label=_("Tenant URL"),
    bearer_label=_("Secret Token"),
    steps=(
        _("In the Microsoft Entra admin center, open “Enterprise applications”."),
        _(
            "Choose “New application”, then “Create your own application”. Name it, and choose the option "
            "for an application that is not in the gallery."
        ),
        _("In the application, open “Provisioning” and choose “New configuration”."),
        _("Paste the Tenant URL into “Tenant URL” and the token into “Secret Token”."),
        _("Choose “Test Connection”, then “Create”."),
        _("Under “Users and groups”, assign the users and groups to provision."),
        _("Under “Attribute mapping”, compare the mapping with the table on this page."),
        _("Under “Overview”, choose “Start provisioning”. Entra ID then looks for changes about every 40 minutes."),
    ),
    mapping=(
        ("userName", "userPrincipalName", _("Required. Used to match users")),
        ("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', _("Active or Inactive")),
        ("displayName", "displayName", ""),
        ("name.givenName", "givenName", ""),
        ("name.familyName", "surname", ""),
        ("externalId", "objectId", _("Does not change with the name")),
    ),
    first=_("“Test Connection” looks up a user that does not exist. The correct response is an empty list."),
    sources=(
        Source(
            "Develop and plan provisioning for a SCIM endpoint in Microsoft Entra ID",
            "https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups",
        ),
    ),
    test="Test Connection",
)
