"""Kinds of requests by URL: a few labels, never an id or a name that a user chose."""

from scim.protocol.resource_types import built_in_types

SCIM_RESOURCES = frozenset(
    {"Bulk", "Me", "Schemas", "ResourceTypes", "ServiceProviderConfig", ".search", "openapi.json"}
).union(kind.endpoint.removeprefix("/") for kind in built_in_types())
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
OTHER = "other"
_FIRST = {
    "oauth": "token",
    "health": "health",
    "static": "static",
    "metrics": "metrics",
}


def kind_of(path: str) -> tuple[str, str]:
    """Returns the kind and the SCIM resource type, "" for other kinds. An organization's own types are OTHER."""
    parts = path.split("/", 6)
    first = parts[1] if len(parts) > 1 else ""
    if first == "v1":
        return _scim(parts, "scim", 2, 4)
    if first == "identity":
        return _scim(parts, "scim", 2, 4 if parts[3:4] == ["v2"] else 5)
    return _FIRST.get(first, "portal"), ""


def _scim(parts: list[str], name: str, at: int, resource_at: int) -> tuple[str, str]:
    if parts[at : at + 1] != [name]:
        return "portal", ""
    resource = parts[resource_at] if len(parts) > resource_at else OTHER
    return "scim", resource if resource in SCIM_RESOURCES else OTHER


def method_of(method: str | None) -> str:
    return method if method in METHODS else OTHER


def status_of(status: int) -> str:
    """Returns the class of a status. 429 and 503 are the service's limits and outages, so they count separately."""
    return str(status) if status in {429, 503} else f"{status // 100}xx"
