"""The endpoints of RFC 7644 §3.2, at both base paths. A trailing slash is optional."""

from django.urls import URLPattern, re_path

from scim.api import views
from scim.api.bulk import BulkView

_ID = r"(?P<organization_id>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"
_TYPE = r"(?P<endpoint>(?!(?:Bulk|Me|Schemas|ResourceTypes|ServiceProviderConfig)(?:/|$))[A-Za-z][A-Za-z0-9]*)"
BASES = ((rf"^v1/scim/{_ID}", False), (rf"^identity/scim/{_ID}/v2", True))
"""The base paths, and whether each is in Webex's form."""
# Most frequent first, because each request tries them in this order.
_ENDPOINTS = (
    (rf"/{_TYPE}/(?P<resource_id>(?!\.search/?$)[^/]+)/?$", views.ResourceView, "resource"),
    (rf"/{_TYPE}/?$", views.CollectionView, "collection"),
    (rf"/{_TYPE}/\.search/?$", views.SearchView, "search"),
    (r"/Groups/(?P<resource_id>[^/]+)/Members/?$", views.MembersView, "members"),
    (r"/Bulk/?$", BulkView, "bulk"),
    (r"/?$", views.RootView, "root"),
    (r"/\.search/?$", views.SearchView, "search-all"),
    (r"/Me/?$", views.MeView, "me"),
    (r"/(?P<kind>ServiceProviderConfig)/?$", views.DiscoveryView, "service-provider-config"),
    (r"/(?P<kind>Schemas|ResourceTypes)(?:/(?P<name>[^/]+))?/?$", views.DiscoveryView, "discovery"),
    (r"/openapi\.json$", views.OpenApiView, "openapi"),
    (r"(?:/.*)?$", views.UnknownView, "unknown"),
)


def endpoints(base: str, *, is_webex_path: bool) -> list[URLPattern]:
    """Patterns for whole paths, so that a request needs one match instead of one for the base and one for the rest."""
    suffix = "-v2" if is_webex_path else ""
    return [
        re_path(base + path, view.as_view(is_webex_path=is_webex_path), name=f"scim-{name}{suffix}")
        for path, view, name in _ENDPOINTS
    ]


# Webex's own paths, which have no organization and use the token's.
_WEBEX = (
    (r"^identity/scim/v2/Users/me/?$", views.MeView, "me"),
    (r"^identity/scim/v2/Schemas/SCIM2/(?P<type_name>User|Group)/?$", views.WebexSchemaView, "schema"),
)

urlpatterns = [
    *(pattern for base, is_webex_path in BASES for pattern in endpoints(base, is_webex_path=is_webex_path)),
    re_path(
        rf"^identity/scim/{_ID}/v[0-9]+(?:/.*)?$", views.VersionView.as_view(is_webex_path=True), name="scim-version"
    ),
    *(re_path(path, view.as_view(is_webex_path=True), name=f"scim-webex-{name}") for path, view, name in _WEBEX),
    # All other paths there get a SCIM error instead of an HTML page.
    re_path(r"^v1/scim(?:/[\s\S]*)?$", views.UnknownView.as_view(), name="scim-nowhere"),
    re_path(r"^identity/scim(?:/[\s\S]*)?$", views.UnknownView.as_view(is_webex_path=True), name="scim-nowhere-v2"),
]
