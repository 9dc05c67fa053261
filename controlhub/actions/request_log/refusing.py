"""Records refused requests in the audit log, from the entries of a batch after it was written."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from audit.actor import Actor, ActorKind
from audit.record import EventContent, Target
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.actions.organizations import audit_target as organization_target
from controlhub.actions.repeats import Happening, record_repeated
from controlhub.actions.request_log.entries import Entry, RefusedOperation, RefusedToken
from controlhub.database import clock
from controlhub.models import AccessToken, Group, Organization, User

UNAUTHORIZED = 401
UNKNOWN, REVOKED, EXPIRED = "The token is not known.", "The token is revoked.", "The token has expired."
INACTIVE = "The owner of the token is Inactive."
KINDS = {"Users": TargetType.USER, "Groups": TargetType.GROUP}
TYPES: Mapping[str, Any] = {"Users": User, "Groups": Group}


def record_refused_requests(entries: Iterable[Entry]) -> None:
    """Record the refusals among these requests, whose organizations exist."""
    entries = list(entries)
    refused = [(entry, operation) for entry in entries for operation in entry.refused]
    tokens = [refused_token(entry) for entry in entries if entry.status == UNAUTHORIZED and entry.token_id is None]
    names = _names(operation for _, operation in refused)
    organizations = _organizations(entry for entry, _ in refused)
    record_repeated(_of_request(entry, operation, names, organizations) for entry, operation in refused)
    record_refused_tokens(tokens)


def record_refused_tokens(tokens: Iterable[RefusedToken]) -> None:
    """Record tokens that were not accepted, if the organization to which they were presented is known."""
    tokens = list(tokens)
    digests = [token.digest for token in tokens if token.digest]
    rows = AccessToken.objects.filter(digest__in=digests).select_related("user", "organization") if digests else []
    known = {bytes(row.digest): row for row in rows}
    addressed = {token.organization_id for token in tokens if token.organization_id}
    organizations = Organization.objects.in_bulk(list(addressed)) if addressed else {}
    found = (_of_token(token, known.get(token.digest or b""), organizations) for token in tokens)
    record_repeated(happening for happening in found if happening)


def refused_token(entry: Entry) -> RefusedToken:
    named = entry.request_id or entry.id
    organization_id = UUID(entry.organization_id) if entry.organization_id else None
    return RefusedToken(entry.at, entry.digest, organization_id, entry.address, entry.agent, named)


def _of_token(
    token: RefusedToken, row: AccessToken | None, organizations: Mapping[UUID, Organization]
) -> Happening | None:
    organization = row.organization if row else organizations.get(token.organization_id or UUID(int=0))
    if organization is None:
        return None
    actor = Actor(ActorKind.CLIENT, address=token.address, user_agent=token.agent, request_id=token.request_id)
    target = organization_target(organization)
    if row:
        target = Target(organization.pk, TargetType.TOKEN, str(row.pk), row.name)
    reason = _why(row)
    content = EventContent(result=Result.FAILURE, reason=reason, details={"status": UNAUTHORIZED})
    same = (row.pk if row else "", token.address, reason)
    return Happening(AuditAction.TOKEN_REFUSED, target, actor, same, content, token.at)


def _why(row: AccessToken | None) -> str:
    """Returns why the token is not accepted now, in English."""
    if row is None:
        return UNKNOWN
    if row.revoked_at is not None:
        return REVOKED
    return EXPIRED if row.expires_at <= clock.machine_now() else INACTIVE


def _of_request(
    entry: Entry,
    refused: RefusedOperation,
    names: Mapping[str, str],
    organizations: Mapping[str | None, Organization],
) -> Happening:
    organization = organizations[entry.organization_id]
    target = organization_target(organization)
    if refused.resource_id:
        kind = KINDS.get(refused.endpoint, refused.endpoint)
        target = Target(organization.pk, kind, refused.resource_id, names.get(refused.resource_id, ""))
    details = {"request": f"{refused.method} /{refused.endpoint}", "status": refused.status}
    if refused.scim_type:
        details["scim_type"] = refused.scim_type
    content = EventContent(result=Result.FAILURE, reason=refused.cause, details=details)
    same = (entry.connection_id or entry.token_id, *refused)
    actor = entry.actor or Actor(ActorKind.CLIENT, id=entry.token_id or "")
    return Happening(AuditAction.REQUEST_REFUSED, target, actor, same, content, entry.at)


def _organizations(entries: Iterable[Entry]) -> Mapping[str | None, Organization]:
    wanted = {entry.organization_id for entry in entries if entry.organization_id}
    found = Organization.objects.filter(pk__in=wanted) if wanted else ()
    return {str(organization.pk): organization for organization in found}


def _names(refused: Iterable[RefusedOperation]) -> dict[str, str]:
    """Returns the names of those users and groups that exist, by id."""
    wanted: dict[str, set[str]] = {}
    for operation in refused:
        if operation.resource_id and operation.endpoint in TYPES:
            wanted.setdefault(operation.endpoint, set()).add(operation.resource_id)
    names: dict[str, str] = {}
    for endpoint, ids in wanted.items():
        for row in TYPES[endpoint].objects.defer("document").filter(pk__in=ids):
            names[str(row.pk)] = row.display_label if isinstance(row, User) else row.display_name
    return names
