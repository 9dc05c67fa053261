"""Add, change, pause, resume and delete streams of the audit log. `audit.streams` sends the events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import requests
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.streams.files import is_file_url, is_usable
from audit.streams.messages import key_of, new_secret
from audit.vocabulary import AuditAction, TargetType
from controlhub.errors import InvalidSettingError, StreamStateError
from controlhub.models import Organization, Stream, StreamKind
from controlhub.security.outbound import is_socket_url, require_address
from controlhub.sql.statements import fetch_row, fetch_rows
from controlhub.sql.streams import LAGS, LAST_ANSWERS, NEWEST_EVENT, POSITION_AT

NEEDED = {
    StreamKind.SPLUNK: _lazy("Enter the token of the HTTP Event Collector."),
    StreamKind.ELASTIC: _lazy("Enter an API key of Elastic."),
}
"""What is missing without a secret. A webhook gets a new one, and OCSF receivers may need none."""
MOST_STREAMS = 20
"""The maximum number of streams in an organization."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Without a secret, one is created for a webhook. Without categories, events of all categories are sent."""

    name: str
    kind: StreamKind
    url: str
    secret: str = ""
    categories: tuple[str, ...] = ()
    sends_old_events: bool = False


@transaction.atomic
def add_stream(organization: Organization, wanted: StreamSettings, *, actor: Actor) -> Stream:
    """Add a stream. InvalidSettingError if the URL or the secret is not valid."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if Stream.objects.in_organization(organization).count() >= MOST_STREAMS:
        message = _("An organization can have at most {number} streams.").format(number=MOST_STREAMS)
        raise StreamStateError(message, field="name")
    stream = Stream(
        organization=organization, name=wanted.name, kind=wanted.kind, url=_usable_url(organization, wanted)
    )
    stream.keep_secret(_usable_secret(wanted))
    stream.categories = list(wanted.categories)
    stream.position = 0 if wanted.sends_old_events else find_newest_position(organization) + 1
    stream.save()
    _record(AuditAction.STREAM_ADDED, stream, EventContent(after=_shown(stream)), actor)
    return stream


@transaction.atomic
def change_stream(stream: Stream, *, name: str, secret: str, categories: Sequence[str], actor: Actor) -> bool:
    """Change a stream, which continues at its position. An empty `secret` keeps it. Returns whether anything changed.

    A stream that fails is tried again at once. InvalidSettingError if the secret is not valid.
    """
    locked = Stream.objects.select_for_update().get(pk=stream.pk)
    before = _shown(locked)
    locked.name, locked.categories = name, list(categories)
    if secret:
        locked.keep_secret(_usable_secret(StreamSettings(name, StreamKind(locked.kind), locked.url, secret)))
    if not secret and _shown(locked) == before:
        return False
    locked.save(update_fields=["name", "categories", "sealed_secret"])
    Stream.objects.filter(pk=stream.pk, claim=None, failures__gt=0).update(try_at=Now())
    details = {"secret_changed": True} if secret else {}
    _record(
        AuditAction.STREAM_CHANGED, locked, EventContent(before=before, after=_shown(locked), details=details), actor
    )
    return True


@transaction.atomic
def pause_stream(stream: Stream, *, actor: Actor) -> None:
    """Hold events back until the stream is resumed. StreamStateError if it is already paused."""
    _update(stream, is_paused=True)
    _record(AuditAction.STREAM_PAUSED, stream, EventContent(details={"position": stream.position}), actor)


@transaction.atomic
def resume_stream(stream: Stream, *, actor: Actor) -> None:
    """Send waiting events, without waiting for the next attempt. StreamStateError if it is not paused."""
    _update(stream, is_paused=False, try_at=Now(), moved_at=Now())
    _record(AuditAction.STREAM_RESUMED, stream, EventContent(details={"position": stream.position}), actor)


def try_stream(stream: Stream) -> None:
    """Make the next attempt at once. StreamStateError unless the last one failed and the stream is not paused."""
    failing = Stream.objects.filter(pk=stream.pk, failures__gt=0, is_paused=False, claim=None)
    if not failing.update(try_at=Now()):
        raise StreamStateError(_("There is nothing to retry: the stream is paused, sending, or not failing."))


@transaction.atomic
def delete_stream(stream: Stream, *, actor: Actor) -> None:
    """Delete the stream with its secret. Events that were sent stay at the receiver."""
    stream = Stream.objects.select_for_update().get(pk=stream.pk)
    _record(AuditAction.STREAM_DELETED, stream, EventContent(before=_shown(stream)), actor)
    stream.delete()


def find_newest_position(organization: Organization) -> int:
    """Returns the position of the newest sealed event, or -1."""
    return find_newest_event(organization)[0]


def find_newest_event(organization: Organization) -> tuple[int, datetime | None]:
    """Returns the position of the newest sealed event, or -1, and the time when it was recorded."""
    row = fetch_row(NEWEST_EVENT, {"organization": organization.pk})
    return (int(row[0]), row[1]) if row else (-1, None)


def find_last_answers(streams: Iterable[Stream]) -> dict[UUID, str]:
    """Returns the last response from the receiver of each stream, "" if it was empty."""
    ids = [stream.pk for stream in streams]
    return dict(fetch_rows(LAST_ANSWERS, {"streams": ids})) if ids else {}


def find_position(organization_id: object, moment: datetime) -> int:
    """Returns the first position that an event recorded since this time can have."""
    row = fetch_row(POSITION_AT, {"organization": organization_id, "moment": moment})
    return int(row[0]) if row else 0


def find_first_waiting(streams: Iterable[Stream]) -> dict[UUID, datetime]:
    """Returns, for each of these streams with waiting events, the time when the first of them was recorded."""
    return dict(fetch_rows(LAGS, {"streams": [stream.pk for stream in streams]}))


def audit_target(stream: Stream) -> Target:
    return Target(stream.organization_id, TargetType.STREAM, str(stream.pk), stream.name)


def _update(stream: Stream, *, is_paused: bool, **values: object) -> None:
    changed = Stream.objects.filter(pk=stream.pk, is_paused=not is_paused).update(is_paused=is_paused, **values)
    if not changed:
        raise StreamStateError(_("The stream is already paused.") if is_paused else _("The stream is not paused."))


def _record(action: AuditAction, stream: Stream, content: EventContent, actor: Actor) -> None:
    record(action, target=audit_target(stream), content=content, actor=actor)


def _usable_url(organization: Organization, wanted: StreamSettings) -> str:
    url = wanted.url
    if wanted.kind == StreamKind.OCSF_FILE or is_file_url(url):
        _require_file(organization, wanted)
        return url
    if is_socket_url(url) != (wanted.kind == StreamKind.SYSLOG):
        raise InvalidSettingError(
            _(
                "For syslog, enter tls:// followed by a host and a port. For other streams, enter a "
                "URL that begins with https://."
            ),
            field="url",
        )
    try:
        require_address(url)
    except requests.RequestException as error:
        raise InvalidSettingError(str(error), field="url") from error
    return url


def _require_file(organization: Organization, wanted: StreamSettings) -> None:
    """InvalidSettingError unless the URL names a file, the kind writes files, and no other stream writes that file."""
    if not settings.AUDIT_STREAM_DIR:
        raise InvalidSettingError(_("The operator must allow files with AUDIT_STREAM_DIR."), field="url")
    if wanted.kind != StreamKind.OCSF_FILE or not is_file_url(wanted.url) or not is_usable(wanted.url):
        message = _(
            "Enter “file:” followed by a name of at most 64 characters (a to z, digits, - and _), "
            "for example file:siem."
        )
        raise InvalidSettingError(message, field="url")
    if Stream.objects.in_organization(organization).filter(url=wanted.url).exists():
        raise InvalidSettingError(_("Another stream writes this file. Enter another name."), field="url")


def _usable_secret(wanted: StreamSettings) -> str:
    if wanted.kind in {StreamKind.SYSLOG, StreamKind.OCSF_FILE}:
        return ""
    if wanted.kind != StreamKind.WEBHOOK:
        if not wanted.secret and wanted.kind in NEEDED:
            raise InvalidSettingError(str(NEEDED[wanted.kind]), field="secret")
        return wanted.secret
    secret = wanted.secret or new_secret()
    try:
        key_of(secret)
    except ValueError as error:
        message = _("Enter whsec_ followed by 24 to 64 bytes in Base64, or leave the field empty.")
        raise InvalidSettingError(message, field="secret") from error
    return secret


def _shown(stream: Stream) -> dict[str, object]:
    return {name: getattr(stream, name) for name in ("name", "kind", "url", "categories", "position")}
