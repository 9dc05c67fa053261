"""Where a SCIM rule must hold: both base paths, and every kind of resource type."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from audit.actor import COMMAND
from controlhub.actions.schemas import extend_resource_type, register_resource_type, register_schema
from tests import factories
from tests.conftest import ScimClient

BASES = {"v1": "/v1/scim/{}", "webex": "/identity/scim/{}/v2"}
EACH_BASE = ["v1", pytest.param("webex", marks=pytest.mark.deep)]
"""Both base paths. The second runs only in the deep tier, because the same views serve both."""
PREFIX = "urn:ietf:params:scim:schemas:core:2.0"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
DEVICE = "urn:example:scim:schemas:2.0:Device"
LABEL = "urn:example:scim:schemas:extension:2.0:Label"


@dataclass(frozen=True)
class Kind:
    """A resource type: its endpoint, core schema, an extension with an attribute, and a body for the nth resource."""

    endpoint: str
    core: str
    extension: str
    naming: str
    extended: dict[str, Any] = field(default_factory=dict)

    def body(self, number=1, **more):
        return {"schemas": [self.core], self.naming: f"thing{number}@example.com", **more}


KINDS = {
    "user": Kind("/Users", f"{PREFIX}:User", factories.ENTERPRISE, "userName", {"department": "R&D"}),
    "group": Kind("/Groups", f"{PREFIX}:Group", LABEL, "displayName", {"colour": "red"}),
    "custom": Kind("/Devices", DEVICE, LABEL, "serial", {"colour": "red"}),
}


def register_types(organization):
    """Register a custom resource type at /Devices, with an extension, and an extension of groups."""
    text = {"type": "string"}
    label = register_schema(
        organization, definition={"id": LABEL, "attributes": [{"name": "colour", **text}]}, actor=COMMAND
    )
    serial = {"name": "serial", **text, "required": True}
    register_schema(organization, definition={"id": DEVICE, "attributes": [serial]}, actor=COMMAND)
    definition = {"name": "Device", "endpoint": "/Devices", "schema": DEVICE}
    register_resource_type(organization, definition=definition, actor=COMMAND)
    for name in ("Device", "Group"):
        extend_resource_type(organization, resource_type=name, schema=label, actor=COMMAND)


def client(organization, base, **token):
    """A client of one base path, with a new token."""
    _, secret = factories.make_token(organization, **token)
    return ScimClient(organization, secret, BASES[base])


def bulk(*operations, **more):
    return {"schemas": [BULK], "Operations": list(operations), **more}
