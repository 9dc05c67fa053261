"""Saved views of lists: filters, order and columns under a name."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization


class ViewPage(models.TextChoices):
    """The list to which a view belongs. Administrators who may see the list see its shared views."""

    USERS = "users", "Users"
    AUDIT = "audit", "Audit log"
    GROUPS = "groups", "Groups"


class SavedViewQuerySet(ScopedQuerySet["SavedView"]):
    def of_page(self, page: ViewPage) -> "SavedViewQuerySet":
        return self.filter(page=page)

    def visible_to(self, user_id: UUID) -> "SavedViewQuerySet":
        """The user's own views, and shared ones."""
        return self.filter(Q(owner_id=user_id) | Q(is_shared=True))


class SavedView(models.Model):
    """A view of one list. `query` is the query string of its page, `columns` are the keys of its columns.

    `owner_id` is the user who saved it. There is no constraint: a shared view outlives its owner. Other views are
    deleted when the owner is permanently deleted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, db_index=False)
    page = models.CharField(max_length=16, choices=ViewPage.choices)
    owner_id = models.UUIDField(null=True)
    owner_label = models.TextField(default="")
    name = models.TextField()
    query = models.TextField(default="")
    columns = ArrayField(models.TextField(), default=list)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner_id"], name="view_of_owner"),
            models.Index(fields=["organization", "page"], name="view_shared", condition=Q(is_shared=True)),
        ]

    def __str__(self) -> str:
        return self.name
