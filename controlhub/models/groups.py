"""Groups and who belongs to them. Members are rows, never part of the group's document."""

from datetime import datetime
from uuid import UUID

from django.db import connections, models
from django.db.models import Q
from django.db.models.functions import Now

from controlhub.models.documents import DocumentField, DocumentQuerySet
from controlhub.models.ids import NextOrdinal, new_id
from controlhub.models.organizations import Organization
from controlhub.models.users import User


class Group(models.Model):
    """A group of users and groups; `document` is its SCIM representation without `id`, `meta`, `members`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="groups", db_index=False)
    document = DocumentField()
    display_name = models.TextField()
    display_name_key = models.TextField(db_collation="C")
    external_id = models.TextField(null=True)  # noqa: DJ001
    member_count = models.PositiveIntegerField(default=0)
    ordinal = models.BigIntegerField(db_default=NextOrdinal(), editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())

    locked_at: datetime  # only after `read_row()`
    may_be_overtaken = False

    objects = DocumentQuerySet["Group"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "ordinal"], name="group_page"),
            models.Index(fields=["organization", "display_name_key", "ordinal"], name="group_display_name_order"),
            models.Index(
                fields=["organization", "external_id"], name="group_external_id", condition=Q(external_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


_JOIN = """
INSERT INTO controlhub_membership (group_id, {column}, created_at)
SELECT %(group)s, m.id, STATEMENT_TIMESTAMP() FROM {table} m
WHERE m.organization_id = %(organization)s AND m.id{chosen} AND m.id <> %(group)s
ON CONFLICT DO NOTHING RETURNING {column}
"""
# One member is the usual case, and finds its row without an array.
_SOME, _ONE = " = ANY(%(ids)s)", " = %(id)s"
_JOIN_USERS = _JOIN.format(column="user_id", table="controlhub_user", chosen=_SOME + " AND NOT m.hidden")
_JOIN_USER = _JOIN.format(column="user_id", table="controlhub_user", chosen=_ONE + " AND NOT m.hidden")
_JOIN_GROUPS = _JOIN.format(column="child_id", table="controlhub_group", chosen=_SOME)
_LEAVE = """
DELETE FROM controlhub_membership WHERE group_id = %(group)s{condition} RETURNING COALESCE(user_id, child_id)
"""
_LEAVE_ALL = _LEAVE.format(condition="")
_LEAVE_SOME = _LEAVE.format(condition=f" AND (user_id{_SOME} OR child_id{_SOME})")
_LEAVE_ONE = _LEAVE.format(condition=f" AND (user_id{_ONE} OR child_id{_ONE})")
_LEAVE_OTHERS = _LEAVE.format(
    condition="""
AND NOT EXISTS (SELECT FROM unnest(%(ids)s::uuid[]) AS wanted(id) WHERE wanted.id = COALESCE(user_id, child_id))"""
)
_UNKNOWN = """
SELECT wanted.id FROM unnest(%(ids)s::uuid[]) AS wanted(id)
WHERE NOT EXISTS (SELECT 1 FROM controlhub_user u WHERE u.id = wanted.id AND u.organization_id = %(organization)s
    AND NOT u.hidden)
AND NOT EXISTS (SELECT 1 FROM controlhub_group g WHERE g.id = wanted.id AND g.organization_id = %(organization)s
    AND g.id <> %(group)s)
"""
_BELOW = """
WITH RECURSIVE down(id) AS (
    SELECT unnest(%(ids)s::uuid[]) WHERE EXISTS (SELECT FROM controlhub_membership WHERE child_id = %(group)s)
    UNION SELECT m.child_id FROM down JOIN controlhub_membership m ON m.group_id = down.id WHERE m.child_id IS NOT NULL)
SELECT id FROM down WHERE id = %(group)s
"""
_LOCK_NESTING = "SELECT pg_advisory_xact_lock(hashtextextended('nesting:' || %(organization)s::text, 0))"
_END_OF_GROUP = """
WITH emptied AS (DELETE FROM controlhub_membership WHERE group_id = %(id)s),
gone AS (DELETE FROM controlhub_membership WHERE child_id = %(id)s RETURNING group_id)
UPDATE controlhub_group g SET version = version + 1, member_count = member_count - 1, modified_at = now()
FROM gone WHERE g.id = gone.group_id
"""


_COUNT_UP = """
counted AS (UPDATE controlhub_group g SET version = version + 1, member_count = member_count {change},
    modified_at = now() FROM moved WHERE g.id = moved.group_id)
SELECT group_id FROM moved
"""
_LEAVE_EVERY = f"""
WITH moved AS (DELETE FROM controlhub_membership WHERE user_id = %(user)s RETURNING group_id),
{_COUNT_UP.format(change="- 1")}"""  # noqa: S608 — constants
_REJOIN = f"""
WITH moved AS (INSERT INTO controlhub_membership (group_id, user_id, created_at)
    SELECT g.id, %(user)s, now() FROM controlhub_group g
    WHERE g.organization_id = %(organization)s AND g.id = ANY(%(ids)s)
    ON CONFLICT DO NOTHING RETURNING group_id),
{_COUNT_UP.format(change="+ 1")}"""  # noqa: S608 — constants


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Members change in sets: the cost is that of the change, whatever the size of the group."""

    def join_users(self, group: Group, ids: list[UUID]) -> list[UUID]:
        """Make these users of the group's organization members; those who were none before."""
        return self._run(_JOIN_USER if len(ids) == 1 else _JOIN_USERS, group, ids)

    def join_groups(self, group: Group, ids: list[UUID]) -> list[UUID]:
        """Make these other groups of the organization members; those that were none before."""
        return self._run(_JOIN_GROUPS, group, ids)

    def leave(self, group: Group, ids: list[UUID] | None) -> list[UUID]:
        """End these memberships, or all of them; whose they were."""
        if ids is None:
            return self._run(_LEAVE_ALL, group, ids)
        return self._run(_LEAVE_ONE if len(ids) == 1 else _LEAVE_SOME, group, ids)

    def leave_all_but(self, group: Group, ids: list[UUID]) -> list[UUID]:
        """End all memberships but these; whose they were."""
        return self._run(_LEAVE_OTHERS, group, ids)

    def unknown(self, group: Group, ids: list[UUID]) -> list[UUID]:
        """Those of the ids that name no user or other group of the group's organization."""
        return self._run(_UNKNOWN, group, ids)

    def is_below(self, group: Group, ids: list[UUID]) -> bool:
        """Whether the group, which is none of these, is a member of one at any depth.

        A group that is a member of no other group, such as a new one, is answered without looking below these.
        """
        return bool(self._run(_BELOW, group, ids))

    def lock_nesting(self, group: Group) -> None:
        """Wait for whoever else nests groups of this organization, until the transaction ends."""
        self._run(_LOCK_NESTING, group, None)

    def end_of(self, group: Group) -> None:
        """End the memberships in a group that goes, and its own; the groups that lose a member count up."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(_END_OF_GROUP, {"id": group.pk})

    def leave_every(self, user: User) -> list[UUID]:
        """End a user's memberships; the groups, which count up."""
        return self._of_user(_LEAVE_EVERY, user, [])

    def rejoin(self, user: User, ids: list[UUID]) -> list[UUID]:
        """Make a user a member of those of these groups that there are still; they count up."""
        return self._of_user(_REJOIN, user, ids)

    def _of_user(self, statement: str, user: User, ids: list[UUID]) -> list[UUID]:
        with connections[self.db].cursor() as cursor:
            cursor.execute(statement, {"user": user.pk, "organization": user.organization_id, "ids": ids})
            return [row[0] for row in cursor.fetchall()]

    def _run(self, statement: str, group: Group, ids: list[UUID] | None) -> list[UUID]:
        with connections[self.db].cursor() as cursor:
            one = ids[0] if ids else None
            cursor.execute(statement, {"group": group.pk, "organization": group.organization_id, "ids": ids, "id": one})
            return [row[0] for row in cursor.fetchall()]


class Membership(models.Model):
    """One member of one group: a user or another group."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", null=True, db_index=False)
    child = models.ForeignKey(Group, models.CASCADE, related_name="parents", null=True, db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, child__isnull=True) | Q(user__isnull=True, child__isnull=False),
                name="membership_one_member",
            ),
            # Over all rows: it also finds every member of a group.
            models.UniqueConstraint(fields=["group", "user"], name="membership_user"),
            models.UniqueConstraint(
                fields=["group", "child"], name="membership_child", condition=Q(child__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["user", "group"], name="membership_of_user", condition=Q(user__isnull=False)),
            models.Index(fields=["child", "group"], name="membership_of_child", condition=Q(child__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.child_id} in {self.group_id}"
