"""The database columns that mirror a user's document."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from controlhub.errors import NameTakenError
from controlhub.models import User
from controlhub.text.names import (
    MAX_LENGTH,
    TOMBSTONE_PREFIX,
    canonical_key,
    require_indexable,
    require_name,
    split_tombstone,
)
from controlhub.text.number_entries import entries_of
from scim.protocol.urns import ENTERPRISE_USER


def columns_of(document: dict[str, Any], organization_id: UUID, before: User | None = None) -> dict[str, Any]:
    """Returns the columns that mirror a document, by name. InvalidNameError if a name cannot be stored.

    `before` is the user who gets the document: an unchanged name is not checked, and unchanged `numbers` are None.
    """
    name, user_name, external_id = document.get("name", {}), document["userName"], document.get("externalId")
    if before is None or before.user_name != user_name:
        key = require_name(user_name, "userName", most=_longest_name(document))
    else:
        key = before.user_name_key
    if external_id:
        require_indexable(external_id, "externalId")
    emails = sorted({canonical_key(email["value"]) for email in document.get("emails", []) if email.get("value")})
    for address in emails:
        require_indexable(address, "emails.value")
    return {
        "user_name": user_name,
        "user_name_key": key,
        "external_id": external_id,
        "emails": emails,
        "numbers": None if before and _has_numbers_of(before, document) else _numbers(document, organization_id),
        "display_name": document.get("displayName", ""),
        "given_name": name.get("givenName", ""),
        "family_name": name.get("familyName", ""),
        "active": document.get("active", True),
    }


def _has_numbers_of(user: User, document: dict[str, Any]) -> bool:
    before = user.document
    is_same = document.get("phoneNumbers") == before.get("phoneNumbers")
    return is_same and _employee_number(document) == _employee_number(before)


def _numbers(document: dict[str, Any], organization_id: UUID) -> list[str]:
    phones = [value for phone in document.get("phoneNumbers", ()) if (value := phone.get("value"))]
    employee = _employee_number(document)
    return entries_of(organization_id, phones, employee) if phones or employee else []


def _employee_number(document: dict[str, Any]) -> str:
    extension = document.get(ENTERPRISE_USER)
    return extension.get("employeeNumber") or "" if extension else ""


def _longest_name(document: dict[str, Any]) -> int:
    """Returns the maximum length of the userName. The prefix of a tombstone name does not count."""
    is_tombstone = not document.get("active", True) and split_tombstone(document["userName"])
    return MAX_LENGTH + TOMBSTONE_PREFIX if is_tombstone else MAX_LENGTH


@contextmanager
def names_unique(message: str) -> Iterator[None]:
    """Turns a violation of the database constraint into NameTakenError."""
    try:
        yield
    except IntegrityError as error:
        if "user_name_unique" not in str(error):
            raise
        raise NameTakenError(message, field="userName") from error
