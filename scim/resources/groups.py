"""Groups: the SCIM Group bound to `controlhub.models.Group`; members are rows of their own."""

from typing import Any
from uuid import UUID

from django.db import transaction

from controlhub.actions.groups import (
    add_members,
    create_group,
    delete_group,
    remove_members,
    set_members,
    update_group,
)
from controlhub.models import Group
from controlhub.names import canonical_key
from controlhub.statements import lock_row
from scim.protocol import patch
from scim.protocol.errors import InvalidValue, NotFound
from scim.protocol.messages import Op, Operation
from scim.protocol.nodes import And, Comparison, Node, Operator
from scim.protocol.patch import DetachedOperation
from scim.protocol.project import Projection
from scim.protocol.schemas import COMMON, GROUP_RESOURCE, Document
from scim.protocol.validate import clean
from scim.resources.base import Context, ResourceHandler, Row
from scim.resources.preconditions import require_match
from scim.resources.sql import Bindings, Sql, constant, not_filterable, text_column, typed_column, uuid_column

_T = '"controlhub_group"'
_FROM = f'FROM controlhub_membership m WHERE m.group_id = {_T}."id"'
_JOINED = f"""FROM controlhub_membership m LEFT JOIN controlhub_user u ON u.id = m.user_id
LEFT JOIN controlhub_group c ON c.id = m.child_id WHERE m.group_id = {_T}."id" """
_PARTS = """'value', COALESCE(m.user_id, m.child_id),
'type', CASE WHEN m.user_id IS NULL THEN 'Group' ELSE 'User' END"""
_DISPLAY = "'display', COALESCE(NULLIF(u.display_name, ''), u.user_name, c.display_name)"
_REF = "'$ref', %s || CASE WHEN m.user_id IS NULL THEN '/Groups/' || m.child_id ELSE '/Users/' || m.user_id END"
_MEMBERS = f"SELECT jsonb_build_object({_PARTS}, {_DISPLAY}) {_JOINED}"
_MEMBERS_OUT = f"(SELECT jsonb_agg(jsonb_build_object({_PARTS}, {_REF}))::text {_FROM})"
_NAMED_MEMBERS_OUT = f"(SELECT jsonb_agg(jsonb_build_object({_PARTS}, {_REF}, {_DISPLAY}))::text {_JOINED})"
PATCH_ANSWERS_UP_TO = 200
_META = next(attribute for attribute in COMMON if attribute.name == "meta")


def _member_value(node: Comparison) -> Sql | None:
    """Who is in which group, by the index of the membership."""
    if node.operator is not Operator.EQ:
        return None
    try:
        member = str(UUID(str(node.value)))
    except ValueError:
        return Sql("FALSE")
    query = f'SELECT 1 FROM controlhub_membership m WHERE m.group_id = {_T}."id" AND'
    return Sql(f"EXISTS ({query} (m.user_id = %s::uuid OR m.child_id = %s::uuid))", (member, member))


def _moment(name: str, column: str) -> Any:
    attribute = _META.sub(name)
    assert attribute is not None  # noqa: S101 — a constant of the schema
    return typed_column(f'{_T}."{column}"', "timestamptz", attribute)


class GroupHandler(ResourceHandler):
    name = "Group"
    endpoint = "/Groups"
    description = "Groups of users"
    schema = GROUP_RESOURCE
    bindings = Bindings(
        table="controlhub_group",
        columns={
            "id": uuid_column(f'{_T}."id"'),
            "displayName": text_column(f'{_T}."display_name_key"', canonical_key),
            "externalId": text_column(f'{_T}."external_id"'),
            "members.value": _member_value,
            "meta.created": _moment("created", "created_at"),
            "meta.lastModified": _moment("lastModified", "modified_at"),
            "meta.resourceType": constant("Group"),
            "meta.location": not_filterable,
            "meta.version": not_filterable,
        },
        presence={
            name: Sql("TRUE")
            for name in ("id", "meta", "meta.created", "meta.lastModified", "meta.resourceType", "schemas")
        },
        elements={"members": _MEMBERS},
        order={
            "id": f'{_T}."id"',
            "displayName": f'{_T}."display_name_key"',
            "externalId": f'{_T}."external_id" COLLATE "C"',
            "meta.created": f'{_T}."created_at"',
            "meta.lastModified": f'{_T}."modified_at"',
        },
    )
    beside_name = "members"

    def beside(self, projection: Projection, context: Context) -> Sql | None:
        if not projection.wants("members"):
            return None
        named = projection.asks_for("members", "display")
        return Sql(_NAMED_MEMBERS_OUT if named else _MEMBERS_OUT, (context.base_url,))

    @transaction.atomic
    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:
        document, members = split_members(clean(body, self.schema, context.leniency))
        group = create_group(context.organization, document=document, actor=context.actor)
        add_members(group, ids=member_ids(members), actor=context.actor)
        return self.fetch(group.id, context, projection)

    @transaction.atomic
    def replace(
        self, resource_id: UUID, body: Document, context: Context, *, projection: Projection, if_match: str | None
    ) -> Row:
        document, members = split_members(clean(body, self.schema, context.leniency))
        group = self._lock(resource_id, context, if_match)
        update_group(group, document=document, actor=context.actor)
        set_members(group, ids=member_ids(members), actor=context.actor)
        return self.fetch(group.id, context, projection)

    @transaction.atomic
    def patch(
        self,
        resource_id: UUID,
        operations: list[Operation],
        context: Context,
        *,
        projection: Projection,
        if_match: str | None,
    ) -> Row | None:
        group = self._lock(resource_id, context, if_match)
        patched = patch.apply(operations, group.document, self.schema, context.leniency, frozenset({"members"}))
        update_group(group, document=patched.document, actor=context.actor)
        for operation in patched.detached.get("members", []):
            self._change_members(group, operation, context)
        if not projection.asked and self._is_large(group):
            return None
        return self.fetch(group.id, context, projection)

    @transaction.atomic
    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        delete_group(self._lock(resource_id, context, if_match), actor=context.actor)

    def _is_large(self, group: Group) -> bool:
        """A group of many members answers PATCH without a body: the cost must not grow (conformance.md §1)."""
        return group.memberships.all()[: PATCH_ANSWERS_UP_TO + 1].count() > PATCH_ANSWERS_UP_TO

    def _lock(self, resource_id: UUID, context: Context, if_match: str | None) -> Group:
        found = lock_row(Group, context.organization.pk, resource_id)
        if found is None:
            raise NotFound(f"There is no Group {resource_id}.")
        require_match(if_match, found[0].version)
        return found[0]

    def _change_members(self, group: Group, operation: DetachedOperation, context: Context) -> None:
        if operation.op is Op.REMOVE:
            chosen = member_ids(operation.values) if operation.has_value else _named(operation.condition)
            remove_members(group, ids=chosen, actor=context.actor)
        elif operation.op is Op.REPLACE and operation.condition is None:
            set_members(group, ids=member_ids(operation.values), actor=context.actor)
        else:
            add_members(group, ids=member_ids(operation.values), actor=context.actor)


def split_members(document: Document) -> tuple[Document, list[Document]]:
    """The document that is stored, and the members that are rows."""
    return {key: value for key, value in document.items() if key != "members"}, document.get("members", [])


def member_ids(members: list[Document]) -> list[UUID]:
    """The ids in member values. InvalidValue for a member without one; ids of no form name nobody."""
    found = []
    for member in members:
        if "value" not in member:
            raise InvalidValue("A member needs a 'value': the id of a User or Group.")
        try:
            found.append(UUID(member["value"]))
        except ValueError:
            raise InvalidValue(f"There is no User or Group with the id '{member['value']}'.") from None
    return found


def _named(condition: Node | None) -> list[UUID] | None:
    """The members that `members[value eq "…"]` names; None, all of them, where there is no filter."""
    if condition is None:
        return None
    terms = condition.terms if isinstance(condition, And) else (condition,)
    for term in terms:
        if isinstance(term, Comparison) and term.path.name.lower() == "value" and term.operator is Operator.EQ:
            try:
                return [UUID(str(term.value))]
            except ValueError:
                return []
    raise InvalidValue('Name the members to remove by members[value eq "id"].')
