"""The column that holds a SCIM document: json text, stored as it was written."""

import json
from typing import Any

import orjson
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class DocumentField(models.JSONField):
    """PostgreSQL `json`, not `jsonb`: it goes out as it came in (architecture.md §5, performance.md §2.5)."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:  # noqa: ARG002
        if isinstance(value, str | bytes):
            return orjson.loads(value)
        return value


class DocumentText(models.Func):
    """The document as the text that is stored, for answers that need not parse it."""

    function = ""
    template = "(%(expressions)s)::text"
    output_field = models.TextField()


def dump(document: Any) -> str:
    """JSON text as it is stored: compact, UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
