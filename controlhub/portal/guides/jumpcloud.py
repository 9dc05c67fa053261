"""JumpCloud."""

from django.utils.translation import gettext_lazy as _

from controlhub.portal.guides.guide import READ_LATER, Guide, Source

GUIDE = Guide(
    url_label="Base URL",
    bearer_label="Token Key",
    steps=(
        _("In the JumpCloud Admin Portal, open “SSO Applications” and choose “Add New Application”."),
        _("Choose “Custom Application”, select “Export users to this app (Identity Management)”, and choose “Next”."),
        _("Name the application, save it, and choose “Configure Application”."),
        _(
            "On “Identity Management”, choose SCIM 2.0. Paste the Tenant URL into “Base URL” and the token "
            "into “Token Key”."
        ),
        _("Enter the address of a user in “Test User Email”, choose “Test Connection”, then “Activate” and “Save”."),
        _("On “User Groups”, select the groups to provision, and choose “Save”."),
    ),
    mapping=(
        ("userName", "username / email", _("Required. Used to match users")),
        ("name.givenName", "firstname", ""),
        ("name.familyName", "lastname", ""),
        ("emails[primary eq true].value", "email", ""),
    ),
    first=_("“Test Connection” creates a test user and a test group, and deletes both."),
    sources=(
        Source(
            "Identity Management using a Custom SCIM Integration",
            "https://jumpcloud.com/support/"
            "provision-and-manage-users-and-groups-in-apps-using-custom-scim-identity-management-integration",
            READ_LATER,
        ),
        Source("JumpCloud SCIM v2.0 (BoxyHQ)", "https://boxyhq.com/docs/directory-sync/providers/jumpcloud"),
    ),
    test="Test Connection",
)
