"""Attributes that administrators edit, one at a time, with the checks of a SCIM PATCH.

To override a value that the directory owns, a reason is required. The new value is stored in the document, so all
clients see it, and lasts until the directory sends the attribute again (docs/decisions/0063).
"""

from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from controlhub.actions.roles import require_covers
from controlhub.actions.uniqueness import claim_values, claims_of
from controlhub.actions.users.holds import MAX_REASON
from controlhub.actions.users.lifecycle import lock
from controlhub.actions.users.update import update_user
from controlhub.errors import InvalidSettingError, OwnedAttributeError
from controlhub.models import Connection, User, UserRemark
from controlhub.models.provenance import is_owned, sources_of
from controlhub.text.stored_texts import shown_text
from scim.protocol import patch
from scim.protocol.errors import ScimError
from scim.protocol.grammar import parse_attribute_path
from scim.protocol.leniency import Leniency
from scim.protocol.messages import MISSING, Op, Operation
from scim.protocol.schemas import Document, ResourceSchema, Target
from scim.protocol.validate import require_immutables_kept

MAX_DOCUMENT = 1_048_576
NOT_BY_HAND = frozenset({"active", "password", "groups", "id", "meta", "schemas"})
"""Attributes that have actions of their own, and attributes that cannot be set."""


@dataclass(frozen=True, slots=True)
class AttributeEdit:
    """A new value of the attribute with this path, None to remove it. `version` is that of the edited user."""

    path: str
    value: Any
    reason: str = ""
    version: int | None = None


@transaction.atomic
def change_attribute(user: User, edit: AttributeEdit, *, schema: ResourceSchema, actor: Actor) -> User:
    """Set one attribute. `schema` is that of the organization's users.

    InvalidSettingError if the value is not valid or the user has changed. OwnedAttributeError without a reason if the
    directory owns the value. Errors of `update_user`.
    """
    user = lock(user)
    require_covers(actor, user)
    _require_editable(user, edit)
    target = editable_target(schema, edit.path)
    old, remark = target.read(user.document), _remark(user)
    override = remark.override_of(edit.path, old)
    owner = _owner(user)
    source = sources_of(user, [edit.path])[edit.path]
    owned = is_owned(source, old, has_owner=owner is not None, is_overridden=override is not None)
    if owned and not edit.reason.strip():
        text = _("{name} owns this attribute. Change it there, or give a reason to override.")
        raise OwnedAttributeError(text.format(name=owner.name if owner else ""), field="reason")
    reason = edit.reason.strip() if owned else ""
    user = _write(user, target, edit.value, schema=schema, reason=reason, actor=actor)
    sent = override["sent"] if override else old
    new = target.read(user.document)
    kept = {"value": new, "sent": sent, "by": actor.label, "at": user.modified_at.isoformat(), "reason": reason}
    _keep(remark, edit.path, kept if owned and new != sent else None)
    return user


@transaction.atomic
def remove_override(user: User, path: str, *, schema: ResourceSchema, actor: Actor) -> User:
    """Restore the directory's value of the attribute. InvalidSettingError without an override."""
    user = lock(user)
    require_covers(actor, user)
    target, remark = editable_target(schema, path), _remark(user)
    override = remark.override_of(path, target.read(user.document))
    if override is None:
        raise InvalidSettingError(_("This attribute is not overridden."))
    user = _write(user, target, override["sent"], schema=schema, reason=_("Override removed."), actor=actor)
    _keep(remark, path, None)
    return user


def editable_target(schema: ResourceSchema, path: str) -> Target:
    """Returns the attribute that a path names. InvalidSettingError if it cannot be changed by hand."""
    try:
        target = schema.resolve(parse_attribute_path(path))
    except ScimError:
        target = None
    leaf = target.leaf if target else None
    if target is None or leaf is None or target.attribute is None or str(target) != path:
        raise InvalidSettingError(_("There is no attribute with this name."))
    if target.sub and (target.attribute.multi_valued or target.sub.name == "$ref"):
        raise InvalidSettingError(_("Change the whole attribute."))
    is_core = target.extension is None
    if leaf.is_read_only or target.attribute.is_read_only or (is_core and target.attribute.name in NOT_BY_HAND):
        raise InvalidSettingError(_("This attribute cannot be edited here."))
    return target


def _require_editable(user: User, edit: AttributeEdit) -> None:
    if user.is_deleted:
        raise InvalidSettingError(_("Restore the user before you change attributes."))
    if edit.version not in {None, user.version}:
        raise InvalidSettingError(_("The user has changed in the meantime. Check the value and save again."))
    if len(edit.reason.strip()) > MAX_REASON:
        raise InvalidSettingError(
            _("A reason of at most {number} characters is required.").format(number=MAX_REASON), field="reason"
        )


def _write(user: User, target: Target, value: Any, *, schema: ResourceSchema, reason: str, actor: Actor) -> User:
    document = _patched(user.document, target, value, schema)
    if len(orjson.dumps(document)) > max(MAX_DOCUMENT, len(orjson.dumps(user.document))):
        raise InvalidSettingError(_("The user would have more than 1 MB of data. Shorten a value."))
    user = update_user(user, document=document, reason=reason, actor=actor)
    if schema.uniques:
        claim_values(user.organization_id, "User", user.pk, claims_of(user.document, schema))
    return user


def _patched(document: Document, target: Target, value: Any, schema: ResourceSchema) -> Document:
    """Apply the change as a client's PATCH would, with the same checks."""
    is_gone = value is None
    operation = Operation(Op.REMOVE if is_gone else Op.REPLACE, str(target), MISSING if is_gone else value)
    if is_gone and target.read(document) is None:
        return document
    try:
        patched = patch.apply([operation], document, schema, Leniency()).document
        require_immutables_kept(document, patched, schema)
    except ScimError as error:
        raise InvalidSettingError(shown_text(error.detail)) from error
    return patched


def _owner(user: User) -> Connection | None:
    """Returns the connection that owns the user, or None, also if it was deleted."""
    owners = Connection.objects.in_organization(user.organization)
    return owners.filter(pk=user.connection_id).first() if user.connection_id else None


def _remark(user: User) -> UserRemark:
    found = UserRemark.objects.select_for_update().filter(pk=user.pk).first()
    return found or UserRemark(user_id=user.pk, organization_id=user.organization_id)


def _keep(remark: UserRemark, path: str, override: dict[str, Any] | None) -> None:
    """Store or delete the override."""
    if override is None and path not in remark.overrides:
        return
    remark.overrides = {name: kept for name, kept in remark.overrides.items() if name != path}
    if override is not None:
        remark.overrides[path] = override
    remark.save()
