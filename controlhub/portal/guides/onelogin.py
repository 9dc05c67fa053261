"""OneLogin."""

from django.utils.translation import gettext_lazy as _

from controlhub.portal.guides.guide import Guide, Source

GUIDE = Guide(
    url_label="SCIM Base URL",
    bearer_label="SCIM Bearer Token",
    steps=(
        _("In OneLogin, open “Applications” and choose “Add App”."),
        _("Search for “SCIM Provisioner with SAML (SCIM v2 Core)”, select it, name it, and choose “Save”."),
        _("On “Configuration”, paste the Tenant URL into “SCIM Base URL” and the token into “SCIM Bearer Token”."),
        _("Under “API Status”, choose “Enable”, then “Save”."),
        _(
            "On “Provisioning”, select “Enable provisioning”. Clear the boxes that require an "
            "administrator's approval for each change."
        ),
        _("On “Parameters”, set “SCIM username” to “Email”. Save."),
        _("On “Access”, select the roles whose users are provisioned."),
    ),
    mapping=(
        ("userName", "{$parameters.scimusername}", _("Required. Users are matched by it")),
        ("name.givenName", "{$user.firstname}", ""),
        ("name.familyName", "{$user.lastname}", ""),
        ("displayName", "{$user.display_name}", ""),
        ('emails[type eq "work"].value', "{$user.email}", ""),
    ),
    first=_("“Enable” opens the connection and sends the first request."),
    source=Source(
        "OneLogin (scim.dev's guide; OneLogin's own page could not be read)",
        "https://scim.dev/guide/applications/onelogin",
    ),
    test="Enable",
)
