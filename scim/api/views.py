"""Collection, resource, search, discovery: one view each for all resource types (RFC 7644 §3.2)."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from scim.api import errors
from scim.api.authentication import Caller, authenticate
from scim.api.media import answer_type, json_response, read_json
from scim.api.pagination import parse_window
from scim.api.permissions import require_organization, require_scope
from scim.protocol import urns
from scim.protocol.errors import Forbidden, InvalidFilter, InvalidSyntax, MethodNotAllowed, NotFound, NotImplementedHere
from scim.protocol.grammar import parse_filter
from scim.protocol.messages import list_response, parse_patch, require_envelope
from scim.protocol.project import Projection, parse_projection
from scim.protocol.schemas import Document, Json
from scim.resources import discovery
from scim.resources.base import Context, ResourceHandler, Row, dump
from scim.resources.order import parse_sort
from scim.resources.preconditions import names
from scim.resources.registry import BY_ENDPOINT, HANDLERS


class ScimView(APIView):
    """Authentication, tenancy, scope, and errors in SCIM's form, the same for every endpoint."""

    is_search = False
    is_legacy_base = True
    context: Context
    caller: Caller

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """APIView's dispatch without its renderers and parsers: they cost and would answer in another form."""
        self.request = request  # type: ignore[assignment]
        try:
            self._open(request, UUID(kwargs.pop("organization_id")))
            response: HttpResponse = self._handler(request)(request, *args, **kwargs)
        except Exception as exception:
            error = errors.to_scim_error(exception)
            response = self._respond(dump(error.to_document()), status=error.status)
            for name, value in errors.headers(error).items():
                response[name] = value
        return response

    def _open(self, request: HttpRequest, organization_id: UUID) -> None:
        self.caller = authenticate(request)
        require_organization(self.caller, organization_id)
        require_scope(self.caller, request.method or "", searching=self.is_search)
        base_url = request.build_absolute_uri(base_path(organization_id, is_legacy=self.is_legacy_base))
        self.context = Context(self.caller.organization, self.caller.actor, base_url)

    def _handler(self, request: HttpRequest) -> Any:
        method = (request.method or "").lower()
        allowed = [name for name in ("get", "post", "put", "patch", "delete") if hasattr(self, name)]
        name = "get" if method == "head" else method
        if name not in allowed:
            raise MethodNotAllowed(allowed=[name.upper() for name in allowed])
        return getattr(self, name)

    def _respond(self, text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
        kind = answer_type(self.request, is_legacy_base=self.is_legacy_base)
        response = json_response(text, status=status, content_type=kind)
        for name, value in (headers or {}).items():
            response[name] = value
        return response

    def _respond_row(
        self, handler: ResourceHandler, row: Row, projection: Projection, *, status: int = 200
    ) -> HttpResponse:
        headers = {"ETag": row.etag}
        if status == 201:
            headers["Location"] = handler.location(row.id, self.context)
        return self._respond(handler.represent(row, self.context, projection), status=status, headers=headers)


def base_path(organization_id: UUID, *, is_legacy: bool) -> str:
    """The path of a service provider: the handbook's Tenant URL, or today's form (architecture.md §2)."""
    return f"/v1/scim/{organization_id}" if is_legacy else f"/identity/scim/{organization_id}/v2"


class CollectionView(ScimView):
    """`/Users`, `/Groups`."""

    def get(self, request: HttpRequest, *, endpoint: str) -> HttpResponse:
        handler = BY_ENDPOINT[endpoint]
        parameters: dict[str, Json] = {key.lower(): value for key, value in request.GET.items()}
        return self._respond(list_page([handler], parameters, self.context))

    def post(self, request: HttpRequest, *, endpoint: str) -> HttpResponse:
        handler = BY_ENDPOINT[endpoint]
        projection = query_projection(request, handler)
        row = handler.create(require_object(read_json(request)), self.context, projection=projection)
        return self._respond_row(handler, row, projection, status=201)


class ResourceView(ScimView):
    """`/Users/{id}`, `/Groups/{id}`."""

    def get(self, request: HttpRequest, *, endpoint: str, resource_id: str) -> HttpResponse:
        handler = BY_ENDPOINT[endpoint]
        projection = query_projection(request, handler)
        row = handler.fetch(parse_id(resource_id, handler), self.context, projection)
        if (header := request.headers.get("If-None-Match")) and names(header, row.version):
            return HttpResponse(status=304, headers={"ETag": row.etag})
        return self._respond_row(handler, row, projection)

    def put(self, request: HttpRequest, *, endpoint: str, resource_id: str) -> HttpResponse:
        handler = BY_ENDPOINT[endpoint]
        target = parse_id(resource_id, handler)
        body = require_object(read_json(request))
        projection, if_match = query_projection(request, handler), request.headers.get("If-Match")
        row = handler.replace(target, body, self.context, projection=projection, if_match=if_match)
        return self._respond_row(handler, row, projection)

    def patch(self, request: HttpRequest, *, endpoint: str, resource_id: str) -> HttpResponse:
        handler = BY_ENDPOINT[endpoint]
        target = parse_id(resource_id, handler)
        operations = parse_patch(read_json(request), self.context.leniency)
        projection, if_match = query_projection(request, handler), request.headers.get("If-Match")
        row = handler.patch(target, operations, self.context, projection=projection, if_match=if_match)
        return self._respond_row(handler, row, projection) if row else no_content()

    def delete(self, request: HttpRequest, *, endpoint: str, resource_id: str) -> HttpResponse:
        handler = BY_ENDPOINT[endpoint]
        handler.delete(parse_id(resource_id, handler), self.context, if_match=request.headers.get("If-Match"))
        return no_content()


class SearchView(ScimView):
    """`POST /.search`, at one endpoint or over all resource types (RFC 7644 §3.4.3)."""

    is_search = True

    def post(self, request: HttpRequest, *, endpoint: str | None = None) -> HttpResponse:
        body = read_json(request)
        require_envelope(body, urns.SEARCH_REQUEST, self.context.leniency)
        handlers = [BY_ENDPOINT[endpoint]] if endpoint else list(HANDLERS)
        parameters = {key.lower(): value for key, value in body.items()}
        return self._respond(list_page(handlers, parameters, self.context))


class MeView(ScimView):
    """`/Me`: the user whose token it is; a connection's token has none (conformance.md §4)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.caller.user_id is None:
            raise NotImplementedHere("This token belongs to a connection, not to a user; there is no /Me for it.")
        handler = BY_ENDPOINT["Users"]
        projection = query_projection(request, handler)
        return self._respond_row(handler, handler.fetch(self.caller.user_id, self.context, projection), projection)


class DiscoveryView(ScimView):
    """`/ServiceProviderConfig`, `/Schemas`, `/ResourceTypes` (RFC 7644 §4)."""

    def get(self, request: HttpRequest, *, kind: str, name: str | None = None) -> HttpResponse:
        if any(key.lower() == "filter" for key in request.GET):
            raise Forbidden("Discovery endpoints cannot be filtered.")
        base_url = self.context.base_url
        if kind == "ServiceProviderConfig":
            return self._respond(dump(discovery.service_provider_config(base_url)))
        documents = discovery.schemas(base_url) if kind == "Schemas" else discovery.resource_types(base_url)
        if name is None:
            return self._respond(dump(list_response(documents)))
        for document in documents:
            if str(document["id"]).lower() == name.lower():
                return self._respond(dump(document))
        raise NotFound(f"There is no {name} in /{kind}.")


class UnknownView(ScimView):
    """Anything else below a base path: a SCIM 404, for callers of this organization only."""

    def _handler(self, request: HttpRequest) -> Any:  # noqa: ARG002
        raise NotFound("There is no such endpoint.")


def no_content() -> HttpResponse:
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def list_page(handlers: list[ResourceHandler], parameters: Mapping[str, Json], context: Context) -> str:
    """A ListResponse as text: the page asked for, over one resource type after the other."""
    text = parameters.get("filter")
    node = parse_filter(require_text(text, "filter")) if text is not None else None
    window = parse_window(parameters.get("startindex"), parameters.get("count"))
    sort = parse_sort(parameters.get("sortby"), parameters.get("sortorder"))
    total, resources, offset, wanted = 0, [], window.offset, window.count
    for handler in handlers:
        projection = parse_projection(
            split_names(parameters.get("attributes")), split_names(parameters.get("excludedattributes")), handler.schema
        )
        size, rows = handler.search(node, sort, offset, wanted, context, projection)
        resources += [handler.represent(row, context, projection) for row in rows]
        total, wanted, offset = total + size, wanted - len(rows), max(0, offset - size)
    head = dump(
        {
            "schemas": [urns.LIST_RESPONSE],
            "totalResults": total,
            "startIndex": window.start_index,
            "itemsPerPage": len(resources),
        }
    )
    return f'{head[:-1]},"Resources":[{",".join(resources)}]}}'


def query_projection(request: HttpRequest, handler: ResourceHandler) -> Projection:
    parameters = {key.lower(): value for key, value in request.GET.items()}
    return parse_projection(
        split_names(parameters.get("attributes")), split_names(parameters.get("excludedattributes")), handler.schema
    )


def split_names(value: Json) -> Iterable[str]:
    """Attribute names, as a comma-separated parameter or as an array in a SearchRequest."""
    if isinstance(value, list):
        return [str(name) for name in value]
    return [name for name in str(value).split(",") if name.strip()] if value else []


def parse_id(text: str, handler: ResourceHandler) -> UUID:
    """The id of a URL; one that is no UUID names nothing here."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"There is no {handler.name} {text}.") from None


def require_object(body: Json) -> Document:
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    return body


def require_text(value: Json, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidFilter(f"'{name}' must be a string.")
    return value
