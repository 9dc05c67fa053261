"""The real columns that mirror a user's document."""

from operator import attrgetter
from typing import Any

from controlhub.models import User
from controlhub.text.names import (
    MAX_LENGTH,
    TOMBSTONE_PREFIX,
    canonical_key,
    require_indexable,
    require_name,
    split_tombstone,
)

SEARCHED = ("user_name", "user_name_key", "external_id", "emails", "display_name", "given_name", "family_name")
"""What people and filters look for; most changes leave all of it as it is."""
_searched = attrgetter(*SEARCHED)


def mirror(user: User, document: dict[str, Any]) -> bool:
    """Set the document and every column that mirrors it; whether a SEARCHED one changed."""
    name, before = document.get("name", {}), _searched(user)
    user.document = document
    if user.user_name != document["userName"]:
        user.user_name = document["userName"]
        user.user_name_key = require_name(user.user_name, "userName", most=_longest_name(document))
    user.external_id = document.get("externalId")
    if user.external_id:
        require_indexable(user.external_id, "externalId")
    user.emails = sorted({canonical_key(email["value"]) for email in document.get("emails", []) if email.get("value")})
    for address in user.emails:
        require_indexable(address, "emails.value")
    user.display_name = document.get("displayName", "")
    user.given_name = name.get("givenName", "")
    user.family_name = name.get("familyName", "")
    user.active = document.get("active", True)
    return bool(_searched(user) != before)


def _longest_name(document: dict[str, Any]) -> int:
    """Characters that the userName may have; the prefix of a tombstone name is not counted."""
    is_tombstone = not document.get("active", True) and split_tombstone(document["userName"])
    return MAX_LENGTH + TOMBSTONE_PREFIX if is_tombstone else MAX_LENGTH
