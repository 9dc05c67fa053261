"""`/Bulk`: each operation through the same handler as alone, with its own transaction and its own outcome."""

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse

from controlhub.transactions import retried
from scim.api import errors
from scim.api.media import read_json
from scim.api.views import ScimView, parse_id, require_object
from scim.protocol import urns
from scim.protocol.bulk import BulkMethod, BulkOperation, in_order, parse_operation, require_document
from scim.protocol.errors import InvalidSyntax, NotFound, PayloadTooLarge, ScimError
from scim.protocol.leniency import Leniency
from scim.protocol.messages import parse_patch, require_envelope
from scim.protocol.project import WHOLE
from scim.protocol.schemas import Document, Json
from scim.resources.base import Context, ResourceHandler, dump
from scim.resources.catalogue import Catalogue
from scim.resources.discovery import MAX_OPERATIONS
from scim.resources.rows import Row


class BulkView(ScimView):
    may_remember = False

    def post(self, request: HttpRequest) -> HttpResponse:
        """The outcome of every operation that was tried, in the order of the request (RFC 7644 §3.7)."""
        body = require_object(read_json(request))
        require_envelope(body, urns.BULK_REQUEST, self.context.leniency)
        members = {key.lower(): value for key, value in body.items()}
        run = Run(self.context, self.catalogue, fail_on_errors=fail_on_errors(members.get("failonerrors")))
        outcomes = run.all(operations_of(members.get("operations")))
        return self._respond(dump({"schemas": [urns.BULK_RESPONSE], "Operations": outcomes}))


@dataclass
class Run:
    """One bulk request at work."""

    context: Context
    catalogue: Catalogue
    fail_on_errors: int | None

    def all(self, values: list[Json]) -> list[Document]:
        """Do the operations; what stands after the last error that is allowed is not tried."""
        outcomes: dict[int, Document] = {}
        known: dict[str, str] = {}
        operations: dict[int, BulkOperation] = {}
        for number, value in enumerate(values):
            try:
                operations[number] = parse_operation(value)
            except ScimError as error:
                outcomes[number] = failure(value, error)
        failed = len(outcomes)
        for number in in_order(operations):
            if self.fail_on_errors is not None and failed >= self.fail_on_errors:
                break
            outcomes[number] = self.one(operations[number], known)
            failed += "response" in outcomes[number]
        return [outcomes[number] for number in sorted(outcomes)]

    def one(self, operation: BulkOperation, known: dict[str, str]) -> Document:
        """Do one operation; its entry in the answer."""
        outcome: Document = {"method": operation.method}
        if operation.bulk_id:
            outcome["bulkId"] = operation.bulk_id
        try:
            handler = self.catalogue.by_endpoint.get(operation.endpoint)
            if handler is None:
                raise NotFound(f"There is no endpoint /{operation.endpoint}.")
            found = handler
            status, resource_id, row = retried(lambda: self.perform(operation, found, known))
        except Exception as exception:
            error = errors.to_scim_error(exception)
            return {**outcome, "status": str(error.status), "response": error.to_document()}
        if operation.bulk_id and row:
            known[operation.bulk_id] = row.id
        outcome["location"] = handler.location(resource_id, self.context)
        if row:
            outcome["version"] = handler.row_etag(row)
        return {**outcome, "status": str(status)}

    def perform(
        self, operation: BulkOperation, handler: ResourceHandler, known: dict[str, str]
    ) -> tuple[int, str, Row | None]:
        """Status, id, and the resource as it is now."""
        context = replace(self.context, leniency=Leniency(self.context.leniency.allowed))
        named, data = operation.resolved(known)
        if operation.method is BulkMethod.POST:
            row = handler.create(require_document(data), context, projection=WHOLE)
            return 201, row.id, row
        target = parse_id(str(named), handler)
        if operation.method is BulkMethod.DELETE:
            handler.delete(target, context, if_match=operation.version)
            return 204, str(target), None
        if operation.method is BulkMethod.PUT:
            body = require_document(data)
            return (
                200,
                str(target),
                handler.replace(target, body, context, projection=WHOLE, if_match=operation.version),
            )
        changes = parse_patch(data, context.leniency)
        patched = handler.patch(target, changes, context, projection=WHOLE, if_match=operation.version)
        return 200 if patched else 204, str(target), patched


def operations_of(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise InvalidSyntax("'Operations' must be an array.")
    if len(value) > MAX_OPERATIONS:
        raise PayloadTooLarge(f"At most {MAX_OPERATIONS} operations are taken in one request.")
    return value


def fail_on_errors(value: Json) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return int(value)
    raise InvalidSyntax("'failOnErrors' must be a whole number above 0.")


def failure(value: Json, error: ScimError) -> Document:
    """The entry of an operation that is none."""
    named = {key: value[key] for key in ("method", "bulkId") if isinstance(value, dict) and key in value}
    return {**named, "status": str(error.status), "response": error.to_document()}
