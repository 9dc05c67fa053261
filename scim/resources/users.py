"""Users: the SCIM User bound to `controlhub.models.User`."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

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
from controlhub.database.transactions import one_transaction
from controlhub.errors import NameTakenError
from controlhub.models import Source, Status, User
from controlhub.sql.conditions import FALSE, Condition, Parameters
from controlhub.sql.memberships import hold_groups_of
from controlhub.sql.rows import Row
from controlhub.sql.selection import Related
from controlhub.sql.statements import OvertakenError
from controlhub.sql.user_queries import (
    DIRECT_GROUPS,
    GROUP_ELEMENTS,
    NESTED_GROUPS,
    PARTS_OF_NAMES,
    USERS,
    has_address,
    is_in_group,
)
from controlhub.text.identifiers import id_of, id_text
from controlhub.text.names import canonical_key, canonical_part
from scim.protocol import patch, urns
from scim.protocol.errors import NotFound
from scim.protocol.leniency import Leniency
from scim.protocol.messages import Operation
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.project import WHOLE, Projection
from scim.protocol.schemas import Document
from scim.protocol.validate import clean, require_immutables_kept
from scim.resources.base import NONE_READ, Context, RelatedText, ResourceHandler, dump, json_fragment
from scim.resources.preconditions import require_match
from scim.resources.queries.bindings import Bindings, Column
from scim.resources.queries.columns import (
    boolean_column,
    folded_column,
    id_column,
    key_column,
    meta_columns,
    text_column,
)
from scim.resources.queries.parts import PartsIndex
from scim.resources.queries.suffixes import display_name_query, name_query, user_name_query
from scim.resources.webex import organization_id

T = TypeVar("T")
_T = USERS.name


def _email_value(node: Comparison, values: Parameters) -> Condition | None:
    """Equality uses the index over folded addresses. All other comparisons read the document."""
    if node.operator is not Operator.EQ:
        return None
    address = values.add(canonical_key(str(node.value)))
    return Condition(
        has_address(address), is_looked_up_first=True, hides_organization=True, finds_few=True, is_indexed=True
    )


def _group_value(node: Comparison, values: Parameters) -> Condition | None:
    """The users in a group and its nested groups, by the membership index."""
    if node.operator is not Operator.EQ:
        return None
    if (group := id_of(node.value)) is None:
        return FALSE
    return Condition(is_in_group(values.add(group)), is_looked_up_first=True, hides_organization=True, is_indexed=True)


_BINDINGS = Bindings(
    table=USERS,
    columns=(
        id_column(f"{_T}.id"),
        key_column(
            "userName",
            f"{_T}.user_name_key",
            canonical_key,
            canonical_part,
            parts=PartsIndex(PARTS_OF_NAMES, user_name_query),
            is_unique=True,
        ),
        folded_column(
            "displayName", f"{_T}.display_name", parts=PartsIndex(PARTS_OF_NAMES, display_name_query), finds_few=True
        ),
        folded_column(
            "name.familyName", f"{_T}.family_name", parts=PartsIndex(PARTS_OF_NAMES, name_query), finds_few=True
        ),
        folded_column("name.givenName", f"{_T}.given_name", parts=PartsIndex(PARTS_OF_NAMES, name_query)),
        text_column("externalId", f"{_T}.external_id"),
        boolean_column("active", f"{_T}.active"),
        Column("emails.value", _email_value),
        Column("groups.value", _group_value),
        *meta_columns(_T, "User", has_index_over_created=True),
        Column(f"{urns.WEBEX_USER}:meta", is_always_present=True),
        Column(f"{urns.WEBEX_USER}:meta.organizationId", organization_id, is_always_present=True),
    ),
    elements={"groups": GROUP_ELEMENTS},
)


class UserHandler(ResourceHandler):
    bindings = _BINDINGS
    unstored = frozenset({"password", "groups"})

    def related(self, projection: Projection, context: Context) -> Related:  # noqa: ARG002
        """The groups, which are always read because the entity tag depends on them."""
        return NESTED_GROUPS if context.organization.nests_groups else DIRECT_GROUPS

    def related_values(self, context: Context) -> dict[str, Any]:
        return {"groups_url": json_fragment(f"{context.base_url}/Groups/")}

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
        """Create a user regardless of its externalId, or revive the Inactive user with the userName."""
        try:
            return _row(self._create(document, context))
        except NameTakenError as taken:
            return self._revive(document, context, taken)

    @transaction.atomic
    def _revive_by_external_id(self, document: Document, context: Context) -> Row | None:
        """Revive the only Inactive user of this connection with that externalId, under the new userName.

        Returns None if there is not exactly one, if the user is an administrator, or if another request was faster.
        """
        external_id = document["externalId"]
        found = inactive_twins(context.organization, external_id, context.actor)
        if len(found) != 1:
            return None
        try:
            user, groups = self._read(found[0], context, None, leaves_groups=True)
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
        """Revive the Inactive, not deleted, user with that name under the same id, if the organization allows it."""
        if not context.organization.revive_on_create:
            raise taken
        named = User.objects.in_organization(context.organization).with_status(Status.INACTIVE)
        twin = named.filter(user_name_key=canonical_key(document["userName"])).values_list("pk", flat=True).first()
        if twin is None:
            raise taken
        user, groups = self._read(twin, context, None, leaves_groups=True)
        if user.status is not Status.INACTIVE or user.user_name_key != canonical_key(document["userName"]):
            raise taken  # another request was faster
        external_id = document.get("externalId")
        if external_id != user.external_id and inactive_twins(context.organization, external_id, context.actor):
            raise _of_two_users(document) from taken
        return self._bring_back(user, groups, document, context, found_by="userName")

    def _bring_back(
        self, user: User, groups: RelatedText, document: Document, context: Context, *, found_by: str
    ) -> Row:
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

        def put(user: User, groups: RelatedText) -> Row:
            return self._update(user, self.put(document, body, user.document, context), groups, context)

        return self._change(resource_id, context, if_match, put)

    def patch(
        self,
        resource_id: UUID,
        operations: list[Operation],
        context: Context,
        *,
        projection: Projection,  # noqa: ARG002 — everything is already loaded
        if_match: str | None,
    ) -> Row:
        def apply(user: User, groups: RelatedText) -> Row:
            patched = patch.apply(operations, user.document, self.schema, context.leniency, work=context.work)
            return self._update(user, storable(patched.document), groups, context)

        return self._change(resource_id, context, if_match, apply)

    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        """Delete the user for SCIM. `delete_by_policy` decides whether the organization can recover the user."""

        def end(user: User, _: RelatedText) -> None:
            delete_by_policy(user, actor=context.actor)

        is_locked = keeps_every_user(context.organization, context.actor)
        related = "" if if_match else "NULL"
        self._change(resource_id, context, if_match, end, related=related, is_locked=is_locked, leaves_groups=True)

    def _update(self, user: User, document: Document, groups: RelatedText, context: Context) -> Row:
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
        work: Callable[[User, RelatedText], T],
        *,
        related: str = "",
        is_locked: bool = False,
        leaves_groups: bool = False,
    ) -> T:
        """Call `work` on the user and return its result. Tries without a lock first, and again with one if overtaken.

        `is_locked` skips the first attempt if the lock will be needed. For `related` and `leaves_groups`, see `_read`.
        """
        if not (is_locked or self.has_claims(context)):
            with suppress(OvertakenError), one_transaction(is_needed=False):
                return work(*self._read(resource_id, context, if_match, related=related, is_locked=False))
        with transaction.atomic():
            return work(*self._read(resource_id, context, if_match, related=related, leaves_groups=leaves_groups))

    def _read(
        self,
        resource_id: UUID,
        context: Context,
        if_match: str | None,
        *,
        related: str = "",
        is_locked: bool = True,
        leaves_groups: bool = False,
    ) -> tuple[User, RelatedText]:
        """The user, and the groups that the response and `if_match` need, or `related` instead.

        With `leaves_groups`, the groups are locked before the user.
        """
        if leaves_groups:
            hold_groups_of(context.organization.pk, [resource_id])
        related = related or self.related(WHOLE, context).text
        user, groups = self.read(User, resource_id, context, is_locked=is_locked, related=related)
        if user.hidden:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        require_match(if_match, self.etag(user.version, groups))
        return user, groups


def _row(user: User, groups: RelatedText = NONE_READ) -> Row:
    """The row of a user who was just written. A new user is not in any group."""
    groups = NONE_READ if user.has_left_groups else groups
    return Row(id_text(user.id), dump(user.document), f"{user.version}{groups.etag_part}", user.moments, groups.text)


def _of_two_users(document: Document) -> NameTakenError:
    message = (
        f"The userName {document['userName']} belongs to one user, and the externalId {document['externalId']} to "
        "another one, who is Inactive. Rename or delete one of them, then send the request again."
    )
    return NameTakenError(message, field="userName")


def storable(document: Document) -> Document:
    """The document without the password, which is accepted from clients but never stored."""
    return {key: value for key, value in document.items() if key != "password"}
