"""Rules that schemas cannot express, for built-in resource types without their own table."""

from collections.abc import Callable

from scim.protocol.schemas import Document
from scim.resources.base import Context

Rule = Callable[[Document, Document | None, Context], None]
"""Takes the document to store, the previous one (None for a new resource), and the request. Raises ScimError."""

RULES: dict[str, Rule] = {}
"""The rules by name of the type."""
