"""Google Workspace."""

from django.utils.translation import gettext_lazy as _

from controlhub.portal.guides.guide import Guide, Source

GUIDE = Guide(
    url_label=_("Endpoint URL"),
    bearer_label=_("Access token"),
    steps=(
        _("In the Google Admin console, open “Apps” > “Web and mobile apps”, and open the app made for Control Hub."),
        _(
            "In “Auto-provisioning”, choose “Configure auto-provisioning”. Google offers it only for apps "
            "in its catalog. Use one whose form asks for an endpoint URL."
        ),
        _("Paste the token as the access token and the Tenant URL as the endpoint URL, and choose “Continue”."),
        _("Map every attribute that is marked as mandatory. Compare with the table on this page."),
        _("Restrict provisioning to groups if you want to, and choose “Continue”."),
        _("Choose when users who leave are deprovisioned, and choose “Finish”."),
        _("Turn auto-provisioning on."),
    ),
    mapping=(
        ("userName", "Basic Information > Primary email", _("Required. Used to match users")),
        ("name.givenName", "Basic Information > First name", ""),
        ("name.familyName", "Basic Information > Last name", ""),
    ),
    first=_("Google Workspace sends the first request after auto-provisioning is turned on."),
    sources=(Source("Configure auto-provisioning (example of an app)", "https://support.google.com/a/answer/9338944"),),
)
