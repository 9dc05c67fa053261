"""Expressions that PostgreSQL computes for the indexes of the directory (docs/database.md)."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models

PARTS_OF_PERSON = models.Func(
    "organization",
    "display_name",
    "upn_key",
    "surname",
    "given_name",
    function="controlhub_parts",
    output_field=SearchVectorField(),
)
"""The parts of all names of a person, like those of a user (docs/decisions/0020)."""
