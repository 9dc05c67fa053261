"""Imports of people into the directory: one file, and its rows with the results of the check and of the import."""

from django.db import models

from controlhub.models import FileImport, FileRow, Organization
from controlhub.models.documents import ScopedQuerySet
from controlhub.sql.import_rows import RowTable

ROWS = RowTable("directory_personrow", "people_import_id")


class PeopleImport(FileImport):
    """A file of people. `header` has the names of attributes.

    `left_out` is the number of entries in an LDIF file that are not people, such as groups.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="people_imports", db_index=False)
    left_out = models.IntegerField(default=0)

    objects = ScopedQuerySet["PeopleImport"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="people_import_newest"),
            models.Index(fields=["created_at"], name="people_import_age"),
            models.Index(fields=["check_job"], name="people_import_check_job"),
            models.Index(fields=["job"], name="people_import_job"),
        ]


class PersonRow(FileRow):
    """A row of the file. In an LDIF file, `number` is the line on which the entry begins.

    `waits` is true while the row's manager is not in the directory yet, because a later row creates them.
    """

    people_import = models.ForeignKey(PeopleImport, models.CASCADE, related_name="rows", db_index=False)
    waits = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["people_import", "id"], name="person_row_order"),
            models.Index(fields=["people_import", "rank", "id"], name="person_row_rank"),
            models.Index(fields=["people_import", "key", "id"], name="person_row_key"),
            models.Index(fields=["people_import", "id"], name="person_row_waits", condition=models.Q(waits=True)),
            models.Index(fields=["user_id"], name="person_row_person"),
        ]
