"""Imports of people: one file, and its rows with the results of the check and the import.

The base classes are shared by the imports of users and of the directory.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.jobs import Job
from controlhub.models.organizations import Organization

NOT_IN_FILE = 0
"""The `number` of rows for people who are not in the file. Rows of the file begin with 1."""
LISTED_FIRST = 0
"""The `rank` of rows that an administrator must check."""


class ImportMode(models.TextChoices):
    ADD = "add", _("Add only. New people are created, and existing people stay as they are.")
    UPDATE = "update", _("Add and update. New people are created, and existing people get the values in the file.")
    DEACTIVATE = (
        "deactivate",
        _("Add, update and deactivate missing. Active people who are not in the file are also deactivated."),
    )


class MatchBy(models.TextChoices):
    USER_NAME = "userName", _("userName")
    EXTERNAL_ID = "externalId", _("External ID")


class DeletedChoice(models.TextChoices):
    RESTORE = "restore", _("Restore them with their groups, and give them the values in the file")
    CREATE = "create", _("Create new people, and leave the deleted ones deleted")
    SKIP = "skip", _("Leave these rows out")


class RowResult(models.TextChoices):
    ERROR = "error", _("Error")
    DELETED = "deleted", _("Decide")
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    DEACTIVATE = "deactivate", _("Deactivate")
    UNCHANGED = "unchanged", _("Unchanged")


class RowOutcome(models.TextChoices):
    """What the import did with a row."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    RESTORED = "restored", _("Restored")
    DEACTIVATED = "deactivated", _("Deactivated")
    UNCHANGED = "unchanged", _("Unchanged")
    LEFT_OUT = "left_out", _("Left out")
    ERROR = "error", _("Error")


class FileImport(models.Model):
    """A file of people that an administrator uploaded. `check_job` is the dry run, `job` the import itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file_name = models.TextField()
    encoding = models.TextField(default="")
    delimiter = models.TextField(default="")
    header = ArrayField(models.TextField())
    row_count = models.IntegerField()
    check_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_by_label = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())

    rows: Any
    """The rows of the file, of a subclass of `FileRow`."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.file_name


class FileRow(models.Model):
    """A row of a file.

    `key` is the value for matching people. `user_id` is the person of the row, or the id that a new person will get,
    and `exists` says whether that person exists. `rank` orders rows: errors, then changes, then unchanged ones.
    `details` is `{"changes": [[column, before, after]], "kept": [[column, value, in the file]], "problems": [[column,
    value, reason]]}`. `outcome` is what the import did, "" before the import and for rows that it does not process.
    """

    number = models.IntegerField()
    cells = ArrayField(models.TextField(), default=list)
    key = models.TextField(default="", db_collation="C")
    user_id = models.UUIDField(null=True)
    exists = models.BooleanField(default=False)
    label = models.TextField(default="")
    user_name = models.TextField(default="")
    result = models.CharField(max_length=16, choices=RowResult.choices, default="")
    rank = models.SmallIntegerField(default=2)
    details = models.JSONField(default=dict)
    outcome = models.CharField(max_length=16, choices=RowOutcome.choices, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.number}: {self.result}"


class UserImport(FileImport):
    """A file of users.

    `mapping` has the key of an attribute for each name in `header`, "" for a column that is not imported. It is empty
    until the administrator has confirmed it. `columns` describes each column of the file. `missing_refused` says why
    missing users are not deactivated: `errors` or `limit`.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="imports", db_index=False)
    columns = models.JSONField(default=list)
    mapping = ArrayField(models.TextField(), default=list)
    mode = models.CharField(max_length=16, choices=ImportMode.choices, default=ImportMode.UPDATE)
    match_by = models.CharField(max_length=16, choices=MatchBy.choices, default=MatchBy.USER_NAME)
    deleted_choice = models.CharField(max_length=16, choices=DeletedChoice.choices, default="")
    missing_refused = models.CharField(max_length=16, default="")
    created_by = models.UUIDField(null=True)

    objects = ScopedQuerySet["UserImport"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="user_import_newest"),
            models.Index(fields=["created_at"], name="user_import_age"),
            models.Index(fields=["check_job"], name="user_import_check_job"),
            models.Index(fields=["job"], name="user_import_job"),
        ]


class ImportRow(FileRow):
    """A row of the file, or a person who is not in the file and will be deactivated (then `number` is NOT_IN_FILE).

    `name_key` is the key of the userName.
    """

    user_import = models.ForeignKey(UserImport, models.CASCADE, related_name="rows", db_index=False)
    name_key = models.TextField(default="", db_collation="C")

    class Meta:
        indexes = [
            models.Index(fields=["user_import", "id"], name="import_row_order"),
            models.Index(fields=["user_import", "rank", "id"], name="import_row_rank"),
            models.Index(fields=["user_import", "key", "id"], name="import_row_key"),
            models.Index(fields=["user_import", "name_key", "id"], name="import_row_name"),
            models.Index(fields=["user_import", "user_id"], name="import_row_user"),
        ]
