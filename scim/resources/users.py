"""Users: the SCIM User bound to `controlhub.models.User`."""

from uuid import UUID

from django.db import transaction

from controlhub.actions.users import create_user, purge_user, revive_user, update_user
from controlhub.errors import NameTakenError
from controlhub.models import Source, Status, User
from controlhub.names import canonical_key
from controlhub.statements import lock_row
from scim.protocol import patch
from scim.protocol.errors import InvalidFilter, NotFound
from scim.protocol.messages import Operation
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.project import Projection
from scim.protocol.schemas import COMMON, USER, USER_RESOURCE, Document
from scim.protocol.validate import clean
from scim.resources.base import Context, ResourceHandler, Row, date_time, dump
from scim.resources.preconditions import require_match
from scim.resources.sql import (
    Bindings,
    Sql,
    constant,
    folded_column,
    not_filterable,
    text_column,
    typed_column,
    uuid_column,
)

_T = '"controlhub_user"'
_GROUPS = f"""SELECT jsonb_build_object('value', g.id, 'display', g.display_name, 'type', 'direct')
FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id WHERE m.user_id = {_T}."id" """
_GROUPS_OUT = f"""(SELECT jsonb_agg(jsonb_build_object('value', g.id, 'display', g.display_name, 'type', 'direct',
'$ref', %s || g.id::text))::text FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
WHERE m.user_id = {_T}."id")"""
_META = next(attribute for attribute in COMMON if attribute.name == "meta")


def _email_value(node: Comparison) -> Sql | None:
    """Equality by the index over folded addresses; everything else reads the document."""
    if node.operator is not Operator.EQ:
        return None
    return Sql(f'{_T}."emails" @> ARRAY[%s]::text[]', (canonical_key(str(node.value)),))


def _bindings() -> Bindings:
    active, created, modified = USER.attribute("active"), _META.sub("created"), _META.sub("lastModified")
    if not (active and created and modified):
        raise InvalidFilter
    return Bindings(
        table="controlhub_user",
        columns={
            "id": uuid_column(f'{_T}."id"'),
            "userName": text_column(f'{_T}."user_name_key"', canonical_key),
            "displayName": folded_column(f'{_T}."display_name"'),
            "externalId": text_column(f'{_T}."external_id"'),
            "active": typed_column(f'{_T}."active"', "boolean", active),
            "emails.value": _email_value,
            "meta.created": typed_column(f'{_T}."created_at"', "timestamptz", created),
            "meta.lastModified": typed_column(f'{_T}."modified_at"', "timestamptz", modified),
            "meta.resourceType": constant("User"),
            "meta.location": not_filterable,
            "meta.version": not_filterable,
        },
        presence={
            name: Sql("TRUE")
            for name in ("id", "meta", "meta.created", "meta.lastModified", "meta.resourceType", "active", "schemas")
        },
        elements={"groups": _GROUPS},
        order={
            "id": f'{_T}."id"',
            "userName": f'{_T}."user_name_key"',
            "active": f'{_T}."active"',
            "externalId": f'{_T}."external_id" COLLATE "C"',
            "meta.created": f'{_T}."created_at"',
            "meta.lastModified": f'{_T}."modified_at"',
        },
    )


class UserHandler(ResourceHandler):
    name = "User"
    endpoint = "/Users"
    description = "People and service accounts"
    schema = USER_RESOURCE
    bindings = _bindings()
    beside_name = "groups"

    def beside(self, projection: Projection, context: Context) -> Sql | None:
        return groups_of(context) if projection.wants("groups") else None

    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:  # noqa: ARG002
        document = storable(clean(body, self.schema, context.leniency))
        tolerated = sorted(context.leniency.used)
        try:
            user = create_user(
                context.organization, document=document, source=Source.SCIM, tolerated=tolerated, actor=context.actor
            )
        except NameTakenError as taken:
            return _row(*self._revive(document, context, taken))
        return _row(user)

    @transaction.atomic
    def _revive(self, document: Document, context: Context, taken: NameTakenError) -> tuple[User, str | None]:
        """An Inactive user of that name, not deleted, comes back under its id, if the organization wants it so."""
        if not context.organization.revive_on_create:
            raise taken
        named = User.objects.in_organization(context.organization).with_status(Status.INACTIVE)
        twin = named.filter(user_name_key=canonical_key(document["userName"])).values_list("pk", flat=True).first()
        if twin is None:
            raise taken
        beside = groups_of(context)
        found = lock_row(User, context.organization.pk, twin, beside=beside.text, params=beside.params)
        if found is None or found[0].status is not Status.INACTIVE:
            raise taken  # somebody else was faster
        user, groups = found
        return revive_user(user, document=document, tolerated=context.leniency.used, actor=context.actor), groups

    @transaction.atomic
    def replace(
        self,
        resource_id: UUID,
        body: Document,
        context: Context,
        *,
        projection: Projection,  # noqa: ARG002
        if_match: str | None,
    ) -> Row:
        document = {"active": True, **storable(clean(body, self.schema, context.leniency))}
        user, groups = self._lock(resource_id, context, if_match)
        update_user(user, document=document, tolerated=context.leniency.used, actor=context.actor)
        return _row(user, groups)

    @transaction.atomic
    def patch(
        self,
        resource_id: UUID,
        operations: list[Operation],
        context: Context,
        *,
        projection: Projection,  # noqa: ARG002 — all of it is at hand
        if_match: str | None,
    ) -> Row:
        user, groups = self._lock(resource_id, context, if_match)
        patched = patch.apply(operations, user.document, self.schema, context.leniency)
        update_user(user, document=storable(patched.document), tolerated=context.leniency.used, actor=context.actor)
        return _row(user, groups)

    @transaction.atomic
    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        user, _ = self._lock(resource_id, context, if_match)
        purge_user(user, reason="SCIM DELETE", actor=context.actor)

    def _lock(self, resource_id: UUID, context: Context, if_match: str | None) -> tuple[User, str | None]:
        """The user, locked, and the groups for the answer."""
        beside = groups_of(context)
        found = lock_row(User, context.organization.pk, resource_id, beside=beside.text, params=beside.params)
        if found is None:
            raise NotFound(f"There is no User {resource_id}.")
        require_match(if_match, found[0].version)
        return found


def groups_of(context: Context) -> Sql:
    return Sql(_GROUPS_OUT, (f"{context.base_url}/Groups/",))


def _row(user: User, groups: str | None = None) -> Row:
    """A user that was just written; a new one is in no group."""
    return Row(
        str(user.id),
        dump(user.document),
        user.version,
        date_time(user.created_at),
        date_time(user.modified_at),
        groups,
    )


def storable(document: Document) -> Document:
    """The document without what is never kept: a password that a client sends is accepted and forgotten."""
    return {key: value for key, value in document.items() if key != "password"}
