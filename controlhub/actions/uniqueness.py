"""Unique values of resources. Each is claimed by a row, so that the database resolves races."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from controlhub.errors import InvalidSettingError, ValueTakenError
from controlhub.models import Organization, UniqueValue
from controlhub.sql.statements import execute
from controlhub.sql.unique_values import CLAIM, CLAIM_GROUP_NAMES
from controlhub.text.names import require_indexable
from controlhub.text.stored_texts import storable
from scim.protocol.schemas import Document, ResourceSchema
from scim.protocol.validate import is_empty
from scim.protocol.values import fold

TAKEN = storable(gettext_noop("Another {resource_type} has this {attribute}."))


def claims_of(document: Document, schema: ResourceSchema) -> dict[str, str]:
    """Returns the values that no other resource of the type may have: attribute to value.

    A value is folded if its attribute ignores case.
    """
    found = {}
    for target in schema.uniques:
        value = target.read(document)
        if not is_empty(value) and target.attribute is not None:
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            found[str(target)] = text if target.attribute.case_exact else fold(text)
    return found


def claim_values(organization_id: UUID, resource_type: str, resource_id: UUID, values: Mapping[str, str]) -> None:
    """Claim `values` (attribute to folded value) for this resource, and release others. ValueTakenError names one."""
    for attribute, key in values.items():
        require_indexable(key, attribute)
    stale = UniqueValue.objects.filter(organization_id=organization_id, resource_id=resource_id)
    for attribute, key in stale.values_list("attribute", "key"):
        if values.get(attribute) != key:
            stale.filter(attribute=attribute).delete()
    if not values:
        return
    params: dict[str, Any] = {
        "organization": organization_id,
        "type": resource_type,
        "resource": resource_id,
        "attributes": list(values),
        "keys": list(values.values()),
    }
    try:
        with transaction.atomic():
            execute(CLAIM, params)
    except IntegrityError as error:
        taken = _taken(organization_id, resource_type, resource_id, values)
        message = _(TAKEN).format(resource_type=resource_type, attribute=taken)
        raise ValueTakenError(message, field=taken) from error


def release_values(organization_id: UUID, resource_id: UUID) -> None:
    """Release the values of a deleted resource."""
    UniqueValue.objects.filter(organization_id=organization_id, resource_id=resource_id).delete()


def take_back_values(organization_id: UUID, resource_id: UUID) -> None:
    """Claim the released values again. ValueTakenError if another resource now has one of them."""
    try:
        with transaction.atomic():
            UniqueValue.objects.filter(organization_id=organization_id, resource_id=resource_id).update(set_aside=False)
    except IntegrityError as error:
        raise ValueTakenError(
            _("Another user now has a value that must be unique. Change it there, then try again.")
        ) from error


def _taken(organization_id: UUID, resource_type: str, resource_id: UUID, values: Mapping[str, str]) -> str:
    others = UniqueValue.objects.filter(organization_id=organization_id, resource_type=resource_type, set_aside=False)
    for attribute, key in values.items():
        if others.filter(attribute=attribute, key=key).exclude(resource_id=resource_id).exists():
            return attribute
    return next(iter(values))


def claim_group_names(organization: Organization) -> None:
    """Claim the name of every group. InvalidSettingError if two groups have the same name."""
    claims = UniqueValue.objects.filter(organization=organization, resource_type="Group", attribute="displayName")
    claims.delete()
    try:
        with transaction.atomic():
            execute(CLAIM_GROUP_NAMES, {"organization": organization.pk})
    except IntegrityError as error:
        raise InvalidSettingError(
            _("Two groups have the same displayName; rename one of them first."), field="unique_group_names"
        ) from error
