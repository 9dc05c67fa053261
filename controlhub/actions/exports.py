"""Records exports of users, the audit log and other personal data when they begin, and reads of the audit log."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError
from uuid_utils.compat import uuid7

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, Result
from controlhub.actions.organizations import audit_target
from controlhub.actions.repeats import Happening
from controlhub.models import Organization

logger = logging.getLogger(__name__)


def note_export(organization: Organization, *, file_format: str, query: str, actor: Actor) -> None:
    """Record the export of the users that a query string selects."""
    content = EventContent(details={"format": file_format, "filter": query})
    record(AuditAction.USERS_EXPORTED, target=audit_target(organization), content=content, actor=actor)


def note_data_export(target: Target, *, file_format: str, actor: Actor) -> None:
    """Record the export of the data that is stored about one person."""
    content = EventContent(details={"format": file_format})
    record(AuditAction.USER_DATA_EXPORTED, target=target, content=content, actor=actor)


def note_download(target: Target, *, file: str, actor: Actor) -> None:
    """Record the download of another file with personal data. `file` is its name, which must not contain any."""
    record(AuditAction.FILE_DOWNLOADED, target=target, content=EventContent(details={"file": file}), actor=actor)


@dataclass(frozen=True, slots=True)
class EventExport:
    """An export of the audit log that has begun: its event, and the details that the event at its end repeats."""

    event_id: UUID
    organization: Organization
    details: Mapping[str, str]
    actor: Actor


def start_export_of_events(organization: Organization, *, file_format: str, query: str, actor: Actor) -> EventExport:
    """Record the start of an export of the audit events that a query string selects."""
    export = EventExport(uuid7(), organization, {"format": file_format, "filter": query}, actor)
    target, content = audit_target(organization), EventContent(details=export.details)
    record(AuditAction.EVENTS_EXPORTED, target=target, content=content, actor=actor, event_id=export.event_id)
    return export


def finish_export_of_events(export: EventExport, *, events: int, is_complete: bool) -> None:
    """Record how many events the file has. An error here must not break the download, which is at its end."""
    result, reason = (Result.SUCCESS, "") if is_complete else (Result.FAILURE, "The file was not taken to its end.")
    content = EventContent(details={**export.details, "events": events}, result=result, reason=reason)
    actor = export.actor._replace(parent_id=str(export.event_id))
    try:
        record(AuditAction.EXPORT_FINISHED, target=audit_target(export.organization), content=content, actor=actor)
    except DatabaseError:
        logger.exception("The end of an export could not be recorded")


def reading(organization: Organization, *, by: str, session: object, actor: Actor) -> Happening:
    """Returns the event of reading the log, to be recorded once per hour and session.

    `by` is "page" or "API". `session` is a session or a token, and distinguishes readers.
    """
    content = EventContent(details={"method": by})
    return Happening(AuditAction.EVENTS_READ, audit_target(organization), actor, (by, actor.id, session), content)
