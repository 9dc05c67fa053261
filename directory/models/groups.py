"""The groups of an organization's directory and who belongs to them."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models import Organization
from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from directory.models.people import Person


class GroupKind(models.TextChoices):
    """How people become members."""

    ASSIGNED = "assigned", _("Assigned")
    DYNAMIC = "dynamic", _("Dynamic")


class Group(models.Model):
    """A group of people and groups. The rule of a dynamic one selects its members.

    `rule` is a scoping filter (`directory.provisioning.scope`), empty for a group with assigned members.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="directory_groups", db_index=False)
    display_name = models.TextField()
    display_name_key = models.TextField(db_collation="C")
    description = models.TextField(default="")
    kind = models.CharField(max_length=16, choices=GroupKind.choices, default=GroupKind.ASSIGNED)
    rule = models.JSONField(default=dict)
    member_count = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "display_name_key"], name="directory_group_name"),
        ]
        indexes = [
            models.Index(fields=["organization"], name="directory_group_dynamic", condition=Q(kind=GroupKind.DYNAMIC)),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def values(self) -> dict[str, Any]:
        """The values that events of the audit log record for the group."""
        values = {"displayName": self.display_name, "description": self.description, "membershipRule": self.rule}
        return {name: value for name, value in values.items() if value}


class Membership(models.Model):
    """One direct member of one group: a person or another group."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships", null=True, db_index=False)
    child = models.ForeignKey(Group, models.CASCADE, related_name="parents", null=True, db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, child__isnull=True) | Q(person__isnull=True, child__isnull=False),
                name="directory_membership_one_member",
            ),
            models.UniqueConstraint(fields=["group", "person"], name="directory_membership_person"),
            models.UniqueConstraint(
                fields=["group", "child"], name="directory_membership_child", condition=Q(child__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["person", "group"], name="directory_member_of", condition=Q(person__isnull=False)),
            models.Index(fields=["child", "group"], name="directory_child_of", condition=Q(child__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.child_id} in {self.group_id}"
