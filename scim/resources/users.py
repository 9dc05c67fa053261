"""Users: the SCIM User bound to `controlhub.models.User`."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from controlhub.actions.revocation import HAS_ACCESS
from controlhub.actions.users import (
    InactiveTwinError,
    create_user,
    create_users,
    delete_by_policy,
    inactive_twins,
    is_revivable,
    keeps_every_user,
    revive_user,
    update_user,
)
from controlhub.database.statements import OvertakenError
from controlhub.database.transactions import one_transaction
from controlhub.errors import NameTakenError
from controlhub.models import Source, Status, User
from controlhub.text.names import canonical_key, canonical_part
from scim.protocol import patch, urns
from scim.protocol.errors import InvalidFilter, NotFound
from scim.protocol.leniency import Leniency
from scim.protocol.messages import Operation
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.project import WHOLE, Projection
from scim.protocol.schemas import COMMON, USER, USER_RESOURCE, Document, ResourceSchema
from scim.protocol.validate import clean, require_immutables_kept
from scim.resources.base import ALONE, Beside, Context, ResourceHandler, dump, json_fragment, moments
from scim.resources.columns import (
    boolean_column,
    constant,
    folded_column,
    moment_column,
    not_filterable,
    text_column,
    uuid_column,
)
from scim.resources.parts import PartsIndex, Query
from scim.resources.preconditions import require_match
from scim.resources.rows import Row
from scim.resources.sort_keys import sort_column
from scim.resources.sql import FALSE, Bindings, ColumnTest, SortColumn, Sql
from scim.resources.suffixes import display_name_query, name_query, user_name_query
from scim.resources.webex import organization_id

T = TypeVar("T")
_T = '"controlhub_user"'
_UP = f"""WITH RECURSIVE up(id, type) AS (
    SELECT m.group_id, 'direct' FROM controlhub_membership m WHERE m.user_id = {_T}.id
    UNION SELECT m.group_id, 'indirect' FROM up JOIN controlhub_membership m ON m.child_id = up.id)"""
_GROUPS = f"""{_UP} SELECT jsonb_build_object('value', g.id, 'display', g.display_name, 'type', min(up.type))
FROM up JOIN controlhub_group g ON g.id = up.id GROUP BY g.id"""
_ELEMENT = """'{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
|| ',"type":"' || %s || '","$ref":"' || %%s || g.id || '"}'"""
_LIST = "'[' || string_agg({}, ',' ORDER BY {}) || ']'"
_DIRECT_OF_ALL = f"""SELECT m.user_id, {_LIST.format(_ELEMENT % "'direct'", "m.group_id")} FROM controlhub_membership m
JOIN controlhub_group g ON g.id = m.group_id WHERE m.user_id = ANY(ARRAY(SELECT id FROM page)) GROUP BY m.user_id"""
_DIRECT_OUT = f"""(SELECT {_LIST.format(_ELEMENT % "'direct'", "m.group_id")} FROM controlhub_membership m
JOIN controlhub_group g ON g.id = m.group_id WHERE m.user_id = {_T}.id)"""
_NESTED_OUT = f"""({_UP} SELECT {_LIST.format(_ELEMENT % "up.type", "g.id")}
FROM (SELECT id, min(type) AS type FROM up GROUP BY id) AS up JOIN controlhub_group g ON g.id = up.id)"""
_ACCESS = Sql(f"CASE WHEN {HAS_ACCESS} THEN '' END")
_PARTS = (
    f"controlhub_parts({_T}.organization_id, {_T}.display_name, {_T}.user_name_key, {_T}.family_name, {_T}.given_name)"
)
_IN_GROUP = f"""{_T}.id IN (WITH RECURSIVE down(id) AS (
    SELECT %s::uuid UNION SELECT m.child_id FROM down JOIN controlhub_membership m ON m.group_id = down.id
    WHERE m.child_id IS NOT NULL)
SELECT m.user_id FROM down JOIN controlhub_membership m ON m.group_id = down.id WHERE m.user_id IS NOT NULL)"""
_META = next(attribute for attribute in COMMON if attribute.name == "meta")


def _email_value(node: Comparison) -> Sql | None:
    """Equality by the index over folded addresses; everything else reads the document."""
    if node.operator is not Operator.EQ:
        return None
    address = canonical_key(str(node.value))
    text = f'{_T}."emails" @> ARRAY[%s]::text[]'
    return Sql(text, (address,), is_vague=True, is_unscoped=True, is_narrow=True, is_indexed=True)


def _group_value(node: Comparison) -> Sql | None:
    """Who is in a group, by the index of the membership, downwards through nested groups."""
    if node.operator is not Operator.EQ:
        return None
    try:
        return Sql(_IN_GROUP, (UUID(str(node.value)),), is_vague=True, is_unscoped=True, is_indexed=True)
    except ValueError:
        return FALSE


def _names(parts: Callable[[str, Query], PartsIndex | None]) -> dict[str, ColumnTest]:
    """The names that have a column; `parts` makes the index that finds what they contain, or nothing."""
    return {
        "userName": text_column(
            f'{_T}."user_name_key"',
            canonical_key,
            canonical_part,
            is_ordered=True,
            parts=parts(_PARTS, user_name_query),
        ),
        "displayName": folded_column(f'{_T}."display_name"', parts(_PARTS, display_name_query), is_narrow=True),
        "name.familyName": folded_column(f'{_T}."family_name"', parts(_PARTS, name_query), is_narrow=True),
        "name.givenName": folded_column(f'{_T}."given_name"', parts(_PARTS, name_query)),
    }


def _bindings() -> Bindings:
    active, created, modified = USER.attribute("active"), _META.sub("created"), _META.sub("lastModified")
    if not (active and created and modified):
        raise InvalidFilter
    return Bindings(
        table="controlhub_user",
        discriminator=Sql(f"NOT {_T}.hidden"),
        kind="controlhub_user",
        columns={
            "id": uuid_column(f'{_T}."id"'),
            **_names(PartsIndex),
            "externalId": text_column(f'{_T}."external_id"'),
            "active": boolean_column(f'{_T}."active"', active),
            "emails.value": _email_value,
            "groups.value": _group_value,
            "meta.created": moment_column(f'{_T}."created_at"', created, is_indexed=True),
            "meta.lastModified": moment_column(f'{_T}."modified_at"', modified),
            "meta.resourceType": constant("User"),
            "meta.location": not_filterable,
            "meta.version": not_filterable,
            f"{urns.WEBEX_USER}:meta.organizationId": organization_id,
        },
        scanned=_names(lambda *_: None),
        presence={
            name: Sql("TRUE")
            for name in ("id", "meta", "meta.created", "meta.lastModified", "meta.resourceType", "active", "schemas")
        }
        | {f"{urns.WEBEX_USER}:meta{name}": Sql("TRUE") for name in ("", ".organizationId")},
        elements={"groups": _GROUPS},
        order={
            "id": SortColumn(f'{_T}."id"', "uuid", is_total=True, is_unique=True),
            "userName": SortColumn(f'{_T}."user_name_key"', is_indexed=True, is_total=True, is_unique=True),
            "displayName": sort_column(f'{_T}."display_name"'),
            "name.familyName": sort_column(f'{_T}."family_name"'),
            "name.givenName": sort_column(f'{_T}."given_name"'),
            "active": SortColumn(f'{_T}."active"', "boolean", is_total=True),
            "externalId": SortColumn(f'{_T}."external_id" COLLATE "C"'),
            "meta.created": SortColumn(f'{_T}."created_at"', "timestamptz", is_indexed=True, is_total=True),
            "meta.lastModified": SortColumn(f'{_T}."modified_at"', "timestamptz", is_total=True),
        },
    )


class UserHandler(ResourceHandler):
    name = "User"
    endpoint = "/Users"
    description = "People and service accounts"
    bindings = _bindings()
    beside_name = "groups"
    mark_sql = "COALESCE('-' || to_hex(hashtextextended(beside, 0)), '')"  # conformance.md §15
    unstored = frozenset({"password", "groups"})

    def __init__(self, schema: ResourceSchema = USER_RESOURCE) -> None:
        super().__init__(schema)

    def beside(self, projection: Projection, context: Context) -> Sql:  # noqa: ARG002
        """The groups, whether they go out or not: the entity tag changes with them."""
        text = _NESTED_OUT if context.organization.nests_groups else _DIRECT_OUT
        return Sql(text, (json_fragment(f"{context.base_url}/Groups/"),))

    def beside_all(self, context: Context) -> Sql | None:
        if context.organization.nests_groups:
            return None
        return Sql(_DIRECT_OF_ALL, (json_fragment(f"{context.base_url}/Groups/"),))

    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:  # noqa: ARG002
        document = storable(clean(body, self.schema, context.leniency))
        self.require_room(document)
        try:
            return _row(self._create(document, context, may_revive=context.organization.revive_on_create))
        except InactiveTwinError:
            return self._revive_by_external_id(document, context) or self._create_or_revive(document, context)
        except NameTakenError as taken:
            return self._revive(document, context, taken)

    def create_all(self, bodies: list[Document], context: Context) -> list[Row] | None:
        if self.has_claims(context):
            return None
        documents = []
        for body in bodies:
            leniency = Leniency(context.leniency.allowed)
            document = storable(clean(body, self.schema, leniency))
            self.require_room(document)
            documents.append((document, leniency.used))
        organization, may_revive = context.organization, context.organization.revive_on_create
        with suppress(InactiveTwinError), one_transaction(is_needed=False):
            users = create_users(
                organization, documents, source=Source.SCIM, may_revive=may_revive, actor=context.actor
            )
            return [_row(user) for user in users]
        return None

    def _create(self, document: Document, context: Context, *, may_revive: bool = False) -> User:
        with one_transaction(self.has_claims(context)):
            user = create_user(
                context.organization,
                document=document,
                source=Source.SCIM,
                tolerated=context.leniency.used,
                may_revive=may_revive,
                actor=context.actor,
                proof=context.proof,
            )
            self.claim(user.id, document, context)
        return user

    def _create_or_revive(self, document: Document, context: Context) -> Row:
        """A new user whatever its externalId, or the Inactive one who has the userName."""
        try:
            return _row(self._create(document, context))
        except NameTakenError as taken:
            return self._revive(document, context, taken)

    @transaction.atomic
    def _revive_by_external_id(self, document: Document, context: Context) -> Row | None:
        """The one Inactive user of this connection with that externalId comes back under the new userName.

        None where there is not exactly one, where that one is an administrator, or where another request was faster.
        """
        external_id = document["externalId"]
        found = inactive_twins(context.organization, external_id, context.actor)
        if len(found) != 1:
            return None
        try:
            user, groups = self._read(found[0], context, None)
        except NotFound:
            return None
        if not is_revivable(user, external_id, context.actor):
            return None
        try:
            return self._bring_back(user, groups, document, context, found_by="externalId")
        except NameTakenError as taken:
            raise _of_two_users(document) from taken

    @transaction.atomic
    def _revive(self, document: Document, context: Context, taken: NameTakenError) -> Row:
        """An Inactive user of that name, not deleted, comes back under its id, if the organization wants it so."""
        if not context.organization.revive_on_create:
            raise taken
        named = User.objects.in_organization(context.organization).with_status(Status.INACTIVE)
        twin = named.filter(user_name_key=canonical_key(document["userName"])).values_list("pk", flat=True).first()
        if twin is None:
            raise taken
        user, groups = self._read(twin, context, None)
        if user.status is not Status.INACTIVE or user.user_name_key != canonical_key(document["userName"]):
            raise taken  # somebody else was faster
        external_id = document.get("externalId")
        if external_id != user.external_id and inactive_twins(context.organization, external_id, context.actor):
            raise _of_two_users(document) from taken
        return self._bring_back(user, groups, document, context, found_by="userName")

    def _bring_back(self, user: User, groups: Beside, document: Document, context: Context, *, found_by: str) -> Row:
        self.claim(user.id, document, context)
        tolerated, actor = context.leniency.used, context.actor
        return _row(revive_user(user, document=document, found_by=found_by, tolerated=tolerated, actor=actor), groups)

    def replace(
        self,
        resource_id: UUID,
        body: Document,
        context: Context,
        *,
        projection: Projection,  # noqa: ARG002
        if_match: str | None,
    ) -> Row:
        document = storable(clean(body, self.schema, context.leniency))

        def put(user: User, groups: Beside) -> Row:
            return self._update(user, self.put(document, body, user.document, context), groups, context)

        return self._change(resource_id, context, if_match, put)

    def patch(
        self,
        resource_id: UUID,
        operations: list[Operation],
        context: Context,
        *,
        projection: Projection,  # noqa: ARG002 — all of it is at hand
        if_match: str | None,
    ) -> Row:
        def apply(user: User, groups: Beside) -> Row:
            patched = patch.apply(operations, user.document, self.schema, context.leniency, work=context.work)
            return self._update(user, storable(patched.document), groups, context)

        return self._change(resource_id, context, if_match, apply)

    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        """For SCIM the user is gone. Whether the organization can recover the user is for `delete_by_policy` to say."""

        def end(user: User, beside: Beside) -> None:
            has_access = bool(if_match) or beside.text is not None
            delete_by_policy(user, has_access=has_access, actor=context.actor)

        is_locked = keeps_every_user(context.organization, context.actor)
        self._change(resource_id, context, if_match, end, beside=None if if_match else _ACCESS, is_locked=is_locked)

    def _update(self, user: User, document: Document, groups: Beside, context: Context) -> Row:
        require_immutables_kept(user.document, document, self.schema)
        self.require_room(document, user.document)
        update_user(user, document=document, tolerated=context.leniency.used, actor=context.actor)
        self.claim(user.id, user.document, context)
        return _row(user, groups)

    def _change(
        self,
        resource_id: UUID,
        context: Context,
        if_match: str | None,
        work: Callable[[User, Beside], T],
        *,
        beside: Sql | None = None,
        is_locked: bool = False,
    ) -> T:
        """The result of `work` on the user: without a lock as long as one statement writes and nobody is faster.

        `is_locked` spares the attempt where the lock will be needed; for `beside` see `_read`.
        """
        if not (is_locked or self.has_claims(context)):
            with suppress(OvertakenError), one_transaction(is_needed=False):
                return work(*self._read(resource_id, context, if_match, beside=beside, is_locked=False))
        with transaction.atomic():
            return work(*self._read(resource_id, context, if_match, beside=beside))

    def _read(
        self,
        resource_id: UUID,
        context: Context,
        if_match: str | None,
        *,
        beside: Sql | None = None,
        is_locked: bool = True,
    ) -> tuple[User, Beside]:
        """The user and the groups, which the answer and `if_match` need; or `beside` instead."""
        beside = beside or self.beside(WHOLE, context)
        user, groups = self.read(User, resource_id, context, is_locked=is_locked, beside=beside)
        if user.hidden:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        require_match(if_match, self.etag(user.version, groups.mark))
        return user, groups


def _row(user: User, groups: Beside = ALONE) -> Row:
    """A user that was just written; a new one is in no group."""
    groups = ALONE if user.has_left_groups else groups
    written = moments(user.created_at, user.modified_at)
    return Row(str(user.id), dump(user.document), f"{user.version}{groups.mark}", written, groups.text)


def _of_two_users(document: Document) -> NameTakenError:
    message = (
        f"The userName {document['userName']} belongs to one user, and the externalId {document['externalId']} to "
        "another one, who is Inactive. Rename or delete one of them, then send the request again."
    )
    return NameTakenError(message, field="userName")


def storable(document: Document) -> Document:
    """The document without what is never kept: a password that a client sends is accepted and forgotten."""
    return {key: value for key, value in document.items() if key != "password"}
