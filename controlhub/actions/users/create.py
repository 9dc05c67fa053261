"""Creates users: one, or many in one statement."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import orjson

from audit.actor import Actor
from audit.record import EventContent, Target, record, record_each
from audit.vocabulary import AuditAction
from controlhub.actions.users.columns import columns_of, names_unique
from controlhub.actions.users.revival import InactiveTwinError
from controlhub.actions.users.target import target_of, tolerated_details
from controlhub.models import Organization, Source, User
from controlhub.models.ids import new_id
from controlhub.models.tokens import proving
from controlhub.models.users import USER_SCHEMA
from controlhub.sql.instances import instance_of
from controlhub.sql.proof import Proof, proof_params
from controlhub.sql.statements import OvertakenError, Statement
from controlhub.sql.users import CREATE_USER, CREATE_USERS
from controlhub.text.moments import moments

Document = dict[str, Any]


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
    """Add a user, in one statement, which also checks the token. An Inactive user's retention period starts at once.

    With `may_revive`, InactiveTwinError, without a change, if an Inactive user of the actor's connection has the
    externalId.
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
    content, change = (
        EventContent(after=new.document, is_whole=True, details=tolerated_details(tolerated)),
        Statement(CREATE_USER, params),
    )
    taken = f"Another user has the userName {new.columns['user_name']}."
    with names_unique(taken), proving(proof), _no_twin(may_revive):
        found = record(AuditAction.USER_CREATED, target=new.target, content=content, actor=actor, change=change)
    return new.written(found, source=source, actor=actor)


def create_users(
    organization: Organization,
    documents: Sequence[tuple[Document, Iterable[str]]],
    *,
    ids: Sequence[UUID] = (),
    source: Source,
    may_revive: bool = False,
    actor: Actor,
) -> list[User]:
    """Add users in one statement, from documents and tolerances: all of them, or none if a name is taken.

    `ids` are the ids of the users, if these already exist.

    With `may_revive`, InactiveTwinError as in `create_user`, or if one of these users might revive another.
    """
    known: Sequence[UUID | None] = ids or [None] * len(documents)
    users = [_NewUser(organization, document, pk) for (document, _), pk in zip(documents, known, strict=True)]
    contents = [
        (user.target, EventContent(after=user.document, is_whole=True, details=tolerated_details(tolerated)))
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
    with names_unique("Another user has one of the userNames."), _no_twin(may_revive):
        change = Statement(CREATE_USERS, params)
        found = record_each(AuditAction.USER_CREATED, contents, actor=actor, change=change)
    times = {pk: values for pk, *values in found}
    return [user.written(times[user.id], source=source, actor=actor) for user in users]


class _NewUser:
    """A user to insert. The model is built from what the database returns, which sets the defaults."""

    def __init__(self, organization: Organization, document: Document, pk: UUID | None = None) -> None:
        self.id, self.organization = pk or new_id(), organization
        self.document = {"schemas": [USER_SCHEMA], "active": True, **document}
        self.text = orjson.dumps(self.document)
        self.columns = columns_of(self.document, organization.pk)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of `CREATE_USER`."""
        return {"id": self.id, "document": self.text.decode(), "document_size": len(self.text), **self.columns}

    @property
    def row(self) -> dict[str, Any]:
        """The row for `CREATE_USERS`."""
        return {"id": self.id, "document": orjson.Fragment(self.text), "document_size": len(self.text), **self.columns}

    @property
    def target(self) -> Target:
        return target_of(self.organization, self.id, self.columns["user_name"])

    def written(self, returned: Iterable[Any], *, source: Source, actor: Actor) -> User:
        """Returns the user, with the times that the statement returned. Columns with a default are read when needed."""
        created_at, modified_at, deactivated_at = returned
        values = {
            **self.columns,
            "created_at": created_at,
            "modified_at": modified_at,
            "deactivated_at": deactivated_at,
            "moments": moments(created_at, modified_at),
            "id": self.id,
            "organization_id": self.organization.pk,
            "connection_id": actor.connection_id,
            "source": source.value,
            "source_label": actor.label,
            "document": self.document,
            "version": 1,
            "original_user_name": None,
        }
        user = instance_of(User, values)
        user.organization = self.organization
        return user


@contextmanager
def _no_twin(may_revive: bool) -> Iterator[None]:
    """Raise InactiveTwinError if the INSERT added no row because of an Inactive user with the externalId."""
    try:
        yield
    except OvertakenError:
        if may_revive:
            raise InactiveTwinError from None
        raise
