"""Everything that the installation stores about one person, for that person (GDPR, Article 15).

Other people's values are left out: an event says what kind of actor changed the person, and which object the person
changed, but contains no names of either.
"""

from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from audit.models import AuditEvent
from audit.personal import attach
from controlhub.database import clock
from controlhub.models import (
    AccessToken,
    Account,
    ImportRow,
    Invitation,
    JobProblem,
    Membership,
    Organization,
    OutgoingMail,
    PurgedUser,
    ScimRequest,
    Session,
    User,
    UserRemark,
)

MOST = 10_000
"""The maximum number of events, requests and other rows of each kind; the newest are kept."""

Rows = list[dict[str, Any]]
_USER = ("id", "source", "active", "created_at", "modified_at", "deactivated_at", "hold_reason", "document")
_REQUEST = ("id", "at", "method", "path", "status", "address", "agent", "body", "answer")


def person_data(organization: Organization, user_id: UUID) -> dict[str, Any] | None:
    """Returns the data as JSON values by kind, or None if the organization never had a user with this id."""
    user = User.objects.in_organization(organization).filter(pk=user_id)
    deleted = PurgedUser.objects.in_organization(organization).filter(pk=user_id)
    if not user.exists() and not deleted.exists():
        return None
    events = AuditEvent.objects.in_organization(organization).newest_first()
    found = {
        "user": _rows(user, *_USER),
        "deletion": _rows(deleted, "purged_at", "cause", "inactive_since", "erased_at"),
        **_access(user_id),
        "memberships": _rows(Membership.objects.filter(user=user_id), "group_id", "group__display_name", "created_at"),
        "events_about": [_about(event) for event in attach(events.about(user_id)[:MOST])],
        "events_by": [_by(event) for event in attach(events.filter(actor_user_id=user_id)[:MOST])],
        "requests": _rows(ScimRequest.objects.in_organization(organization).about(user_id).order_by("-at"), *_REQUEST),
        **_files(organization, user_id),
        "mail": _mail(organization, user),
    }
    head = {"organization": organization.name, "person": str(user_id), "made_at": clock.machine_now()}
    data: dict[str, Any] = orjson.loads(orjson.dumps({**head, **found}, default=str))
    return data


def _access(user_id: UUID) -> dict[str, Rows]:
    """Returns data about portal access, without secrets or their digests."""
    return {
        "account": _rows(Account.objects.filter(user=user_id), "sign_in_address", "role", "language", "last_login"),
        "sessions": _rows(
            Session.objects.filter(account__user=user_id), "started_at", "seen_at", "address", "user_agent"
        ),
        "tokens": _rows(
            AccessToken.objects.filter(user=user_id),
            *("name", "scopes", "created_at", "expires_at", "last_used_at", "last_used_address", "last_used_agent"),
        ),
        "invitations": _rows(Invitation.objects.filter(user=user_id), "address", "created_at", "expires_at"),
        "notes": _rows(UserRemark.objects.filter(user_id=user_id), "note", "noted_at", "overrides"),
    }


def _files(organization: Organization, user_id: UUID) -> dict[str, Rows]:
    imported = ImportRow.objects.filter(user_import__organization=organization, user_id=user_id)
    problems = JobProblem.objects.filter(job__organization=organization, target_id=user_id)
    return {
        "import_rows": _rows(imported, "user_import__file_name", "number", "cells", "details"),
        "job_problems": _rows(problems, "job_id", "label", "reason", "details"),
    }


def _mail(organization: Organization, user: QuerySet[User]) -> Rows:
    documents = user.values_list("document", flat=True)
    addresses = [str(email.get("value", "")) for document in documents for email in document.get("emails", ())]
    sent = OutgoingMail.objects.filter(organization=organization, address__in=addresses)
    return _rows(sent, "address", "subject", "created_at", "sent_at")


def _rows(rows: "QuerySet[Any]", *columns: str) -> Rows:
    return list(rows.values(*columns)[:MOST])


def _about(event: AuditEvent) -> dict[str, Any]:
    return {
        **_what(event),
        "reason": event.reason,
        "changes": event.changes,
        "details": event.details,
        "actor_kind": event.actor_kind,
        "actor_role": event.actor_role,
    }


def _by(event: AuditEvent) -> dict[str, Any]:
    own = {"label": event.actor_label, "address": event.actor_address, "user_agent": event.user_agent}
    return {**_what(event), **own, "target_type": event.target_type, "target_id": event.target_id}


def _what(event: AuditEvent) -> dict[str, Any]:
    return {"id": event.pk, "at": event.created_at, "activity": event.activity, "result": event.result}
