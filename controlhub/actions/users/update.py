"""The one function through which every change of a user goes."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

import orjson

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_another_full_admin, require_covers
from controlhub.actions.users.columns import columns_of, names_unique
from controlhub.actions.users.revival import Losses, end_memberships_and_roles, has_another_external_id
from controlhub.actions.users.target import audit_target, tolerated_details
from controlhub.database.transactions import one_transaction
from controlhub.errors import NameTakenError
from controlhub.models import User
from controlhub.sql.statements import Statement
from controlhub.sql.users import DEACTIVATE_USER, DEACTIVATE_USER_WITHOUT_ACCESS, REACTIVATE_USER, UPDATE_USER
from controlhub.text.moments import moments
from controlhub.text.names import canonical_key, split_tombstone, tombstone_name

Document = dict[str, Any]
TOMBSTONE_TAKEN = "The userName was taken by another user; this user has another prefix before the original name."


def revive_user(user: User, *, document: Document, found_by: str, tolerated: Iterable[str] = (), actor: Actor) -> User:
    """Make a locked Inactive user the one that a client wants to create: same id, new document, Active.

    `found_by` is the attribute by which the user was found: `userName` or `externalId`.
    """
    document = {"active": True, **document}
    return update_user(user, document=document, tolerated=tolerated, found_by=found_by, actor=actor)


def update_user(
    user: User,
    *,
    document: Document,
    tolerated: Iterable[str] = (),
    reason: str = "",
    found_by: str = "",
    actor: Actor,
) -> User:
    """Give a user a new document, and apply everything that follows from it.

    A user who becomes Inactive loses all access, and the retention period starts. A user who gets a tombstone name
    keeps the original name for later, and gets it back when becoming Active without a new name. A document without
    `active` does not change it: an Inactive user becomes Active only by an explicit true (docs/decisions/0009). A user
    who becomes Active with another externalId loses memberships and roles. `found_by` is for `revive_user`.

    An equal document changes nothing. A deletion does not depend on names that others chose: if the tombstone name is
    taken, the user gets one with another prefix (docs/decisions/0024). OvertakenError, without a change, if the user
    was read without a lock and has changed since, or if the change needs the lock.
    """
    before = user.document
    change = _settle(user, {"active": user.active, **document})
    if change.document == before and change.original_user_name == user.original_user_name:
        return user
    require_covers(actor, user)
    if change.deactivates:
        require_another_full_admin(user)
    details = {**tolerated_details(tolerated), **_revival_details(user, change.document, found_by)}
    is_reassigned = False
    if (change.reactivates or found_by) and has_another_external_id(user, change.document):
        details |= end_memberships_and_roles(user, actor=actor).to_details()
        reason, is_reassigned = reason or Losses.REASON, True
    if _takes_ownership(user, change.document, actor):
        user.connection_id = actor.connection_id
    content = EventContent(before=before, after=change.document, details=details, reason=reason)
    write = partial(_write, user, is_reassigned=is_reassigned, version=user.version, actor=actor)
    if change.buries:
        return _write_tombstone(user, change, content, write)
    write(change, content)
    return user


def _write_tombstone(
    user: User, change: "_Change", content: EventContent, write: Callable[["_Change", EventContent], None]
) -> User:
    """Write a change that gives an Inactive user a tombstone name.

    If another user has taken that name, a user who was already deleted keeps their tombstone name, and any other user
    gets a name with another prefix.
    """
    is_again = user.is_deleted and user.original_user_name == change.original_user_name
    unchanged_name = change.with_name(user.user_name) if is_again else None
    try:
        with one_transaction(is_needed=False):
            write(change, content)
    except NameTakenError:
        if unchanged_name and unchanged_name.document == content.before:
            user.refresh_from_db()
            return user
        other = unchanged_name or change.with_name(tombstone_name(uuid4(), change.original_user_name or user.user_name))
        reason = f"{content.reason} {TOMBSTONE_TAKEN}".strip()
        write(other, content._replace(after=other.document, reason=reason))
    return user


def _write(
    user: User, change: "_Change", content: EventContent, *, is_reassigned: bool, version: int, actor: Actor
) -> None:
    """Write the change of a user whose row has this version, with its event."""
    columns = columns_of(change.document, user.organization_id, user)
    user.document, user.original_user_name = change.document, change.original_user_name
    for name, value in columns.items():
        setattr(user, name, value)
    user.modified_at = max(user.modified_at, user.locked_at)
    user.moments = moments(user.created_at, user.modified_at)
    if change.deactivates or change.reactivates:
        user.deactivated_at = user.modified_at if change.deactivates else None
        user.extended_until, user.reviewed = None, True
        user.deactivated_by, user.deactivated_by_kind = (actor.label, actor.kind) if change.deactivates else ("", "")
    user.version = version + 1
    statement = Statement(change.text(user), {**_params(user), "version": version, "is_reassigned": is_reassigned})
    with names_unique(change.taken or f"Another user has the userName {user.user_name}."):
        record(change.event, target=audit_target(user), content=content, actor=actor, change=statement)


def _params(user: User) -> dict[str, Any]:
    """Returns the parameters of the statements that update a user."""
    text = orjson.dumps(user.document)
    return {
        "id": user.pk,
        "document": text.decode(),
        "document_size": len(text),
        "modified_at": user.modified_at,
        "moments": user.moments,
        "user_name": user.user_name,
        "user_name_key": user.user_name_key,
        "external_id": user.external_id,
        "emails": user.emails,
        "numbers": user.numbers,
        "display_name": user.display_name,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "original_user_name": user.original_user_name,
        "connection": user.connection_id,
        "portal_role": user.portal_role,
        "access_version": user.access_version if user.may_be_overtaken else None,
    }


def _takes_ownership(user: User, document: Document, actor: Actor) -> bool:
    """Whether a connection gives the user a new externalId, and so becomes the owner (docs/decisions/0032)."""
    external_id = document.get("externalId")
    return bool(actor.connection_id and external_id and external_id != user.external_id)


def _revival_details(user: User, document: Document, found_by: str) -> dict[str, str]:
    """Returns the event details of a revival: the attribute that found the user, and the userName if it changes."""
    if not found_by:
        return {}
    is_renamed = document["userName"] != user.user_name
    return {"revived_by": found_by, **({"previous_user_name": user.user_name} if is_renamed else {})}


class _Change(NamedTuple):
    document: Document
    original_user_name: str | None
    event: AuditAction
    deactivates: bool = False
    reactivates: bool = False
    taken: str | None = None
    buries: bool = False
    """Whether an Inactive user gets a tombstone name, which must succeed."""

    def text(self, user: User) -> str:
        """Returns the statement that writes the change."""
        if self.deactivates:
            return DEACTIVATE_USER if user.access_version else DEACTIVATE_USER_WITHOUT_ACCESS
        return REACTIVATE_USER if self.reactivates else UPDATE_USER

    def with_name(self, user_name: str) -> "_Change":
        """Returns the same change with another tombstone name."""
        return self._replace(document={**self.document, "userName": user_name})


def _settle(user: User, document: Document) -> _Change:
    """Apply the lifecycle rules to the new document."""
    active = document["active"]
    deactivates = user.active and not active
    reactivates = not user.active and active
    if reactivates and user.is_tombstoned and document["userName"] == user.user_name:
        restored = {**document, "userName": user.original_user_name}
        taken = (
            f"The original userName {user.original_user_name} has been taken by another user; "
            "send another userName together with active: true."
        )
        return _Change(restored, None, AuditAction.USER_RESTORED, reactivates=True, taken=taken)
    original = _original_name(user, document["userName"])
    event = _event(user, original, deactivates=deactivates, reactivates=reactivates, is_active=active)
    buries = not active and original is not None and document["userName"] != user.user_name
    return _Change(document, original, event, deactivates, reactivates, buries=buries)


def _original_name(user: User, user_name: str) -> str | None:
    """Returns the name to restore later, if `user_name` is a tombstone name of this user."""
    if user_name == user.user_name:
        return user.original_user_name
    parts = split_tombstone(user_name)
    if parts is None:
        return None
    prefix, original = parts
    known = {canonical_key(name) for name in (user.user_name, user.original_user_name) if name}
    own_ids = {user.id.hex, (user.external_id or "").replace("-", "").lower()}
    return original if canonical_key(original) in known or prefix in own_ids else None


def _event(user: User, original: str | None, *, deactivates: bool, reactivates: bool, is_active: bool) -> AuditAction:
    becomes_tombstone = original is not None and not user.is_tombstoned
    if not is_active and original is not None and (deactivates or becomes_tombstone):
        return AuditAction.USER_DELETED
    if deactivates:
        return AuditAction.USER_DEACTIVATED
    if reactivates:
        return AuditAction.USER_RESTORED if user.is_tombstoned else AuditAction.USER_REACTIVATED
    return AuditAction.USER_UPDATED
