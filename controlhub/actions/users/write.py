"""Creating a user, and the one function through which every later change of a user goes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

import orjson
from django.db import IntegrityError, connection

from audit.actor import Actor
from audit.record import Story, Target, record, record_each
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_another_full_admin, require_covers
from controlhub.actions.users.columns import columns_of
from controlhub.actions.users.revival import (
    InactiveTwinError,
    Losses,
    end_memberships_and_roles,
    has_another_external_id,
)
from controlhub.actions.users.target import audit_target, target_of
from controlhub.database.transactions import one_transaction
from controlhub.errors import NameTakenError
from controlhub.models import Organization, Source, User
from controlhub.models.ids import new_id
from controlhub.models.tokens import proving
from controlhub.models.users import USER_SCHEMA
from controlhub.sql.proof import Proof, proof_params
from controlhub.sql.statements import OvertakenError, Statement
from controlhub.sql.users import CREATE_USER, CREATE_USERS, CREATED, DEACTIVATE_USER, REACTIVATE_USER, UPDATE_USER
from controlhub.text.names import canonical_key, split_tombstone

Document = dict[str, Any]
TOMBSTONE_TAKEN = "The userName was taken by another user; this user has another prefix before the original name."


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
    new = _NewUser(organization, document)
    may_revive = may_revive and bool(actor.connection_id and new.columns["external_id"])
    params = {
        **new.params,
        **proof_params(proof),
        "connection": actor.connection_id,
        "source": source.value,
        "may_revive": may_revive,
    }
    story, change = Story(after=new.document, details=_details(tolerated)), Statement(CREATE_USER, params)
    taken = f"Another user has the userName {new.columns['user_name']}."
    with _names_unique(taken), proving(proof), _no_twin(may_revive):
        found = record(AuditAction.USER_CREATED, target=new.target, story=story, actor=actor, change=change)
    return new.written(found, source=source, actor=actor)


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
    users = [
        _NewUser(organization, {"schemas": [USER_SCHEMA], "active": True, **document}) for document, _ in documents
    ]
    told = [
        (user.target, Story(after=user.document, details=_details(tolerated)))
        for user, (_, tolerated) in zip(users, documents, strict=True)
    ]
    external_ids = [user.columns["external_id"] for user in users if user.columns["external_id"]]
    may_revive = may_revive and bool(actor.connection_id and external_ids)
    if may_revive and len(set(external_ids)) < len(external_ids):
        raise InactiveTwinError
    params = {
        "organization": organization.pk,
        "connection": actor.connection_id,
        "source": source.value,
        "users": orjson.dumps([user.row for user in users]).decode(),
        "external_ids": external_ids,
        "may_revive": may_revive,
    }
    with _names_unique("Another user has one of the userNames."), _no_twin(may_revive):
        change = Statement(CREATE_USERS, params)
        found = record_each(AuditAction.USER_CREATED, told, actor=actor, change=change)
    moments = {pk: values for pk, *values in found}
    return [user.written(moments[user.id], source=source, actor=actor) for user in users]


class _NewUser:
    """A user who is to be inserted. The model is made from what the database returns: its defaults stay there."""

    def __init__(self, organization: Organization, document: Document) -> None:
        self.id, self.organization = new_id(), organization
        self.document = {"schemas": [USER_SCHEMA], "active": True, **document}
        self.text = orjson.dumps(self.document)
        self.columns = columns_of(self.document)

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of `CREATE_USER`."""
        return {"id": self.id, "document": self.text.decode(), **self.columns}

    @property
    def row(self) -> dict[str, Any]:
        """The row for `CREATE_USERS`."""
        return {"id": self.id, "document": orjson.Fragment(self.text), **self.columns}

    @property
    def target(self) -> Target:
        return target_of(self.organization, self.id, self.columns["user_name"])

    def written(self, returned: Iterable[Any], *, source: Source, actor: Actor) -> User:
        """The user, with the values of `CREATED`. Columns that have their default are read when they are needed."""
        values = {
            **self.columns,
            **dict(zip(CREATED, returned, strict=True)),
            "id": self.id,
            "organization_id": self.organization.pk,
            "connection_id": actor.connection_id,
            "source": source.value,
            "source_label": actor.label,
            "document": self.document,
            "version": 1,
            "original_user_name": None,
        }
        names = [name for name in _NAMES if name in values]
        user = User.from_db(connection.alias, names, [values[name] for name in names])
        user.organization = self.organization
        return user


_NAMES = [field.attname for field in User._meta.concrete_fields]  # noqa: SLF001 — public in all but name


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
    is_reassigned = False
    if (change.reactivates or found_by) and has_another_external_id(user, change.document):
        details |= end_memberships_and_roles(user, actor=actor).to_details()
        reason, is_reassigned = reason or Losses.REASON, True
    if _takes_ownership(user, change.document, actor):
        user.connection_id = actor.connection_id
    story = Story(before=before, details=details, reason=reason)
    write = partial(_write, user, is_reassigned=is_reassigned, version=user.version, actor=actor)
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


def _write(user: User, change: "_Change", story: Story, *, is_reassigned: bool, version: int, actor: Actor) -> None:
    """Write the change of a user whose row has this version, with its event."""
    user.document, user.original_user_name = change.document, change.original_user_name
    for name, value in columns_of(change.document, user).items():
        setattr(user, name, value)
    user.modified_at = max(user.modified_at, user.locked_at)
    if change.deactivates or change.reactivates:
        user.deactivated_at = user.modified_at if change.deactivates else None
        user.extended_until, user.reviewed = None, True
        user.deactivated_by, user.deactivated_by_kind = (actor.label, actor.kind) if change.deactivates else ("", "")
    user.version = version + 1
    statement = Statement(change.text, {**_params(user), "version": version, "is_reassigned": is_reassigned})
    story = replace(story, after=user.document)
    with _names_unique(change.taken or f"Another user has the userName {user.user_name}."):
        record(change.event, target=audit_target(user), story=story, actor=actor, change=statement)


def _params(user: User) -> dict[str, Any]:
    """Parameters of the statements that update a user."""
    return {
        "id": user.pk,
        "document": orjson.dumps(user.document).decode(),
        "modified_at": user.modified_at,
        "user_name": user.user_name,
        "user_name_key": user.user_name_key,
        "external_id": user.external_id,
        "emails": user.emails,
        "display_name": user.display_name,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "original_user_name": user.original_user_name,
        "connection": user.connection_id,
        "portal_role": user.portal_role,
        "access_version": user.access_version if user.may_be_overtaken else None,
    }


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

    @property
    def text(self) -> str:
        """The statement that writes it."""
        return DEACTIVATE_USER if self.deactivates else REACTIVATE_USER if self.reactivates else UPDATE_USER

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


def _details(tolerated: Iterable[str]) -> dict[str, Any]:
    names = sorted(tolerated)
    return {"tolerated": names} if names else {}


@contextmanager
def _no_twin(may_revive: bool) -> Iterator[None]:
    """An insertion that adds nothing as InactiveTwinError, if it looked for such a user."""
    try:
        yield
    except OvertakenError:
        if may_revive:
            raise InactiveTwinError from None
        raise


@contextmanager
def _names_unique(message: str) -> Iterator[None]:
    """The database's constraint as NameTakenError."""
    try:
        yield
    except IntegrityError as error:
        if "user_name_unique" not in str(error):
            raise
        raise NameTakenError(message, field="userName") from error
