"""Creating a user, and the one function through which every later change of a user goes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import IntegrityError
from django.db.models.functions import Now

from audit.actor import Actor
from audit.record import Story, record, record_each
from audit.vocabulary import AuditAction
from controlhub.actions.revocation import ACCESS_ENDS
from controlhub.actions.roles import require_another_full_admin, require_covers
from controlhub.actions.users.columns import SEARCHED, mirror
from controlhub.actions.users.revival import (
    InactiveTwinError,
    Losses,
    end_memberships_and_roles,
    has_another_external_id,
    no_inactive_twin,
)
from controlhub.actions.users.target import audit_target
from controlhub.database.statements import Condition, OvertakenError, all_of, inserted, insertion, insertions, update
from controlhub.database.transactions import one_transaction
from controlhub.errors import NameTakenError
from controlhub.models import Organization, Source, User
from controlhub.models.tokens import condition_of, proving
from controlhub.models.users import USER_SCHEMA
from controlhub.sql.proof import Proof
from controlhub.text.names import canonical_key, split_tombstone

Document = dict[str, Any]
CREATED = ("created_at", "modified_at", "deactivated_at")
TOMBSTONE_TAKEN = "The userName was taken by another user; this user has another prefix before the original name."
_ALWAYS = ("document", "version", "modified_at")
_RENAMED = (*SEARCHED, "original_user_name")
_LIFE = ("active", "deactivated_at", "deactivated_by", "deactivated_by_kind", "extended_until", "reviewed")
_WRITTEN = {
    (is_renamed, lives): (*_ALWAYS, *(_RENAMED if is_renamed else ()), *(_LIFE if lives else ()))
    for is_renamed in (False, True)
    for lives in (False, True)
}
"""The columns that a change writes, by whether it renames, and whether it begins or ends the retention."""
_OWNED = ("connection",)
_REASSIGNED = ("portal_role", "reassigned_at")


def create_user(
    organization: Organization,
    *,
    document: Document,
    source: Source,
    tolerated: Iterable[str] = (),
    may_revive: bool = False,
    actor: Actor,
    proof: Proof | None = None,
) -> User:
    """Add a user, in one statement, which proves the token too. One created inactive starts its retention at once.

    With `may_revive`, InactiveTwinError if an Inactive user of the actor's connection has the externalId; nothing is
    added then.
    """
    user = _new(organization, document, source, actor)
    story = Story(after=user.document, details=_details(tolerated))
    free = no_inactive_twin(organization, [user.external_id], actor) if may_revive else None
    change = insertion(user, returning=CREATED, condition=all_of(condition_of(proof), free))
    with _names_unique(f"Another user has the userName {user.user_name}."), proving(proof), _no_twin(free):
        found = record(AuditAction.USER_CREATED, target=audit_target(user), story=story, actor=actor, change=change)
    inserted(user, found, returning=CREATED)
    return user


def create_users(
    organization: Organization,
    documents: Sequence[tuple[Document, Iterable[str]]],
    *,
    source: Source,
    may_revive: bool = False,
    actor: Actor,
) -> list[User]:
    """Add users, of each its document and what was tolerated, in one statement: all, or none where a name is taken.

    With `may_revive`, InactiveTwinError as in `create_user`, or if one of these users might revive another.
    """
    users = [_new(organization, document, source, actor) for document, _ in documents]
    told = [
        (audit_target(user), Story(after=user.document, details=_details(tolerated)))
        for user, (_, tolerated) in zip(users, documents, strict=True)
    ]
    external_ids = [user.external_id for user in users if user.external_id]
    free = no_inactive_twin(organization, external_ids, actor) if may_revive else None
    if free and len(set(external_ids)) < len(external_ids):
        raise InactiveTwinError
    change = insertions(users, returning=("id", *CREATED), condition=free)
    with _names_unique("Another user has one of the userNames."), _no_twin(free):
        found = record_each(AuditAction.USER_CREATED, told, actor=actor, change=change)
    moments = {pk: values for pk, *values in found}
    for user in users:
        inserted(user, tuple(moments[user.pk]), returning=CREATED)
    return users


def _new(organization: Organization, document: Document, source: Source, actor: Actor) -> User:
    user = User(organization=organization, source=source, source_label=actor.label, connection_id=actor.connection_id)
    mirror(user, {"schemas": [USER_SCHEMA], "active": True, **document})
    if not user.active:
        user.deactivated_at = Now()
    _note_who(user, None if user.active else actor)
    return user


def _note_who(user: User, actor: Actor | None) -> None:
    """Who made the user inactive; None: it is Active."""
    user.deactivated_by, user.deactivated_by_kind = (actor.label, actor.kind) if actor else ("", "")


def revive_user(user: User, *, document: Document, found_by: str, tolerated: Iterable[str] = (), actor: Actor) -> User:
    """Make a locked Inactive user the one that a client asks to create: same id, the new document, Active.

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
    """Give a user a new document, with everything that follows from it.

    Becoming inactive revokes all access and starts the retention; taking a tombstone name keeps the original;
    becoming active without a new name gives the original back. A document without `active` changes nothing about it: an
    Inactive user comes back only by an explicit true (docs/decisions/0009).
    A user who comes back with another externalId loses memberships and roles. `found_by` is for `revive_user`.
    A document that changes nothing changes nothing. A deletion does not depend on names that others chose: where the
    tombstone name is taken, the user gets one with another prefix (docs/decisions/0024). OvertakenError, and nothing is
    done, if the user was read without a lock and has changed since, or needs the lock for this.
    """
    before = user.document
    change = _settle(user, {"active": user.active, **document})
    if change.document == before and change.original_user_name == user.original_user_name:
        return user
    require_covers(actor, user)
    if change.deactivates:
        require_another_full_admin(user)
    details = {**_details(tolerated), **_revival_details(user, change.document, found_by)}
    also_written: tuple[str, ...] = ()
    if (change.reactivates or found_by) and has_another_external_id(user, change.document):
        details |= end_memberships_and_roles(user, actor=actor).to_details()
        reason, also_written = reason or Losses.REASON, _REASSIGNED
    if _takes_ownership(user, change.document, actor):
        user.connection_id = actor.connection_id
        also_written += _OWNED
    story = Story(before=before, details=details, reason=reason)
    write = partial(_write, user, also_written=also_written, version=user.version, actor=actor)
    if not change.buries:
        write(change, story)
        return user
    is_again = user.is_deleted and user.original_user_name == change.original_user_name
    kept = change.with_name(user.user_name) if is_again else None
    try:
        with one_transaction(is_needed=False):
            write(change, story)
    except NameTakenError:
        if kept and kept.document == before:  # deleted before, under another prefix
            user.refresh_from_db()
            return user
        other = kept or change.with_name(f"{uuid4().hex}{change.original_user_name}")
        write(other, replace(story, reason=f"{reason} {TOMBSTONE_TAKEN}".strip()))
    return user


def _write(
    user: User, change: "_Change", story: Story, *, also_written: tuple[str, ...], version: int, actor: Actor
) -> None:
    """Write the change of a user whose row has this version, with its event. `also_written` are columns set before."""
    is_renamed = mirror(user, change.document) or change.original_user_name != user.original_user_name
    user.original_user_name = change.original_user_name
    user.modified_at = max(user.modified_at, user.locked_at)
    if change.deactivates or change.reactivates:
        user.deactivated_at = user.modified_at if change.deactivates else None
        user.extended_until, user.reviewed = None, True
        _note_who(user, actor if change.deactivates else None)
    if "reassigned_at" in also_written:
        user.reassigned_at = user.modified_at
    user.version = version + 1
    with _names_unique(change.taken or f"Another user has the userName {user.user_name}."):
        columns = (*_WRITTEN[is_renamed, change.deactivates or change.reactivates], *also_written)
        written = update(user, columns, version=version, **(_access_ends(user) if change.deactivates else {}))
        story = replace(story, after=user.document)
        record(change.event, target=audit_target(user), story=story, actor=actor, change=written)


def _takes_ownership(user: User, document: Document, actor: Actor) -> bool:
    """Whether a connection gives the user an externalId of its own (docs/decisions/0032)."""
    external_id = document.get("externalId")
    return bool(actor.connection_id and external_id and external_id != user.external_id)


def _revival_details(user: User, document: Document, found_by: str) -> dict[str, str]:
    """Details of the audit event of a revival: what found the user, and the userName if it changes."""
    if not found_by:
        return {}
    is_renamed = document["userName"] != user.user_name
    return {"revived_by": found_by, **({"previous_user_name": user.user_name} if is_renamed else {})}


@dataclass(frozen=True, slots=True)
class _Change:
    document: Document
    original_user_name: str | None
    event: AuditAction
    deactivates: bool = False
    reactivates: bool = False
    taken: str | None = None
    buries: bool = False
    """Whether an Inactive user gets a tombstone name, which has to succeed."""

    def with_name(self, user_name: str) -> "_Change":
        """The same under another tombstone name."""
        return replace(self, document={**self.document, "userName": user_name})


def _settle(user: User, document: Document) -> _Change:
    """What the new document means for the life of the user (architecture.md §3)."""
    active = document["active"]
    deactivates = user.active and not active
    reactivates = not user.active and active
    if reactivates and user.is_tombstoned and document["userName"] == user.user_name:
        restored = {**document, "userName": user.original_user_name}
        taken = (
            f"The original userName {user.original_user_name} has been taken meanwhile; "
            "send another userName together with active: true."
        )
        return _Change(restored, None, AuditAction.USER_RESTORED, reactivates=True, taken=taken)
    original = _original_name(user, document["userName"])
    event = _event(user, original, deactivates=deactivates, reactivates=reactivates, is_active=active)
    buries = not active and original is not None and document["userName"] != user.user_name
    return _Change(document, original, event, deactivates, reactivates, buries=buries)


def _original_name(user: User, user_name: str) -> str | None:
    """The name to give back later, if `user_name` is a tombstone of this user's."""
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


def _access_ends(user: User) -> dict[str, Any]:
    """All that exists now is ended in the statement that makes the user Inactive.

    It sees what there was when it began. Whoever made a token, session or invitation since the user was read has
    counted up; then nothing is done, and the user is read again, locked.
    """
    ended: dict[str, Any] = {"consequences": ACCESS_ENDS}
    if user.may_be_overtaken:
        ended["condition"] = Condition("access_version = %s", (user.access_version,))
    return ended


def _details(tolerated: Iterable[str]) -> dict[str, Any]:
    names = sorted(tolerated)
    return {"tolerated": names} if names else {}


@contextmanager
def _no_twin(condition: Condition | None) -> Iterator[None]:
    """An insertion that adds nothing as InactiveTwinError, if it was on this condition."""
    try:
        yield
    except OvertakenError:
        if condition is None:
            raise
        raise InactiveTwinError from None


@contextmanager
def _names_unique(message: str) -> Iterator[None]:
    """The database's constraint as NameTakenError."""
    try:
        yield
    except IntegrityError as error:
        if "user_name_unique" not in str(error):
            raise
        raise NameTakenError(message, field="userName") from error
