"""Collection, resource, search and discovery: one view each for all resource types (RFC 7644 §3.2)."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from time import perf_counter
from typing import Any
from uuid import UUID

from cachetools import LRUCache, cached
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from controlhub.actions.refusals import record_refusal
from controlhub.actions.request_log import RECORDER, RefusedOperation
from controlhub.database.transactions import retried
from controlhub.models import Organization
from controlhub.sql.proof import StaleTokenError
from controlhub.sql.rows import Row
from controlhub.text.identifiers import id_of, id_text
from scim.api import errors
from scim.api.authentication import Caller, authenticate
from scim.api.contention import CONTENTION
from scim.api.listing import list_page, projection_of
from scim.api.media import answer_type, json_response, read_json
from scim.api.pagination import parse_window
from scim.api.parameters import query_parameters
from scim.api.permissions import require_organization, require_scope
from scim.api.refused import refused_request
from scim.api.request_log import REQUESTS, Answered
from scim.api.throttling import Throttle
from scim.protocol import urns
from scim.protocol.errors import (
    Forbidden,
    InvalidSyntax,
    InvalidVersion,
    MethodNotAllowed,
    NotFound,
    NotImplementedHere,
    Paused,
)
from scim.protocol.leniency import ALL, Leniency
from scim.protocol.messages import list_response, parse_patch, require_envelope
from scim.protocol.project import Projection
from scim.protocol.schemas import Document, Json
from scim.resources import discovery
from scim.resources.base import Context, ResourceHandler, dump
from scim.resources.catalogue import Catalogue, catalogue_of
from scim.resources.discovery import MAX_MEMBERS, Announcement
from scim.resources.members import members_page
from scim.resources.openapi import describe
from scim.resources.preconditions import names

MAX_ORIGINS = 64
METHODS = ("get", "post", "put", "patch", "delete")
CHANGES = frozenset({"PUT", "PATCH", "DELETE"})
THROTTLE = Throttle(settings.SCIM_REQUESTS_PER_SECOND)


class ScimView(APIView):
    """Authentication, tenancy, scopes and SCIM errors, shared by all endpoints."""

    is_search = False
    may_remember = True
    is_webex_path = False
    context: Context
    caller: Caller
    catalogue: Catalogue
    refused: tuple[RefusedOperation, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """APIView's dispatch without its renderers and parsers, which are slow and would use a different format."""
        self.request = request  # type: ignore[assignment]
        began = perf_counter()
        named = kwargs.pop("organization_id", None)
        organization_id = UUID(named) if named else None
        try:
            try:
                response = self._answer(request, organization_id, args, kwargs, may_remember=self.may_remember)
            except StaleTokenError:
                response = self._answer(request, organization_id, args, kwargs, may_remember=False)
        except Exception as exception:
            record_refusal(exception)
            is_read = self.is_search or request.method in {"GET", "HEAD"}
            error = errors.to_scim_error(exception, is_read=is_read)
            self.refused = refused_request(request, kwargs, error, is_read=is_read)
            response = self._respond(dump(error.to_document()), status=error.status)
            for name, value in errors.headers(error).items():
                response[name] = value
            errors.log_expected(error, request, response)
        self._note(request, response, perf_counter() - began, organization_id)
        return response

    def _note(self, request: HttpRequest, response: HttpResponse, seconds: float, organization_id: UUID | None) -> None:
        """Log the request. `caller` is missing until the token is checked, and `context` until the endpoint is open."""
        found = self.__dict__
        caller, context = found.get("caller"), found.get("context")
        leniency = context.leniency if context else None
        note = request.META.get(RECORDER) or REQUESTS.note
        note(Answered(request, response, seconds, organization_id, caller, leniency, self.is_search, self.refused))

    def _answer(
        self, request: HttpRequest, organization_id: UUID | None, args: Any, kwargs: Any, *, may_remember: bool
    ) -> HttpResponse:
        self.caller = authenticate(request, may_remember=may_remember)
        try:
            self._open(request, organization_id)
            method = self._handler(request)
            with self._turn(request, kwargs):
                response: HttpResponse = retried(lambda: method(request, *args, **kwargs))
        finally:  # send nothing, not even an error, if the token may have been revoked
            if not self.caller.proof.is_given and authenticate(request).proof.values != self.caller.proof.values:
                raise StaleTokenError
        return response

    def _turn(self, request: HttpRequest, named: Mapping[str, Any]) -> AbstractContextManager[None]:
        """A context manager for the handler: writes to one resource take turns while it is locked."""
        if request.method not in CHANGES:
            return nullcontext()
        resource = named.get("resource_id") or self.caller.user_id
        return CONTENTION.turn((self.caller.organization.id, str(resource).lower()))

    def _open(self, request: HttpRequest, organization_id: UUID | None) -> None:
        """Check access and set the context. For Webex's URLs without an organization, the token's is used."""
        if self.caller.is_paused:
            raise Paused
        if RECORDER not in request.META:
            THROTTLE.take(self.caller.actor.id)
        organization = self.caller.organization
        if organization_id is not None:
            require_organization(self.caller, organization_id)
        require_scope(self.caller, request.method or "", searching=self.is_search)
        base_url = f"{origin(request)}{base_path(organization.id, is_webex_path=self.is_webex_path)}"
        leniency = leniency_of(organization)
        self.context = Context(
            organization, self.caller.actor, base_url, leniency, self.caller.proof, self.is_webex_path
        )
        self.catalogue = catalogue_of(organization)

    def _handler(self, request: HttpRequest) -> Any:
        method = (request.method or "").lower()
        name = "get" if method == "head" else method
        found = getattr(self, name, None) if name in METHODS else None
        if found is None:
            raise MethodNotAllowed(allowed=[name.upper() for name in METHODS if hasattr(self, name)])
        return found

    def _respond(
        self, text: str | bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        kind = answer_type(self.request, is_webex_path=self.is_webex_path)
        response = json_response(text, status=status, content_type=kind)
        for name, value in (headers or {}).items():
            response[name] = value
        return response

    def _endpoint(self, name: str) -> ResourceHandler:
        """The resource type of an endpoint. Raises NotFound."""
        handler = self.catalogue.by_endpoint.get(name)
        if handler is None:
            raise NotFound("There is no such endpoint.")
        return handler

    def _respond_row(
        self, handler: ResourceHandler, row: Row, projection: Projection, *, status: int = 200
    ) -> HttpResponse:
        location = handler.location(row.id, self.context)
        headers = {"ETag": row.etag, "Content-Location": location}
        if status == 201:
            headers["Location"] = location
        return self._respond(handler.represent(row, self.context, projection), status=status, headers=headers)

    def _respond_document(self, document: Document) -> HttpResponse:
        """Respond with one discovery resource."""
        return self._respond(dump(document), headers={"Content-Location": document["meta"]["location"]})


def _called(request: HttpRequest) -> tuple[str, str]:
    return request.scheme or "", request.META.get("HTTP_HOST", "")


@cached(LRUCache(MAX_ORIGINS), key=_called, lock=Lock())
def origin(request: HttpRequest) -> str:
    """The scheme and host of the request, validated by `get_host`. Each pair is checked only once."""
    return f"{request.scheme}://{request.get_host()}"


def base_path(organization_id: UUID, *, is_webex_path: bool) -> str:
    """The base path of a service provider, in Webex's form with the version at the end, or in ours."""
    named = id_text(organization_id)
    return f"/identity/scim/{named}/v2" if is_webex_path else f"/v1/scim/{named}"


class CollectionView(ScimView):
    """`/Users`, `/Groups`."""

    def get(self, request: HttpRequest, *, endpoint: str) -> HttpResponse:
        handler = self._endpoint(endpoint)
        return self._respond(list_page([handler], query_parameters(request), self.context))

    def post(self, request: HttpRequest, *, endpoint: str) -> HttpResponse:
        handler = self._endpoint(endpoint)
        projection = query_projection(request, handler, self.context)
        row = handler.create(require_object(read_json(request)), self.context, projection=projection)
        return self._respond_row(handler, row, projection, status=201)


class ResourceView(ScimView):
    """`/Users/{id}`, `/Groups/{id}`."""

    def get(self, request: HttpRequest, *, endpoint: str, resource_id: str) -> HttpResponse:
        handler = self._endpoint(endpoint)
        projection = query_projection(request, handler, self.context)
        row = handler.fetch(parse_id(resource_id, handler), self.context, projection)
        etag = row.etag
        if (header := request.META.get("HTTP_IF_NONE_MATCH")) and names(header, etag):
            return not_modified(etag, handler.location(row.id, self.context))
        return self._respond_row(handler, row, projection)

    def put(self, request: HttpRequest, *, endpoint: str, resource_id: str) -> HttpResponse:
        handler = self._endpoint(endpoint)
        target = parse_id(resource_id, handler)
        body = require_object(read_json(request))
        projection, if_match = query_projection(request, handler, self.context), request.META.get("HTTP_IF_MATCH")
        row = handler.replace(target, body, self.context, projection=projection, if_match=if_match)
        return self._respond_row(handler, row, projection)

    def patch(self, request: HttpRequest, *, endpoint: str, resource_id: str) -> HttpResponse:
        handler = self._endpoint(endpoint)
        target = parse_id(resource_id, handler)
        operations = parse_patch(read_json(request), self.context.leniency)
        projection, if_match = query_projection(request, handler, self.context), request.META.get("HTTP_IF_MATCH")
        row = handler.patch(target, operations, self.context, projection=projection, if_match=if_match)
        return self._respond_row(handler, row, projection) if row else no_content()

    def delete(self, request: HttpRequest, *, endpoint: str, resource_id: str) -> HttpResponse:
        handler = self._endpoint(endpoint)
        handler.delete(parse_id(resource_id, handler), self.context, if_match=request.META.get("HTTP_IF_MATCH"))
        return no_content()


class SearchView(ScimView):
    """`POST /.search`, at one endpoint or over all resource types (RFC 7644 §3.4.3)."""

    is_search = True

    def post(self, request: HttpRequest, *, endpoint: str | None = None) -> HttpResponse:
        body = read_json(request)
        require_envelope(body, urns.SEARCH_REQUEST, self.context.leniency)
        handlers = [self._endpoint(endpoint)] if endpoint else self.catalogue.handlers
        parameters = {key.lower(): value for key, value in body.items()}
        return self._respond(list_page(handlers, parameters, self.context))


class RootView(ScimView):
    """The base path itself: a query over all resource types (RFC 7644 §3.4.2.1)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._respond(list_page(self.catalogue.handlers, query_parameters(request), self.context))


class MembersView(ScimView):
    """`/Groups/{id}/Members`: the members of a group in pages, as in Webex (developer.webex.com, SCIM 2 Groups)."""

    def get(self, request: HttpRequest, *, resource_id: str) -> HttpResponse:
        handler, parameters = self._endpoint("Groups"), query_parameters(request)
        group_id = parse_id(resource_id, handler)
        window = parse_window(parameters.get("startindex"), parameters.get("count"), most=MAX_MEMBERS)
        kind = str(parameters.get("membertype") or "").lower()
        return self._respond(members_page(group_id, window, kind, self.context))


class MeView(ResourceView):
    """`/Me`: `/Users/{id}` of the owner of the token (RFC 7644 §3.11).

    A connection's token does not have an owner.
    """

    def _handler(self, request: HttpRequest) -> Any:
        method, user_id = super()._handler(request), self.caller.user_id
        if user_id is None:
            raise NotImplementedHere("/Me needs a personal token. This token belongs to a connection.")

        def answer(request: HttpRequest) -> HttpResponse:
            response: HttpResponse = method(request, endpoint="Users", resource_id=str(user_id))
            response["Location"] = self._endpoint("Users").location(user_id, self.context)
            return response

        return answer


class DiscoveryView(ScimView):
    """`/ServiceProviderConfig`, `/Schemas`, `/ResourceTypes` (RFC 7644 §4)."""

    def get(self, request: HttpRequest, *, kind: str, name: str | None = None) -> HttpResponse:
        if any(key.lower() == "filter" for key in request.GET):
            raise Forbidden("Discovery endpoints cannot be filtered.")
        base_url = self.context.base_url
        if kind == "ServiceProviderConfig":
            return self._respond_document(discovery.service_provider_config(base_url))
        generate = discovery.schemas if kind == "Schemas" else discovery.resource_types
        documents = generate(Announcement(self.catalogue, base_url, with_webex=self.is_webex_path))
        if name is None:
            return self._respond(dump(list_response(documents)))
        for document in documents:
            if str(document["id"]).lower() == name.lower():
                return self._respond_document(document)
        raise NotFound(f"There is no {name} in /{kind}.")


class WebexSchemaView(ScimView):
    """`/identity/scim/v2/Schemas/SCIM2/User`: the core schema of a type by the type's name, as in Webex."""

    def get(self, request: HttpRequest, *, type_name: str) -> HttpResponse:  # noqa: ARG002
        core = self._endpoint(f"{type_name}s").schema.core
        return self._respond_document(discovery.schema_document(core, self.context.base_url))


class OpenApiView(ScimView):
    """`/openapi.json`: the description of this organization's endpoints, for tools that generate clients and tests."""

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        announcement = Announcement(self.catalogue, self.context.base_url, with_webex=self.is_webex_path)
        name, has_user = self.caller.organization.name, self.caller.user_id is not None
        return self._respond(dump(describe(announcement, name=name, has_user=has_user)))


class UnknownView(ScimView):
    """Responds with a SCIM 404 to any other path under a base path, for callers of this organization only."""

    def _handler(self, request: HttpRequest) -> Any:  # noqa: ARG002
        raise NotFound("There is no such endpoint.")


class VersionView(ScimView):
    """The base path with a version other than 2."""

    def _handler(self, request: HttpRequest) -> Any:  # noqa: ARG002
        raise InvalidVersion


def leniency_of(organization: Organization) -> Leniency:
    """The tolerances that the organization has not disabled."""
    refused = organization.refused_tolerances
    return Leniency(tolerance for tolerance in ALL if tolerance not in refused) if refused else Leniency()


def not_modified(etag: str, location: str) -> HttpResponse:
    """A 304 with the headers that a 200 would have (RFC 9110 §15.4.5)."""
    response = HttpResponse(status=304, headers={"ETag": etag, "Content-Location": location})
    del response["Content-Type"]
    return response


def no_content() -> HttpResponse:
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def query_projection(request: HttpRequest, handler: ResourceHandler, context: Context) -> Projection:
    return projection_of(query_parameters(request), handler, context)


def parse_id(text: str, handler: ResourceHandler) -> UUID:
    """The id in a URL. Raises NotFound if it is not valid."""
    if (found := id_of(text)) is None:
        raise NotFound(f"There is no {handler.name} {text}.")
    return found


def require_object(body: Json) -> Document:
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    return body
