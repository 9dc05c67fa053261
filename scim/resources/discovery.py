"""Schemas, ResourceTypes, ServiceProviderConfig: generated from what is served (RFC 7644 §4)."""

from scim.protocol import urns
from scim.protocol.schemas import DISCOVERY, Document, Schema
from scim.resources.registry import HANDLERS

MAX_RESULTS = 1_000
DEFAULT_COUNT = 100
MAX_OPERATIONS = 1_000
MAX_BODY = 1_048_576


def service_provider_config(base_url: str) -> Document:
    """What is supported, with the limits that are enforced."""
    return {
        "schemas": [urns.SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": MAX_OPERATIONS, "maxPayloadSize": MAX_BODY},
        "filter": {"supported": True, "maxResults": MAX_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
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


def schemas(base_url: str) -> list[Document]:
    """Every schema that is served or describes what is served."""
    served = [schema for handler in HANDLERS for schema in (handler.schema.core, *handler.schema.extensions)]
    return [_schema(schema, base_url) for schema in (*served, *DISCOVERY)]


def _schema(schema: Schema, base_url: str) -> Document:
    return {
        "schemas": [urns.SCHEMA],
        **schema.document,
        "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{schema.urn}"},
    }


def resource_types(base_url: str) -> list[Document]:
    return [
        {
            "schemas": [urns.RESOURCE_TYPE],
            "id": handler.name,
            "name": handler.name,
            "description": handler.description,
            "endpoint": handler.endpoint,
            "schema": handler.schema.core.urn,
            "schemaExtensions": [{"schema": schema.urn, "required": False} for schema in handler.schema.extensions],
            "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{handler.name}"},
        }
        for handler in HANDLERS
    ]
