"""Groups: the SCIM Group bound to `controlhub.models.Group`. Members are separate rows."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, TypedDict
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit.actor import Actor
from controlhub.actions.groups import (
    add_member,
    add_members,
    create_group,
    delete_group,
    remove_member,
    remove_members,
    set_members,
    update_group,
)
from controlhub.database.transactions import one_transaction
from controlhub.models import Group, Membership
from controlhub.sql.conditions import FALSE, Condition, Parameters
from controlhub.sql.group_queries import GROUPS, MEMBER_ELEMENTS, MEMBERS, NAMED_MEMBERS, has_member, members_bytes
from controlhub.sql.rows import Row
from controlhub.sql.selection import NO_RELATED, Related
from controlhub.sql.statements import OvertakenError
from controlhub.text.identifiers import id_of
from controlhub.text.moments import moments
from controlhub.text.names import canonical_key, canonical_part
from scim.protocol import patch, urns
from scim.protocol.errors import NoTarget
from scim.protocol.leniency import Tolerance
from scim.protocol.messages import Op, Operation
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.patch import DetachedOperation
from scim.protocol.project import Projection
from scim.protocol.schemas import Document
from scim.protocol.validate import clean, require_immutables_kept
from scim.resources.base import Context, ResourceHandler, dump, json_fragment
from scim.resources.chosen_members import known_ids, of_their_types, parse_member_filter, removed_members
from scim.resources.preconditions import require_match
from scim.resources.queries.bindings import Bindings, Column
from scim.resources.queries.columns import id_column, key_column, meta_columns, text_column
from scim.resources.webex import organization_id

_T = GROUPS.name
PATCH_ANSWERS_UP_TO = 200


def _member_value(node: Comparison, values: Parameters) -> Condition | None:
    """The groups that have a member, by the membership index."""
    if node.operator is not Operator.EQ:
        return None
    if (member := id_of(node.value)) is None:
        return FALSE
    return Condition(has_member(values.add(str(member))), is_looked_up_first=True, is_indexed=True)


class GroupHandler(ResourceHandler):
    bindings = Bindings(
        table=GROUPS,
        columns=(
            id_column(f"{_T}.id"),
            key_column("displayName", f"{_T}.display_name_key", canonical_key, canonical_part),
            text_column("externalId", f"{_T}.external_id"),
            Column("members.value", _member_value),
            *meta_columns(_T, "Group"),
            Column(f"{urns.WEBEX_GROUP}:meta", is_always_present=True),
            Column(f"{urns.WEBEX_GROUP}:meta.organizationId", organization_id, is_always_present=True),
        ),
        elements={"members": MEMBER_ELEMENTS},
    )
    unstored = frozenset({"members"})

    def related(self, projection: Projection, context: Context) -> Related:
        if not projection.wants("members"):
            return NO_RELATED
        members = NAMED_MEMBERS if projection.asks_for("members", "display") else MEMBERS
        return Related(members, bytes=members_bytes(context.base_url))

    def related_values(self, context: Context) -> dict[str, Any]:
        return {"base_url": json_fragment(context.base_url)}

    def has_claims(self, context: Context) -> bool:
        return context.organization.unique_group_names or super().has_claims(context)

    def claims(self, document: Document, context: Context) -> Mapping[str, str]:
        own = {"displayName": canonical_key(document["displayName"])} if context.organization.unique_group_names else {}
        return {**own, **super().claims(document, context)}

    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:
        document, members = split_members(clean(body, self.schema, context.leniency))
        self.require_room(document)
        with one_transaction(self.has_claims(context) or bool(members)):
            group = create_group(
                context.organization,
                document=document,
                tolerated=context.leniency.used,
                actor=context.actor,
                proof=context.proof,
            )
            self.claim(group.id, document, context)
            if members:
                add_members(group, **_chosen(members, context))
            return self._answer(group, context, projection)

    @transaction.atomic
    def replace(
        self, resource_id: UUID, body: Document, context: Context, *, projection: Projection, if_match: str | None
    ) -> Row:
        document, members = split_members(clean(body, self.schema, context.leniency))
        group = self._lock(resource_id, context, if_match)
        self._update(group, self.put(document, body, group.document, context), context)
        set_members(group, **_chosen(members, context))
        return self._answer(group, context, projection)

    def patch(
        self,
        resource_id: UUID,
        operations: list[Operation],
        context: Context,
        *,
        projection: Projection,
        if_match: str | None,
    ) -> Row | None:
        if if_match is None and _moves_one(operations) and not self.has_claims(context):
            with suppress(OvertakenError), one_transaction(is_needed=False):
                return self._patch(operations, self._read(resource_id, context), context, projection)
        with transaction.atomic():
            return self._patch(operations, self._lock(resource_id, context, if_match), context, projection)

    def _patch(self, operations: list[Operation], group: Group, context: Context, projection: Projection) -> Row | None:
        patched = patch.apply(
            operations, group.document, self.schema, context.leniency, frozenset({"members"}), context.work
        )
        changes = patched.detached.get("members", [])
        if changes and group.may_be_overtaken:
            if patched.document != group.document:
                raise OvertakenError
            _move_one(group, changes, context)
        else:
            self._update(group, patched.document, context)
            for operation in changes:
                _change_members(group, operation, context)
        if not projection.asked and group.member_count > PATCH_ANSWERS_UP_TO:
            return None  # the cost must not grow with the group
        return self._answer(group, context, projection)

    @transaction.atomic
    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        delete_group(self._lock(resource_id, context, if_match), actor=context.actor)

    def _update(self, group: Group, document: Document, context: Context) -> None:
        require_immutables_kept(group.document, document, self.schema)
        self.require_room(document, group.document)
        update_group(group, document=document, tolerated=context.leniency.used, actor=context.actor)
        self.claim(group.id, document, context)

    def _answer(self, group: Group, context: Context, projection: Projection) -> Row:
        """The current group. Members are read only if there are some and the client wants them."""
        if group.member_count and projection.wants("members"):
            return self.fetch(group.id, context, projection)
        written = moments(group.created_at, group.modified_at)
        return Row(str(group.id), dump(group.document), str(group.version), written)

    def _read(self, resource_id: UUID, context: Context) -> Group:
        return self.read(Group, resource_id, context, is_locked=False)[0]

    def _lock(self, resource_id: UUID, context: Context, if_match: str | None) -> Group:
        group, _ = self.read(Group, resource_id, context)
        require_match(if_match, self.etag(group.version))
        return group


def _moves_one(operations: list[Operation]) -> bool:
    """Whether this changes at most one thing: the attributes, or one member."""
    value = operations[0].value
    return len(operations) == 1 and not (isinstance(value, list) and len(value) > 1)


def _move_one(group: Group, changes: list[DetachedOperation], context: Context) -> None:
    """Add or remove one member. Raises OvertakenError if the change needs a lock on the group."""
    operation = changes[0]
    if len(changes) > 1:
        raise OvertakenError
    if operation.op is Op.REMOVE:
        named = removed_members(operation)
        ids, nobody = (None, []) if named is None or named.has_types else (named.ids, named.nobody)
    else:
        ids, nobody = known_ids(operation.values)
    if operation.op is Op.REPLACE or nobody or ids is None or len(ids) != 1:
        raise OvertakenError
    move = remove_member if operation.op is Op.REMOVE else add_member
    move(group, ids[0], tolerated=context.leniency.used, actor=context.actor)


def _change_members(group: Group, operation: DetachedOperation, context: Context) -> None:
    if operation.op is Op.REMOVE:
        named = removed_members(operation)
        ids = None if named is None else of_their_types(group, named)
        remove_members(group, ids=ids, tolerated=context.leniency.used, actor=context.actor)
    elif operation.op is Op.REPLACE and operation.condition is None:
        set_members(group, **_chosen(operation.values, context))
    elif operation.op is Op.REPLACE:
        _exchange(group, operation, context)
    else:
        add_members(group, **_chosen(operation.values, context))


def _exchange(group: Group, operation: DetachedOperation, context: Context) -> None:
    """`replace members[value eq "A"]` replaces A. Raises NoTarget if A is not a member (RFC 7644 §3.5.2.3)."""
    assert operation.condition is not None  # noqa: S101 — the caller asks for it
    ids = of_their_types(group, parse_member_filter(operation.condition))
    if not Membership.objects.filter(Q(user__in=ids) | Q(child__in=ids), group=group).exists():
        raise NoTarget("No member matches the filter.")
    remove_members(group, ids=ids, tolerated=context.leniency.used, actor=context.actor)
    add_members(group, **_chosen(operation.values, context))


class _Chosen(TypedDict):
    ids: list[UUID]
    nobody: list[str]
    leave_out: bool
    tolerated: Iterable[str]
    actor: Actor


def _chosen(members: list[Document], context: Context) -> _Chosen:
    """The ids of the requested members. Unknown ids are ignored if the organization tolerates them."""
    ids, nobody = known_ids(members)
    leave_out = Tolerance.UNKNOWN_MEMBER in context.leniency.allowed
    return _Chosen(ids=ids, nobody=nobody, leave_out=leave_out, tolerated=context.leniency.used, actor=context.actor)


def split_members(document: Document) -> tuple[Document, list[Document]]:
    """The document to store, and the members to store as rows."""
    return {key: value for key, value in document.items() if key != "members"}, document.get("members", [])
