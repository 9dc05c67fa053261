"""Okta."""

from django.utils.translation import gettext_lazy as _

from controlhub.portal.guides.guide import Guide, Source

GUIDE = Guide(
    url_label="SCIM 2.0 base URL",
    bearer_label="OAuth Bearer Token",
    steps=(
        _("In the Okta Admin Console, open “Applications” > “Applications” and choose “Browse App Catalog”."),
        _("Search for “SCIM 2.0”, and add the template application with OAuth Bearer Token."),
        _("Name the application, choose a sign-in method, and choose “Done”."),
        _("Open the “Provisioning” tab, choose “Configure API Integration”, and select “Enable API Integration”."),
        _("Paste the Tenant URL as the base URL and the token as the OAuth token."),
        _("Choose “Test API Credentials”, then “Save”."),
        _("Under “To App”, choose “Edit” and turn on “Create Users”, “Update User Attributes” and “Deactivate Users”."),
        _("Under “Assignments”, assign the users and groups to provision."),
    ),
    mapping=(
        ("userName", "user.login", _("Required. Used to match users")),
        ("name.givenName", "user.firstName", ""),
        ("name.familyName", "user.lastName", ""),
        ("emails[primary eq true].value", "user.email", ""),
        ("displayName", "user.displayName", ""),
        ("active", "", _("Okta sends this automatically. Okta deactivates users and never deletes them")),
    ),
    first=_("“Test API Credentials” sends the first request. Okta sends the first user when you assign one."),
    sources=(
        Source(
            "Connect your SCIM API service to Okta",
            "https://developer.okta.com/docs/guides/scim-provisioning-integration-connect/main/",
        ),
    ),
    test="Test API Credentials",
)
