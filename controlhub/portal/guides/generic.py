"""Any other SCIM 2.0 client."""

from django.utils.translation import gettext_lazy as _

from controlhub.portal.guides.guide import Guide, Source

GUIDE = Guide(
    url_label=_("SCIM base URL"),
    bearer_label=_("Bearer token"),
    steps=(
        _("Enter the Tenant URL as the base URL of the SCIM 2.0 service."),
        _(
            "Send the token with each request, in the header “Authorization: Bearer” followed by the token. "
            "OAuth 2.0 client credentials also work: create a client secret below."
        ),
        _("Send bodies as application/scim+json."),
        _("Match users by userName or externalId. Read /Schemas for all attributes."),
        _("Send one user, then compare it with its page in Control Hub."),
    ),
    mapping=(
        ("userName", "", _("Required. Used to match users")),
        ("externalId", "", _("An ID in the other system that never changes")),
        ("active", "", _("Active or Inactive")),
        ("name.givenName", "", ""),
        ("name.familyName", "", ""),
        ("emails", "", ""),
    ),
    first=_("Any request with this token counts, for example GET /Users?count=1."),
    sources=(Source("RFC 7644: SCIM protocol", "https://www.rfc-editor.org/rfc/rfc7644"),),
)
