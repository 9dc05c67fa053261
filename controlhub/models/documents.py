"""The column that holds a SCIM document: `json`, stored as it was written."""

from typing import Any, Self, TypeVar

import orjson
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Cast
from psycopg.types.json import Json

M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """Rows that belong to an organization."""

    def in_organization(self, organization: models.Model) -> Self:
        return self.filter(organization=organization)


class DocumentQuerySet(ScopedQuerySet[M]):
    """Rows of an organization, each with a document."""

    def holding(self, key: str) -> Self:
        """Returns rows whose document has this member. It reads all rows."""
        return self.annotate(_document=Cast("document", models.JSONField())).filter(_document__has_key=key)


class DocumentField(models.JSONField):
    """PostgreSQL `json`, not `jsonb`: it is returned exactly as it was stored (decision 0002)."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:  # noqa: ARG002
        if isinstance(value, str | bytes):
            return orjson.loads(value)
        return value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: ARG002
        return value if value is None or isinstance(value, Json) else Json(value, dumps=orjson.dumps)
