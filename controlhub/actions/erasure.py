"""Erase the personal data that remains of a permanently deleted user: values in the audit log and traces elsewhere.

docs/audit.md says what is erased, and what cannot be reached.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import SYSTEM, Actor
from audit.models import AuditEvent
from audit.personal import attach
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.errors import HeldError, InvalidSettingError
from controlhub.models import Organization, PurgedUser
from controlhub.sql import erasure
from controlhub.sql.statements import count_changed, execute, fetch_row, fetch_rows
from scim.protocol import urns

BATCH = 1_000
"""The number of events in one statement."""
MOST_DUE = 200
"""The number of people in one run of the scheduled job."""
NAMES = (
    "userName",
    "displayName",
    "externalId",
    "emails",
    "phoneNumbers",
    "ims",
    "name.formatted",
    "nickName",
    f"{urns.ENTERPRISE_USER}:employeeNumber",
    f"{urns.WEBEX_USER}:sipAddresses",
    "subject",
    "userPrincipalName",
    "mail",
    "mailNickname",
    "otherMails",
    "mobilePhone",
    "businessPhones",
    "employeeId",
)
"""The attributes of a user, or of a person in the directory, whose values identify the user in text elsewhere."""
USER_NAMES = ("userName", "userPrincipalName")
SHORTEST = 4
"""Shorter values are not searched for in text: they are part of too many words."""
SHORTEST_NUMBER = 7
"""Shorter numbers are not searched for in text: years and parts of times and ids are such numbers, too."""


@transaction.atomic
def erase_person(organization: Organization, user_id: UUID, *, actor: Actor) -> int:
    """Erase what remains of a permanently deleted user. Returns the number of audit events that had their values.

    Repeating it is harmless. HeldError if the organization or its audit log is under a hold. InvalidSettingError if the
    user is not permanently deleted.
    """
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if organization.hold_reason:
        raise HeldError(_("The organization is under a legal hold. End the hold first."))
    if organization.audit_hold:
        raise HeldError(_("There is a hold on the audit log. End the hold first."))
    if not PurgedUser.objects.in_organization(organization).filter(pk=user_id).exists():
        raise InvalidSettingError(_("Only the data of a permanently deleted user can be erased."))
    of_person = {"organization": organization.pk, "person": user_id}
    ids = [row[0] for row in fetch_rows(erasure.EVENTS, of_person)]
    known = _known_as(ids, str(user_id))
    addresses = [name for name in known.user_names if "@" in name]
    people = [row[0] for row in fetch_rows(erasure.DIRECTORY_PEOPLE, {**of_person, "addresses": addresses})]
    erased = [_erase_directory_events(organization, person, known, actor=actor) for person in people]
    counts = _erase_elsewhere({**of_person, "people": people, **known.params})
    counts["events"] = sum(_erase_events(of_person, ids))
    execute(erasure.MARK, of_person)
    _record(organization, TargetType.USER, user_id, counts, actor=actor)
    return counts["events"] + sum(erased)


def _erase_directory_events(organization: Organization, person: UUID, known: "KnownAs", *, actor: Actor) -> int:
    """Erase the events about the same person in the directory, and add their names to `known`.

    The erasure is recorded for this id, too, because `verify_audit` looks for it.
    """
    of_person = {"organization": organization.pk, "person": person}
    ids = [row[0] for row in fetch_rows(erasure.DIRECTORY_EVENTS, of_person)]
    known.values |= _known_as(ids, str(person)).values
    if number := sum(_erase_events(of_person, ids)):
        _record(organization, TargetType.DIRECTORY_USER, person, {"events": number}, actor=actor)
    return number


def _record(
    organization: Organization, kind: TargetType, person: UUID, counts: dict[str, int], *, actor: Actor
) -> None:
    target = Target(organization.pk, kind, str(person), str(person))
    record(AuditAction.USER_ERASED, target=target, content=EventContent(details=counts), actor=actor)


def erase_due_people() -> int:
    """Erase people whose organization's delay after permanent deletion is over, at most MOST_DUE.

    Returns the number of people. Organizations under a hold are skipped.
    """
    due = PurgedUser.objects.filter(
        organization__erase_after_days__gt=0,
        organization__hold_reason="",
        organization__audit_hold=False,
        erased_at=None,
        purged_at__lt=Now() - F("organization__erase_after_days") * timedelta(days=1),
    )
    people = list(due.select_related("organization").order_by("purged_at")[:MOST_DUE])
    for person in people:
        erase_person(person.organization, person.pk, actor=SYSTEM)
    return len(people)


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _erase_events(of_person: dict[str, Any], ids: Sequence[UUID]) -> Iterator[int]:
    for batch in _batches(ids):
        (number,) = fetch_row(erasure.ERASE_EVENTS, {**of_person, "events": list(batch)}) or (0,)
        yield number


def _erase_elsewhere(params: dict[str, Any]) -> dict[str, int]:
    """Erase traces outside the audit log. Returns the number of changed rows of each kind."""
    counts = {
        "requests": count_changed(erasure.REQUESTS, params),
        "errors": count_changed(erasure.ERRORS, params),
        "mails": count_changed(erasure.MAIL, params),
        "import_rows": count_changed(erasure.IMPORT_ROWS, params) + count_changed(erasure.PEOPLE_ROWS, params),
        "job_problems": count_changed(erasure.JOB_PROBLEMS, params),
        "outcomes": count_changed(erasure.OUTCOMES, params),
    }
    for text in (
        *erasure.MENTIONS_IN_ROWS,
        erasure.LINKS,
        erasure.OPERATIONS,
        erasure.CYCLES,
        erasure.SYNC_STATES,
        erasure.NOTIFICATIONS,
        erasure.IMPORT_SAMPLES,
        erasure.JOBS,
        erasure.OWN_JOBS,
        erasure.ALERTS,
        erasure.STREAM_ANSWERS,
        erasure.TYPED_ADDRESSES,
    ):
        execute(text, params)
    if params["labels"]:
        for text in erasure.LABELS:
            execute(text, params)
    return counts


@dataclass(slots=True)
class KnownAs:
    """The names and addresses of a person, and the labels under which they acted, in lower case."""

    values: set[str]
    labels: set[str]
    user_names: set[str]

    @property
    def params(self) -> dict[str, list[str]]:
        values = {value for value in self.values | self.labels if len(value) >= SHORTEST}
        values |= {quote(value, safe="") for value in values}
        return {
            "values": sorted(values),
            "mentioned": sorted(value for value in values if len(value) >= SHORTEST_NUMBER or not value.isdigit()),
            "labels": sorted(self.labels - {""}),
        }


def _known_as(ids: Sequence[UUID], person: str) -> KnownAs:
    values, labels, user_names = set[str](), set[str](), set[str]()
    for batch in _batches(ids):
        for event in attach(AuditEvent.objects.filter(pk__in=batch)):
            if event.actor_user_id and str(event.actor_user_id) == person and event.personal.actor:
                labels.add(event.actor_label.lower())
            if event.target_id == person and event.personal.target:
                values |= set(_names_in(event))
                user_names |= set(_values_of(event, USER_NAMES))
    return KnownAs(values, labels, user_names)


def _names_in(event: AuditEvent) -> Iterator[str]:
    yield event.target_label.lower()
    yield from _values_of(event, NAMES)
    yield from (text.lower() for text in _texts(event.details.get("address")))


def _values_of(event: AuditEvent, attributes: Collection[str]) -> Iterator[str]:
    """Yields the old and new values of these attributes, in lower case."""
    for change in event.changes:
        if change.get("attribute") in attributes:
            for value in (change.get("old"), change.get("new")):
                yield from (text.lower() for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    """Yields the value if it is a string, or the `value` of each element of a multi-valued attribute."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
