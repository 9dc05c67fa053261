"""A user as the target of audit events."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from audit.record import Target
from audit.vocabulary import TargetType
from controlhub.models import Organization, User
from controlhub.text.identifiers import id_text


def audit_target(user: User) -> Target:
    return target_of(user.organization, user.id, user.shown_user_name)


def target_of(organization: Organization, user_id: UUID, user_name: str) -> Target:
    """The same for a user without a model instance."""
    return Target(
        organization.pk, TargetType.USER, id_text(user_id), user_name, frozenset(organization.secret_attributes)
    )


def tolerated_details(tolerated: Iterable[str]) -> dict[str, Any]:
    """Returns the tolerances that a client's request needed, as details of its event."""
    names = sorted(tolerated)
    return {"tolerated": names} if names else {}
