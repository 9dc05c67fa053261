"""The OpenAPI 3.1 description of an organization's endpoints, generated from its catalogue."""

from collections.abc import Iterable

from scim.protocol import urns
from scim.protocol.bulk import BulkMethod
from scim.protocol.messages import Op
from scim.protocol.schemas import COMMON, Attribute, Document, Mutability, Returned, Schema, Type
from scim.resources.base import ResourceHandler
from scim.resources.discovery import MAX_MEMBERS, MAX_OPERATIONS, MAX_RESULTS, Announcement

MEDIA_TYPES = ("application/scim+json", "application/json")
_JSON_TYPES: dict[Type, Document] = {
    Type.BOOLEAN: {"type": "boolean"},
    Type.INTEGER: {"type": "integer"},
    Type.DECIMAL: {"type": "number"},
    Type.DATE_TIME: {"type": "string", "format": "date-time"},
}
_URL = {"type": "string", "format": "uri"}
_LOCATION = {"Location": {"description": "The URL of the resource (meta.location)", "schema": _URL}}
_ONE = {
    "ETag": {"description": "The weak entity tag (RFC 7644 §3.14)", "schema": {"type": "string"}},
    "Content-Location": {"description": "The URL of the resource (RFC 7643 §3.1)", "schema": _URL},
}
_REFUSALS = {
    400: "The message, a value, the filter or the path is not valid; see scimType",
    401: "The token is missing or not valid",
    403: "The token does not allow this",
    404: "The organization, endpoint or resource does not exist",
    405: "The endpoint does not support this method",
    413: "The body or the bulk request is too large",
    415: "The media type or charset is not supported",
    429: "Too many requests; retry after the time in Retry-After",
    503: "Temporarily unavailable; retry after the time in Retry-After",
}


def describe(announcement: Announcement, *, name: str, has_user: bool) -> Document:
    """The whole description, for one organization at one base path. It includes `/Me` for a personal token."""
    handlers = announcement.catalogue.handlers
    paths: Document = {}
    for handler in handlers:
        paths |= _resource_paths(handler)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"SCIM 2.0 of {name}",
            "version": "2.0",
            "description": "Users, groups and the organization's own resource types (RFC 7643, RFC 7644, RFC 9865).",
        },
        "servers": [{"url": announcement.base_url}],
        "security": [{"token": []}],
        "paths": paths | _common_paths() | (_me_path(announcement.catalogue.by_endpoint["Users"]) if has_user else {}),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": _PARAMETERS,
            "schemas": _MESSAGES
            | {handler.name: _resource(handler, announcement, is_body=False) for handler in handlers}
            | {f"{handler.name}Body": _resource(handler, announcement, is_body=True) for handler in handlers},
        },
    }


# --- paths ---
def _resource_paths(handler: ResourceHandler) -> Document:
    name, one, body = handler.name, _ref(handler.name), _content(_ref(f"{handler.name}Body"))
    shown = [_parameter("attributes"), _parameter("excludedAttributes")]
    tagged = {"parameters": [*shown, _parameter("ifMatch")]}
    paths: Document = {
        handler.endpoint: {
            "get": _operation(f"list{name}s", f"List {name} resources", {200: _LIST}, parameters=_listing()),
            "post": _creation(name, one, body, shown),
        },
        f"{handler.endpoint}/.search": {
            "post": _operation(f"search{name}s", f"Search {name} resources", {200: _LIST}, body=_SEARCH),
        },
        f"{handler.endpoint}/{{id}}": {
            "parameters": [_parameter("id")],
            "get": _operation(
                f"get{name}",
                f"Read a {name}",
                {200: one, 304: None},
                parameters=[*shown, _parameter("ifNoneMatch")],
                is_tagged=True,
            ),
            "put": _operation(
                f"replace{name}",
                f"Replace a {name}",
                {200: one, 409: _ERROR, 412: _ERROR},
                body=body,
                is_tagged=True,
                **tagged,
            ),
            "patch": _operation(
                f"patch{name}",
                f"Change a {name}",
                {200: one, 204: None, 409: _ERROR, 412: _ERROR},
                body=_content(_ref("PatchOp")),
                is_tagged=True,
                **tagged,
            ),
            "delete": _operation(
                f"delete{name}", f"Delete a {name}", {204: None, 412: _ERROR}, parameters=[_parameter("ifMatch")]
            ),
        },
    }
    if name == "Group":
        paths["/Groups/{id}/Members"] = {
            "parameters": [_parameter("id")],
            "get": _operation(
                "listMembers", "List the members of a group", {200: _ref("Members")}, parameters=_members()
            ),
        }
    return paths


def _common_paths() -> Document:
    discovery = {"/Schemas": "schemas", "/ResourceTypes": "resource types"}
    paths: Document = {
        "/": {"get": _operation("listAll", "List resources of every type", {200: _LIST}, parameters=_listing())},
        "/.search": {"post": _operation("searchAll", "Search resources of every type", {200: _LIST}, body=_SEARCH)},
        "/Bulk": {
            "post": _operation(
                "bulk", "Run several operations", {200: _ref("BulkResponse")}, body=_content(_ref("BulkRequest"))
            )
        },
        "/ServiceProviderConfig": {
            "get": _operation("config", "Read the supported features and limits", {200: {"type": "object"}})
        },
    }
    for path, what in discovery.items():
        named = {"name": "name", "in": "path", "required": True, "schema": _TEXT}
        paths[path] = {"get": _operation(f"list{path[1:]}", f"List the {what}", {200: _LIST})}
        paths[f"{path}/{{name}}"] = {
            "parameters": [named],
            "get": _operation(f"get{path[1:]}", f"Read one of the {what}", {200: {"type": "object"}}),
        }
    return paths


def _creation(name: str, one: Document, body: Document, shown: list[Document]) -> Document:
    """POST, whose response links to every operation on the new resource."""
    operation = _operation(
        f"create{name}", f"Create a {name}", {201: one, 409: _ERROR}, body=body, parameters=shown, is_tagged=True
    )
    following = ("get", "replace", "patch", "delete")
    operation["responses"]["201"]["links"] = {
        verb: {"operationId": f"{verb}{name}", "parameters": {"id": "$response.body#/id"}} for verb in following
    }
    return operation


def _me_path(user: ResourceHandler) -> Document:
    """`/Me`: the operations of `/Users/{id}`, with `Location` in every response."""
    path: Document = {}
    for method, operation in _resource_paths(user)[f"{user.endpoint}/{{id}}"].items():
        if method != "parameters":
            path[method] = {**operation, "operationId": f"{method}Me", "summary": f"{_ME[method]} the token's owner"}
            path[method]["responses"] = {
                status: {**answer, "headers": answer.get("headers", {}) | _LOCATION} if status < "400" else answer
                for status, answer in operation["responses"].items()
            }
    return {"/Me": path}


_ME = {"get": "Read", "put": "Replace", "patch": "Change", "delete": "Delete"}


def _operation(
    operation_id: str,
    summary: str,
    answers: dict[int, Document | None],
    *,
    body: Document | None = None,
    parameters: Iterable[Document] = (),
    is_tagged: bool = False,
) -> Document:
    responses: Document = {}
    for status, schema in answers.items():
        response: Document = {"description": _DONE.get(status, _REFUSALS.get(status, "Refused"))}
        if schema is not None:
            response["content"] = {kind: {"schema": schema} for kind in MEDIA_TYPES}
        if is_tagged and status in {200, 201, 304}:
            response["headers"] = _ONE | (_LOCATION if status == 201 else {})
        responses[str(status)] = response
    for status, description in _REFUSALS.items():
        content = {kind: {"schema": _ERROR} for kind in MEDIA_TYPES}
        responses.setdefault(str(status), {"description": description, "content": content})
    operation: Document = {"operationId": operation_id, "summary": summary, "responses": responses}
    if parameters := list(parameters):
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


_DONE = {
    200: "The current resource or list",
    201: "Created",
    204: "Done; no content",
    304: "The entity tag still matches",
    409: "Another resource has this value (uniqueness)",
    412: "The entity tag does not match",
}


def _listing() -> list[Document]:
    names = ("filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes")
    return [_parameter(name) for name in names]


def _members() -> list[Document]:
    return [_parameter("startIndex"), _parameter("memberCount"), _parameter("memberType")]


def _parameter(name: str) -> Document:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, description: str, schema: Document) -> Document:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_TEXT: Document = {"type": "string"}
_PARAMETERS: Document = {
    "id": {"name": "id", "in": "path", "required": True, "description": "The resource's id", "schema": _TEXT},
    "filter": _query("filter", "RFC 7644 §3.4.2.2", {"type": "string", "examples": ['userName eq "neo@example.com"']}),
    "sortBy": _query("sortBy", "The attribute to sort by", {"type": "string", "examples": ["userName"]}),
    "sortOrder": _query("sortOrder", "The direction", {"type": "string", "enum": ["ascending", "descending"]}),
    "startIndex": _query("startIndex", "The first result, from 1", {"type": "integer"}),
    "count": _query("count", f"Results in a page, at most {MAX_RESULTS}", {"type": "integer"}),
    "memberCount": _query("count", f"Members in a page, at most {MAX_MEMBERS}", {"type": "integer"}),
    "memberType": _query("memberType", "Only these members", {"type": "string", "enum": ["user", "group"]}),
    "cursor": _query("cursor", "RFC 9865: empty for the first page, then 'nextCursor' of the previous page", _TEXT),
    "attributes": _query(
        "attributes", "Return only these (comma-separated)", {"type": "string", "examples": ["userName"]}
    ),
    "excludedAttributes": _query("excludedAttributes", "Return all but these (comma-separated)", _TEXT),
    "ifMatch": {"name": "If-Match", "in": "header", "description": "Only this version", "schema": _TEXT},
    "ifNoneMatch": {"name": "If-None-Match", "in": "header", "description": "Not this version", "schema": _TEXT},
}


# --- schemas ---
def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(schema: Document) -> Document:
    return {kind: {"schema": schema} for kind in MEDIA_TYPES}


def _envelope(urn: str, properties: Document, required: Iterable[str]) -> Document:
    schemas = {"type": "array", "items": {"type": "string"}, "contains": {"const": urn}}
    return {"type": "object", "properties": {"schemas": schemas, **properties}, "required": ["schemas", *required]}


_ERROR = _ref("Error")
_LIST = _ref("ListResponse")
_SEARCH = _content(_ref("SearchRequest"))
_NAMES: Document = {"type": "array", "items": _TEXT}
_NUMBER: Document = {"type": "integer", "minimum": 0}
_MESSAGES: Document = {
    "Error": _envelope(urns.ERROR, {"status": _TEXT, "scimType": _TEXT, "detail": _TEXT}, ["status", "detail"]),
    "ListResponse": _envelope(
        urns.LIST_RESPONSE,
        {
            "totalResults": _NUMBER,
            "itemsPerPage": _NUMBER,
            "startIndex": {"type": "integer", "minimum": 1},
            "nextCursor": _TEXT,
            "previousCursor": _TEXT,
            "Resources": {"type": "array", "items": {"type": "object"}},
        },
        ["totalResults", "itemsPerPage", "Resources"],
    ),
    "SearchRequest": _envelope(
        urns.SEARCH_REQUEST,
        {
            "filter": _TEXT,
            "sortBy": _TEXT,
            "sortOrder": {"type": "string", "enum": ["ascending", "descending"]},
            "startIndex": {"type": "integer"},
            "count": {"type": "integer"},
            "cursor": _TEXT,
            "attributes": _NAMES,
            "excludedAttributes": _NAMES,
        },
        [],
    ),
    "PatchOp": _envelope(
        urns.PATCH_OP,
        {
            "Operations": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "properties": {
                        "op": {"type": "string", "enum": [op.value for op in Op]},
                        "path": _TEXT,
                        "value": {},
                    },
                    "required": ["op"],
                },
            }
        },
        ["Operations"],
    ),
    "BulkRequest": _envelope(
        urns.BULK_REQUEST,
        {
            "failOnErrors": {"type": "integer", "minimum": 0},
            "Operations": {
                "type": "array",
                "maxItems": MAX_OPERATIONS,
                "items": {
                    "type": "object",
                    "properties": {
                        "method": {"type": "string", "enum": [method.value for method in BulkMethod]},
                        "path": _TEXT,
                        "bulkId": _TEXT,
                        "version": _TEXT,
                        "data": {"type": "object"},
                    },
                    "required": ["method", "path"],
                },
            },
        },
        ["Operations"],
    ),
    "BulkResponse": _envelope(
        urns.BULK_RESPONSE,
        {
            "Operations": {
                "type": "array",
                "items": {"type": "object", "properties": {"status": _TEXT}, "required": ["status"]},
            }
        },
        ["Operations"],
    ),
    "Members": _envelope(
        urns.WEBEX_MEMBERS,
        {"totalResults": _NUMBER, "members": {"type": "array", "items": {"type": "object"}}},
        ["displayName", "totalResults", "members"],
    ),
}


def _resource(handler: ResourceHandler, announcement: Announcement, *, is_body: bool) -> Document:
    """A resource in a request or response. Few attributes are required in responses, as clients can exclude them."""
    schema = handler.schema
    properties = _properties((*COMMON, *schema.core.attributes), is_body=is_body)
    for extension in filter(announcement.is_announced, schema.extensions):
        properties[extension.urn] = _extension(extension, is_body=is_body)
    needed = [attribute.name for attribute in schema.core.attributes if attribute.required] if is_body else ["id"]
    return {"type": "object", "properties": properties, "required": ["schemas", *needed]}


def _extension(extension: Schema, *, is_body: bool) -> Document:
    document: Document = {"type": "object", "properties": _properties(extension.attributes, is_body=is_body)}
    if is_body and (needed := [attribute.name for attribute in extension.attributes if attribute.required]):
        document["required"] = needed
    return document


def _properties(attributes: Iterable[Attribute], *, is_body: bool) -> Document:
    return {
        attribute.name: _property(attribute, is_body=is_body)
        for attribute in attributes
        if _is_there(attribute, is_body)
    }


def _is_there(attribute: Attribute, is_body: bool) -> bool:
    hidden = attribute.mutability is Mutability.READ_ONLY if is_body else attribute.returned is Returned.NEVER
    return not hidden


def _property(attribute: Attribute, *, is_body: bool) -> Document:
    if attribute.is_complex:
        item: Document = {"type": "object", "properties": _properties(attribute.sub_attributes, is_body=is_body)}
    else:
        item = dict(_JSON_TYPES.get(attribute.type, _TEXT))
    return {"type": "array", "items": item} if attribute.multi_valued else item
