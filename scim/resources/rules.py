"""Rules of built-in resource types that their schemas cannot express, for types without a table of their own."""

from collections.abc import Callable

from scim.protocol.schemas import Document
from scim.resources.base import Context

Rule = Callable[[Document, Document | None, Context], None]
"""Takes the document to be stored, the one before it (None for a new resource), and the request. Raises ScimError."""

RULES: dict[str, Rule] = {}
"""By the name of the type."""
