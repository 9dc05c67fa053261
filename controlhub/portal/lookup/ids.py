"""The one object that a pasted id belongs to: a user, a group or an audit event."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.urls import NoReverseMatch, reverse

from audit.models import AuditEvent
from controlhub.models import Group, Organization, Permission, User

USER, GROUP, EVENT = "user", "group", "event"
PAGES = {USER: "user-detail", GROUP: "group-detail", EVENT: "event-detail"}
MOST = 20
"""An externalId may belong to several users."""


def pasted_id(text: str) -> UUID | None:
    """The UUID in the text, ignoring case and surrounding spaces; None for other text."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def addresses_of(wanted: UUID, organization: Organization, permissions: frozenset[Permission]) -> list[str]:
    """The pages of the objects with this id or externalId that the permissions allow, in one statement."""
    rows = list(_found(wanted, organization, permissions))
    found = rows[0].union(*rows[1:], all=True)[:MOST] if rows else []
    return [address for kind, pk in dict.fromkeys(found) if (address := address_of(kind, pk))]


def _found(
    wanted: UUID, organization: Organization, permissions: frozenset[Permission]
) -> Iterator["QuerySet[Any, Any]"]:
    external = Q(external_id__in=[str(wanted), str(wanted).upper()])
    if Permission.VIEW_USERS in permissions:
        for kind, rows in ((USER, User.objects), (GROUP, Group.objects)):
            own = rows.in_organization(organization).order_by()
            for condition in (Q(pk=wanted), external):
                yield own.filter(condition).values_list(Value(kind), "pk")
    if Permission.VIEW_AUDIT in permissions:
        events = AuditEvent.objects.in_organization(organization).order_by()
        yield events.filter(pk=wanted).values_list(Value(EVENT), "pk")


def address_of(kind: str, pk: UUID) -> str:
    """The page of an object; "" if there is no such page."""
    try:
        return reverse(PAGES[kind], args=[pk])
    except NoReverseMatch:
        return ""
