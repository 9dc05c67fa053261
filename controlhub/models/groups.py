"""Groups and their members. Members are rows, never part of the group's document."""

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from controlhub.models.connections import Connection
from controlhub.models.documents import DocumentField, DocumentQuerySet
from controlhub.models.expressions import DOCUMENT_SIZE, MOMENTS, PARTS_OF_GROUP_NAMES, stored
from controlhub.models.ids import NextOrdinal, new_id
from controlhub.models.organizations import Organization
from controlhub.models.users import User


class Group(models.Model):
    """A group of users and groups. `document` is its SCIM representation without `id`, `meta` and `members`.

    `connection` owns the group, as a connection owns a user (docs/decisions/0032); it may have been deleted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="groups", db_index=False)
    document = DocumentField()
    display_name = models.TextField()
    display_name_key = models.TextField(db_collation="C")
    external_id = models.TextField(null=True)  # noqa: DJ001
    connection = models.ForeignKey(
        Connection, models.DO_NOTHING, null=True, related_name="groups", db_index=False, db_constraint=False
    )
    member_count = models.PositiveIntegerField(default=0)
    ordinal = models.BigIntegerField(db_default=NextOrdinal(), editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())
    moments = stored(MOMENTS)
    document_size = stored(DOCUMENT_SIZE)

    RARELY_READ: ClassVar = ("connection_id",)
    """Columns that a SCIM change does not read (controlhub.sql.changing.read_row)."""
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
            GinIndex(PARTS_OF_GROUP_NAMES, fastupdate=True, gin_pending_list_limit=256, name="group_parts_of_names"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def owner(self) -> Connection | None:
        """The connection whose directory owns the group. None for groups of the portal, or if it has been deleted."""
        owners = Connection.objects.filter(organization=self.organization_id)
        return owners.filter(pk=self.connection_id).first() if self.connection_id else None


class Membership(models.Model):
    """One member of one group: a user or another group. `controlhub.sql.memberships` writes them."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", null=True, db_index=False)
    child = models.ForeignKey(Group, models.CASCADE, related_name="parents", null=True, db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, child__isnull=True) | Q(user__isnull=True, child__isnull=False),
                name="membership_one_member",
            ),
            # Over all rows, so that it also finds every member of a group.
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
