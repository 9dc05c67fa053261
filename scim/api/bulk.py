"""`/Bulk`: each operation runs through the same handler as a single request, in its own transaction."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from controlhub.actions.bulk_requests import begin_bulk_request
from controlhub.actions.refusals import record_refusal
from controlhub.actions.request_log import RefusedOperation
from controlhub.database.outages import affects_others
from controlhub.database.transactions import retried
from controlhub.errors import DomainError
from controlhub.sql.rows import Row
from scim.api import errors
from scim.api.media import read_json
from scim.api.refused import REFUSED, refused
from scim.api.views import ScimView, parse_id, require_object
from scim.protocol import urns
from scim.protocol.bulk import BulkMethod, BulkOperation, in_order, parse_operation, require_document, resolve
from scim.protocol.errors import InvalidSyntax, InvalidValue, NotFound, PayloadTooLarge, ScimError, Unavailable
from scim.protocol.leniency import Leniency
from scim.protocol.messages import parse_patch, require_envelope
from scim.protocol.project import WHOLE
from scim.protocol.schemas import Document, Json
from scim.resources.base import Context, ResourceHandler, dump
from scim.resources.catalogue import Catalogue
from scim.resources.discovery import MAX_OPERATIONS

SECONDS = 20
"""The time limit of a bulk request. The remaining operations get a 503."""
TOGETHER = 100
"""The maximum number of resources created in one statement."""


class BulkView(ScimView):
    may_remember = False

    def post(self, request: HttpRequest) -> HttpResponse:
        """Responds with the outcome of every attempted operation, in the order of the request (RFC 7644 §3.7)."""
        body = require_object(read_json(request))
        require_envelope(body, urns.BULK_REQUEST, self.context.leniency)
        members = {key.lower(): value for key, value in body.items()}
        most_errors = fail_on_errors(members.get("failonerrors"))
        operations = operations_of(members.get("operations"))
        run = Run(self._begin(len(operations)), self.catalogue, fail_on_errors=most_errors)
        outcomes = run.all(operations)
        self.refused = tuple(run.refused)
        # Webex's documentation spells it `operations`, and its clients expect the same name in the response.
        name = next(key for key in body if key.lower() == "operations")
        return self._respond(dump({"schemas": [urns.BULK_RESPONSE], name: outcomes}))

    def _begin(self, operations: int) -> Context:
        """The context of the operations. A single operation is treated like a separate request."""
        if operations <= 1:
            return self.context
        actor = begin_bulk_request(self.context.organization, operations=operations, actor=self.context.actor)
        return replace(self.context, actor=actor)


@dataclass
class Run:
    """The execution of one bulk request."""

    context: Context
    catalogue: Catalogue
    fail_on_errors: int | None
    refused: list[RefusedOperation] = field(default_factory=list)
    ends_at: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    detail: str = f"A bulk request can take at most {SECONDS} seconds. Send this operation again."

    def all(self, values: list[Json]) -> list[Document]:
        """Run the operations until the maximum number of errors is reached."""
        outcomes: dict[int, Document] = {}
        known: dict[str, str] = {}
        operations: dict[int, BulkOperation] = {}
        broken: dict[int, Document] = {}
        taken: set[str | None] = set()
        for number, value in enumerate(values):
            try:
                operations[number] = require_new(parse_operation(value), taken)
            except ScimError as error:
                broken[number] = failure(value, error)
                self.refused.append(refused("POST", "Bulk", "", error, value))
        stops = list(broken) if self.fail_on_errors is not None else []
        for numbers in together(in_order(operations), operations, stops):
            if self.is_over(outcomes, broken, numbers[0]):
                break
            done = self.create_all([operations[number] for number in numbers], known)
            for number, row in zip(numbers, done, strict=False):
                outcomes[number] = self.outcome(operations[number], 201, row.id, row, known)
            for number in numbers[len(done) :]:
                if self.is_over(outcomes, broken, number):
                    break
                outcomes[number] = self.one(operations[number], known)
        self.is_over(outcomes, broken, len(values))
        return [outcomes[number] for number in sorted(outcomes)]

    def is_over(self, outcomes: dict[int, Document], broken: dict[int, Document], number: int) -> bool:
        """Whether to stop before operation `number`. All earlier malformed operations count as failed by then."""
        for earlier in sorted(other for other in broken if other < number):
            if self.has_failed_enough(outcomes):
                return True
            outcomes[earlier] = broken.pop(earlier)
        return self.has_failed_enough(outcomes)

    def has_failed_enough(self, outcomes: dict[int, Document]) -> bool:
        if self.fail_on_errors is None:
            return False
        return sum("response" in outcome for outcome in outcomes.values()) >= self.fail_on_errors

    def create_all(self, operations: list[BulkOperation], known: dict[str, str]) -> list[Row]:
        """Create the resources of several POSTs to one endpoint in one statement; [] if one of them would fail."""
        handler = self.catalogue.by_endpoint.get(operations[0].endpoint)
        if len(operations) == 1 or handler is None or time.monotonic() > self.ends_at:
            return []
        try:
            bodies = [require_document(operation.resolved(known)[1]) for operation in operations]
            return handler.create_all(bodies, self.context) or []
        except (ScimError, DomainError, DatabaseError) as error:
            if affects_others(error):
                self.give_up()
            return []  # each is then tried alone, which shows the one that fails

    def one(self, operation: BulkOperation, known: dict[str, str]) -> Document:
        """Run one operation. Returns its entry in the response."""
        try:
            if time.monotonic() > self.ends_at:
                raise Unavailable(self.detail)
            handler = self.handler(operation)
            status, resource_id, row = retried(lambda: self.perform(operation, handler, known))
        except Exception as exception:
            record_refusal(exception)
            error = errors.to_scim_error(exception)
            if affects_others(exception):
                self.give_up()
            told = {"status": str(error.status), "response": error.to_document()}
            self.note_refused(operation, error, known)
            return {**named(operation), **self.place(operation, known), **told}
        return self.outcome(operation, status, resource_id, row, known)

    def note_refused(self, operation: BulkOperation, error: ScimError, known: dict[str, str]) -> None:
        """Note a refused operation for the audit log, where each counts as a request."""
        if error.status in REFUSED:
            target = operation.resource_id or ""
            target = known.get(target.removeprefix("bulkId:"), target)
            self.refused.append(refused(operation.method, operation.endpoint, target, error, operation.data))

    def give_up(self) -> None:
        """Respond 503 to the remaining operations, because the database would keep each of them waiting too."""
        self.ends_at, self.detail = 0.0, "The database could not run an earlier operation. Send this operation again."

    def place(self, operation: BulkOperation, known: dict[str, str]) -> Document:
        """The `location` of an operation's resource, if there is one (RFC 7644 §3.7.3)."""
        handler = self.catalogue.by_endpoint.get(operation.endpoint)
        target = operation.resource_id or ""
        if handler is None or not target or (target.startswith("bulkId:") and target[7:] not in known):
            return {}
        return {"location": handler.location(str(resolve(target, known)), self.context)}

    def handler(self, operation: BulkOperation) -> ResourceHandler:
        found = self.catalogue.by_endpoint.get(operation.endpoint)
        if found is None:
            raise NotFound(f"There is no endpoint /{operation.endpoint}.")
        return found

    def outcome(
        self, operation: BulkOperation, status: int, resource_id: str, row: Row | None, known: dict[str, str]
    ) -> Document:
        """The entry of a successful operation. Adds its bulkId to `known`."""
        handler = self.handler(operation)
        if operation.bulk_id and row:
            known[operation.bulk_id] = row.id
        version = {"version": row.etag} if row else {}
        location = handler.location(resource_id, self.context)
        return {**named(operation), "location": location, **version, "status": str(status)}

    def perform(
        self, operation: BulkOperation, handler: ResourceHandler, known: dict[str, str]
    ) -> tuple[int, str, Row | None]:
        """Run an operation. Returns the status, the id and the current resource."""
        context = replace(self.context, leniency=Leniency(self.context.leniency.allowed))
        target_id, data = operation.resolved(known)
        if operation.method is BulkMethod.POST:
            row = handler.create(require_document(data), context, projection=WHOLE)
            return 201, row.id, row
        target = parse_id(str(target_id), handler)
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


def together(order: list[int], operations: Mapping[int, BulkOperation], stops: Sequence[int]) -> Iterator[list[int]]:
    """Group consecutive POSTs to one endpoint that do not depend on each other, keeping the order.

    Groups do not span `stops`, the operations that fail, because the request may end there.
    """
    batch: list[int] = []
    for number in order:
        last, operation = operations[batch[-1]] if batch else None, operations[number]
        awaited = {operations[other].bulk_id or "" for other in batch}
        is_alike = (
            last is not None
            and operation.method is last.method is BulkMethod.POST
            and operation.endpoint == last.endpoint
            and not operation.references & awaited
            and len(batch) < TOGETHER
            and not any(batch[-1] < stop < number for stop in stops)
        )
        if batch and not is_alike:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def require_new(operation: BulkOperation, taken: set[str | None]) -> BulkOperation:
    """Add the bulkId of a POST to `taken`. Raises InvalidValue if it is already there. Returns the operation."""
    if operation.method is BulkMethod.POST:
        if operation.bulk_id in taken:
            raise InvalidValue(f"Another operation already has the bulkId '{operation.bulk_id}'.")
        taken.add(operation.bulk_id)
    return operation


def operations_of(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise InvalidSyntax("'Operations' must be an array.")
    if len(value) > MAX_OPERATIONS:
        raise PayloadTooLarge(f"A request can have at most {MAX_OPERATIONS} operations.")
    return value


def fail_on_errors(value: Json) -> int | None:
    """The number of errors after which to stop; None if it is missing or 0, which means no limit."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value or None
    raise InvalidSyntax("'failOnErrors' must be an integer. 0 means no limit.")


def named(operation: BulkOperation) -> Document:
    """The members that an entry of the response starts with."""
    outcome: Document = {"method": operation.method}
    return {**outcome, "bulkId": operation.bulk_id} if operation.bulk_id else outcome


def failure(value: Json, error: ScimError) -> Document:
    """The result of a malformed operation."""
    known = {key: value[key] for key in ("method", "bulkId") if isinstance(value, dict) and key in value}
    return {**known, "status": str(error.status), "response": error.to_document()}
