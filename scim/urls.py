"""The endpoints of RFC 7644 §3.2, at both base paths; a trailing slash changes nothing."""

from django.urls import URLPattern, re_path

from scim.api import views
from scim.api.bulk import BulkView

_ID = r"(?P<organization_id>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"
BASES = ((rf"^v1/scim/{_ID}", True), (rf"^identity/scim/{_ID}/v2", False))
_ENDPOINTS = (
    (r"/?$", views.RootView, "root"),
    (r"/\.search/?$", views.SearchView, "search-all"),
    (r"/Bulk/?$", BulkView, "bulk"),
    (r"/Me/?$", views.MeView, "me"),
    (r"/(?P<kind>ServiceProviderConfig)/?$", views.DiscoveryView, "service-provider-config"),
    (r"/(?P<kind>Schemas|ResourceTypes)(?:/(?P<name>[^/]+))?/?$", views.DiscoveryView, "discovery"),
    (r"/Groups/(?P<resource_id>[^/]+)/Members/?$", views.MembersView, "members"),
    (r"/(?P<endpoint>[A-Za-z][A-Za-z0-9]*)/?$", views.CollectionView, "collection"),
    (r"/(?P<endpoint>[A-Za-z][A-Za-z0-9]*)/\.search/?$", views.SearchView, "search"),
    (r"/(?P<endpoint>[A-Za-z][A-Za-z0-9]*)/(?P<resource_id>[^/]+)/?$", views.ResourceView, "resource"),
    (r"(?:/.*)?$", views.UnknownView, "unknown"),
)

urlpatterns: list[URLPattern] = [
    re_path(f"{base}{path}", view.as_view(is_legacy_base=is_legacy), name=f"scim-{name}{'' if is_legacy else '-v2'}")
    for base, is_legacy in BASES
    for path, view, name in _ENDPOINTS
]
