"""Schemas, ResourceTypes and ServiceProviderConfig, generated from the catalogue (RFC 7644 §4)."""

from dataclasses import dataclass

from scim.protocol import urns
from scim.protocol.schemas import WEBEX_GROUP, WEBEX_USER, Document, Schema
from scim.protocol.work import MAX_BODY
from scim.resources.catalogue import Catalogue
from scim.resources.cursors import TIMEOUT

MAX_RESULTS = 1_000
DEFAULT_COUNT = 100
MAX_OPERATIONS = 1_000
MAX_MEMBERS = 500


def service_provider_config(base_url: str) -> Document:
    """The supported features, with the limits that are enforced."""
    return {
        "schemas": [urns.SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": MAX_OPERATIONS, "maxPayloadSize": MAX_BODY},
        "filter": {"supported": True, "maxResults": MAX_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_RESULTS,
            "cursorTimeout": TIMEOUT,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "An access token of the organization, issued on the Provisioning page.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }


@dataclass(frozen=True, slots=True)
class Announcement:
    """The information that discovery returns at one base path.

    Both base paths serve the same resources. Webex's extensions are announced only at the Webex base path
    (docs/decisions/0012).
    """

    catalogue: Catalogue
    base_url: str
    with_webex: bool

    def is_announced(self, schema: Schema) -> bool:
        return self.with_webex or schema not in {WEBEX_USER, WEBEX_GROUP}


def schemas(announcement: Announcement) -> list[Document]:
    """Every announced schema of a served resource type, and the discovery schemas."""
    announced = filter(announcement.is_announced, announcement.catalogue.schemas)
    return [schema_document(schema, announcement.base_url) for schema in announced]


def schema_document(schema: Schema, base_url: str) -> Document:
    return {
        "schemas": [urns.SCHEMA],
        **schema.document,
        "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{schema.urn}"},
    }


def resource_types(announcement: Announcement) -> list[Document]:
    base_url = announcement.base_url
    return [
        {
            "schemas": [urns.RESOURCE_TYPE],
            "id": handler.name,
            "name": handler.name,
            "description": handler.description,
            "endpoint": handler.endpoint,
            "schema": handler.schema.core.urn,
            "schemaExtensions": [
                {"schema": schema.urn, "required": schema.urn in handler.schema.required_extensions}
                for schema in handler.schema.extensions
                if announcement.is_announced(schema)
            ],
            "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{handler.name}"},
        }
        for handler in announcement.catalogue.handlers
    ]
