"""OneLogin."""

from django.utils.translation import gettext_lazy as _

from controlhub.portal.guides.guide import READ_LATER, Guide, Source

GUIDE = Guide(
    url_label="SCIM Base URL",
    bearer_label="SCIM Bearer Token",
    steps=(
        _("In OneLogin, open “Applications” and choose “Add App”."),
        _("Search for “SCIM Provisioner with SAML”, select it with the Core or Enterprise schema, name it, and save."),
        _("On “Configuration”, paste the Tenant URL into “SCIM Base URL” and the token into “SCIM Bearer Token”."),
        _("Under “API Status”, choose “Enable”, then “Save”."),
        _(
            "On “Provisioning”, select “Enable provisioning”. Clear the boxes that require an "
            "administrator's approval for each change."
        ),
        _("Under “When users are deleted in OneLogin”, choose “Suspend” or “Delete”, and save."),
        _("On “Parameters”, set “SCIM username” to “Email”. Save."),
        _("On “Access”, select the roles whose users are provisioned."),
    ),
    mapping=(
        ("userName", "{$parameters.scimusername}", _("Required. Used to match users")),
        ("name.givenName", "{$user.firstname}", ""),
        ("name.familyName", "{$user.lastname}", ""),
        ("displayName", "{$user.display_name}", ""),
        ('emails[type eq "work"].value', "{$user.email}", ""),
    ),
    first=_("“Enable” looks up a user that does not exist. The correct response is an empty list."),
    sources=(
        Source("Create a SCIM Test App", "https://developers.onelogin.com/scim/create-app", READ_LATER),
        Source("Test Your SCIM Implementation", "https://developers.onelogin.com/scim/test-your-scim", READ_LATER),
        Source(
            "Implement RESTful SCIM APIs for Your App",
            "https://developers.onelogin.com/scim/implement-scim-api",
            READ_LATER,
        ),
    ),
    test="Enable",
)
