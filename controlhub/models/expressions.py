"""Expressions that PostgreSQL computes for generated columns and indexes (docs/database.md).

Migrations create the functions. A query uses an index only if it contains the same expression.
"""

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Cast, Now

from controlhub.sql import sort_keys

MOMENTS = models.Func(
    "created_at",
    "modified_at",
    template="""'"created":"' || controlhub_moment(%(expressions)s) || '"'""",
    arg_joiner=""") || '","lastModified":"' || controlhub_moment(""",
    output_field=models.TextField(),
)
"""When a resource was created and changed, as members of `meta` (docs/decisions/0016)."""

NEW_MOMENTS = models.Func(
    Now(),
    template="""replace('"created":"@","lastModified":"@"', '@', controlhub_moment(%(expressions)s))""",
    output_field=models.TextField(),
)
"""The same for a new row."""

DOCUMENT_SIZE = models.Func(
    Cast("document", models.TextField()), function="octet_length", output_field=models.IntegerField()
)
"""The size of a resource's document in bytes. PostgreSQL cannot tell the size of `json` without reading it."""

PARTS_OF_NAMES = models.Func(
    "organization",
    "display_name",
    "user_name_key",
    "family_name",
    "given_name",
    function="controlhub_parts",
    output_field=SearchVectorField(),
)
"""The parts of all names of a user (docs/decisions/0020 and 0036)."""


NUMBERS = models.Func("numbers", function="array_to_tsvector", output_field=SearchVectorField())
"""Phone and employee numbers of a user (docs/decisions/0066)."""

HAS_NUMBERS = models.Func("numbers", template="(%(expressions)s <> '{}'::text[])", output_field=models.BooleanField())
"""The condition of the index on numbers."""

PARTS_OF_GROUP_NAMES = models.Func(
    "organization",
    "display_name_key",
    function="controlhub_parts",
    template="%(function)s(%(expressions)s, '', '', '')",
    output_field=SearchVectorField(),
)
"""The parts of the name of a group, like those of a user (docs/decisions/0020)."""


def sort_key(column: str) -> models.Func:
    """Returns the key by which text is compared and sorted, ignoring case (controlhub.sql.sort_keys)."""
    return models.Func(column, template=sort_keys.sort_key("%(expressions)s"), output_field=models.TextField())


def stored(expression: models.Func) -> models.GeneratedField:
    """Returns a column that PostgreSQL computes whenever the row is written."""
    return models.GeneratedField(expression=expression, output_field=expression.output_field, db_persist=True)


_DISPLAYED = models.Func("display_name", template="NULLIF(btrim(%(expressions)s), '')")
_FULL = models.Func(
    "given_name", "family_name", arg_joiner=" || ' ' || ", template="NULLIF(btrim(%(expressions)s), '')"
)
SHOWN_NAME_KEY = models.Func(
    models.Func(_DISPLAYED, _FULL, "user_name", function="COALESCE", output_field=models.TextField()),
    template='left(controlhub_fold(%(expressions)s), 256) COLLATE "C"',
    output_field=models.TextField(),
)
"""The sort key of users in pages: display name, full name or userName, whichever exists first."""
DOMAIN = models.Func(
    "user_name_key", template="split_part(%(expressions)s, '@', -1)", output_field=models.TextField(db_collation="C")
)
"""The part of a userName after the last "@"."""
SEARCHED_TEXT = models.Func(
    models.Func(
        "display_name",
        "given_name",
        "family_name",
        "user_name_key",
        template="%(expressions)s",
        arg_joiner=" || E'\\n' || ",
        output_field=models.TextField(),
    ),
    function="controlhub_fold",
    output_field=models.TextField(),
)
"""All names of a user in lower case, one per line."""


def compared(left: object, operator: str, right: object) -> models.Func:
    """Returns a condition with an operator for which Django has no lookup."""
    return models.Func(
        left, right, template="(%(expressions)s)", arg_joiner=f" {operator} ", output_field=models.BooleanField()
    )
