"""Resources that have no table of their own."""

from collections.abc import Iterable
from typing import Any

import orjson

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction
from controlhub.actions.uniqueness import release_values
from controlhub.models import Organization, Resource
from controlhub.models.tokens import proving
from controlhub.sql.proof import Proof, proof_params
from controlhub.sql.resources import CREATE_RESOURCE, DELETE_RESOURCE, UPDATE_RESOURCE
from controlhub.sql.statements import Statement
from controlhub.text.names import require_indexable
from scim.protocol.resource_types import ResourceType

Document = dict[str, Any]
_LABELS = ("displayName", "name", "externalId")


def create_resource(
    organization: Organization,
    resource_type: ResourceType,
    *,
    document: Document,
    tolerated: Iterable[str] = (),
    actor: Actor,
    proof: Proof | None = None,
) -> Resource:
    """Add a resource, in one statement, which also checks the token."""
    resource = Resource(organization=organization, resource_type_id=resource_type.id)
    _mirror(resource, document)
    content = EventContent(after=document, details=_details(tolerated))
    kind = {"resource_type": resource_type.id, "is_built_in": resource_type.is_built_in}
    params = {**_params(resource), **kind, **proof_params(proof)}
    change = Statement(CREATE_RESOURCE, params)
    target = _target(resource, resource_type)
    with proving(proof):
        found = record(AuditAction.RESOURCE_CREATED, target=target, content=content, actor=actor, change=change)
    resource.created_at, resource.modified_at = found
    resource._state.adding = False  # noqa: SLF001 — as Model.save() leaves it
    return resource


def update_resource(
    resource: Resource,
    resource_type: ResourceType,
    *,
    document: Document,
    tolerated: Iterable[str] = (),
    actor: Actor,
) -> None:
    """Give a locked resource a new document. The same document changes nothing."""
    before = resource.document
    if document == before:
        return
    _mirror(resource, document)
    resource.version += 1
    resource.modified_at = max(resource.modified_at, resource.locked_at)
    content = EventContent(before=before, after=document, details=_details(tolerated))
    change = Statement(UPDATE_RESOURCE, {**_params(resource), "version": resource.version - 1})
    target = _target(resource, resource_type)
    record(AuditAction.RESOURCE_UPDATED, target=target, content=content, actor=actor, change=change)


def delete_resource(resource: Resource, resource_type: ResourceType, *, actor: Actor) -> None:
    """Remove a locked resource."""
    content = EventContent(before=resource.document)
    release_values(resource.organization_id, resource.pk)
    target = _target(resource, resource_type)
    change = Statement(DELETE_RESOURCE, {"id": resource.pk, "version": resource.version})
    record(AuditAction.RESOURCE_DELETED, target=target, content=content, actor=actor, change=change)


def _mirror(resource: Resource, document: Document) -> None:
    resource.document = document
    resource.external_id = document.get("externalId")
    require_indexable(resource.external_id or "", "externalId")


def _params(resource: Resource) -> dict[str, Any]:
    """Returns the parameters of the statements that write a resource's document."""
    return {
        "id": resource.pk,
        "document": orjson.dumps(resource.document).decode(),
        "external_id": resource.external_id,
        "modified_at": resource.modified_at,
    }


def _target(resource: Resource, resource_type: ResourceType) -> Target:
    secrets = _secrets(resource, resource_type)
    labels = [resource.document.get(name) for name in _LABELS if name.lower() not in secrets]
    label = next((label for label in labels if label and isinstance(label, str)), str(resource.pk))
    return Target(resource.organization_id, resource_type.name, str(resource.pk), label, secrets)


def _secrets(resource: Resource, resource_type: ResourceType) -> frozenset[str]:
    """Returns secret attributes of the type and the organization. Those of the type's schema have no URN prefix."""
    known = resource.organization.secret_attributes
    urn = f"{resource_type.schema.core.urn}:".lower()
    return resource_type.secrets.union(path.removeprefix(urn) for path in known)


def _details(tolerated: Iterable[str]) -> dict[str, Any]:
    names = sorted(tolerated)
    return {"tolerated": names} if names else {}
