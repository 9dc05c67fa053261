"""Data that administrators store about users in addition to the SCIM document: a private note and overrides."""

from typing import Any

from django.db import models

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.organizations import Organization


class UserRemark(models.Model):
    """A row for each user with a note or an override. It is deleted when the user is permanently deleted.

    `overrides` maps the path of an attribute to `value` (set here), `sent` (by the directory, or null), `by`, `at`
    (ISO 8601) and `reason`. An override ends when the document has another value (docs/decisions/0063). There is no
    constraint on the user, so that SCIM writes of users need not check this table.
    """

    user_id = models.UUIDField(primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, db_index=False)
    note = models.TextField(default="", db_default="")
    noted_by = models.TextField(default="", db_default="")
    noted_at = models.DateTimeField(null=True)
    overrides = models.JSONField(default=dict, db_default={})

    objects = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.user_id)

    def override_of(self, path: str, value: Any) -> dict[str, Any] | None:
        """Returns the override of the attribute if the document still has the value that was set."""
        found: dict[str, Any] | None = self.overrides.get(path)
        return found if found and found["value"] == value else None
