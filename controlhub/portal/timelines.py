"""The audit events of a user or group by day: changes as old and new values, consecutive sign-ins in one line."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEvent
from audit.personal import attach
from audit.sentences import MEMBERS, Described, Sentences
from audit.vocabulary import AuditAction, Category, Result
from controlhub.models import Group, Organization, User
from controlhub.models.origins import Origin
from controlhub.portal.logged import entries_of
from controlhub.sql.audit_lists import events_of_members
from directory.models import Group as DirectoryGroup
from directory.models import Person

PAGE = 25
SCANNED = 1_000
"""A page of one kind examines this many events; the next page continues from there."""
SHOWN_CHANGES = 8
MOST_MEMBERSHIPS = 2_000
"""Of the events in which a person or group joined or left a group, this many are shown, newest first."""
SIGN_INS = {AuditAction.SIGNED_IN, AuditAction.SIGN_IN_FAILED, AuditAction.SIGNED_OUT}
KINDS = {
    "": _("Everything"),
    "profile": _("Profile"),
    "groups": _("Groups"),
    "access": _("Access"),
    "sign-ins": _("Sign-ins"),
}
UNSAID = {"schemas"}
"""Attributes whose changes mean nothing to people; the page of the event shows them."""


class KindForm(forms.Form):
    """The kind of events that a query selects; an unknown kind selects every event."""

    kind = forms.ChoiceField(choices=list(KINDS.items()), required=False)

    @property
    def kind_of_events(self) -> str:
        return str(self.cleaned_data["kind"]) if self.is_valid() else ""


ACCESS = {Category.ROLE_MANAGEMENT, Category.AUTHENTICATION, Category.PROVISIONING_MANAGEMENT}
ENDS = {
    *(AuditAction.USER_DEACTIVATED, AuditAction.USER_DELETED, AuditAction.USER_PURGED),
    *(AuditAction.DIRECTORY_USER_DISABLED, AuditAction.DIRECTORY_USER_DELETED, AuditAction.DIRECTORY_USER_PURGED),
}
STARTS = {
    *(AuditAction.USER_CREATED, AuditAction.USER_REACTIVATED, AuditAction.USER_RESTORED),
    *(AuditAction.DIRECTORY_USER_CREATED, AuditAction.DIRECTORY_USER_ENABLED, AuditAction.DIRECTORY_USER_RESTORED),
}
ICONS: dict[str, str] = {
    Category.USER_MANAGEMENT: "edit-regular",
    Category.GROUP_MANAGEMENT: "people-regular",
    Category.ROLE_MANAGEMENT: "shield-regular",
    Category.AUTHENTICATION: "secure-lock-regular",
    Category.PROVISIONING_MANAGEMENT: "secure-lock-regular",
}


@dataclass(frozen=True, slots=True)
class Change:
    """`old` or `new` is None if there was, or is, no value."""

    attribute: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: one event, or consecutive successful sign-ins of a day, newest first. `request` is its log entry.

    `sentence` says what the changes do not: the members of a group.
    """

    events: list[AuditEvent]
    origin: Origin
    request: UUID | None = None
    changes: list[Change] = field(default_factory=list)
    more: int = 0
    sentence: str = ""

    @property
    def event(self) -> AuditEvent:
        return self.events[0]

    @property
    def first(self) -> AuditEvent:
        return self.events[-1]

    @property
    def only_adds(self) -> bool:
        """Whether none of the attributes had a value before."""
        return all(change.old in {None, ""} for change in self.changes)

    @property
    def is_sign_in(self) -> bool:
        return _is_sign_in(self.event)

    @property
    def addresses(self) -> list[str]:
        return list(dict.fromkeys(event.actor_address for event in self.events if event.actor_address))[:3]

    @property
    def tone(self) -> str:
        """The class of the line's tile."""
        if self.event.result == Result.FAILURE:
            return "warn"
        if self.event.action in ENDS:
            return "bad"
        return "ok" if self.is_sign_in or self.event.action in STARTS else "info" if self.event.reason else "n"

    @property
    def icon(self) -> str:
        if self.event.action in ENDS:
            return "user-deactivate-regular"
        if self.is_sign_in:
            return "sign-in-regular"
        if self.event.action in STARTS:
            return "user-regular"
        return ICONS.get(self.event.category, "recents-regular")


@dataclass(frozen=True, slots=True)
class Timeline:
    """`older` is the id of the event after which the next page begins, None on the last page."""

    days: list[tuple[date, list[Entry]]]
    older: UUID | None = None


def timeline(target: User | Group | Person | DirectoryGroup, *, kind: str = "", after: UUID | None = None) -> Timeline:
    """A page of the events of this kind of a user or group, after the event `after` if given, in a few statements."""
    joined = events_of_members(target.organization.pk, [str(target.pk)], most=MOST_MEMBERSHIPS)
    own = Q(target_id=str(target.pk)) | Q(pk__in=joined) if joined else Q(target_id=str(target.pk))
    events = AuditEvent.objects.in_organization(target.organization).filter(own)
    last = events.filter(pk=after).first() if after else None
    if last is not None:
        events = events.filter(created_at__lte=last.created_at).exclude(created_at=last.created_at, pk__gte=last.pk)
    events = events.newest_first()
    found, older = _chosen(events, kind) if kind else _page(attach(events[: PAGE + 1]))
    return Timeline(days_of(target.organization, found), older)


def _page(events: list[AuditEvent]) -> tuple[list[AuditEvent], UUID | None]:
    return events[:PAGE], events[PAGE - 1].pk if len(events) > PAGE else None


def _chosen(events: Any, kind: str) -> tuple[list[AuditEvent], UUID | None]:
    scanned = list(events.only("id", "action", "category")[:SCANNED])
    ids = [event.pk for event in scanned if _kind_of(event) == kind]
    found = attach(AuditEvent.objects.filter(pk__in=ids[:PAGE]).newest_first())
    if len(ids) > PAGE:
        return found, ids[PAGE - 1]
    return found, scanned[-1].pk if len(scanned) == SCANNED else None


def _kind_of(event: AuditEvent) -> str:
    if event.action in SIGN_INS:
        return "sign-ins"
    if event.category == Category.GROUP_MANAGEMENT or event.action in MEMBERS:
        return "groups"
    return "access" if event.category in ACCESS else "profile"


def days_of(organization: Organization, events: list[AuditEvent]) -> list[tuple[date, list[Entry]]]:
    """The events, newest first, by day in the current time zone."""
    described = {one.event.pk: one for one in Sentences(organization, events).each()}
    requests = entries_of(organization, (event.request_id for event in events))
    days: dict[date, list[Entry]] = {}
    for event in events:
        entries = days.setdefault(localtime(event.created_at).date(), [])
        if entries and _is_sign_in(event) and entries[-1].is_sign_in:
            entries[-1].events.append(event)
        else:
            entries.append(_entry(described[event.pk], requests.get(event.request_id)))
    return list(days.items())


def _entry(described: Described, request: UUID | None) -> Entry:
    event = described.event
    changes = [change for change in event.changes if change.get("attribute") not in UNSAID]
    sentence = described.html if event.action in MEMBERS else ""
    more = max(0, len(changes) - SHOWN_CHANGES)
    return Entry([event], described.origin, request, [_change(one) for one in changes[:SHOWN_CHANGES]], more, sentence)


def _is_sign_in(event: AuditEvent) -> bool:
    return event.action == AuditAction.SIGNED_IN and event.result == Result.SUCCESS


def _change(change: dict[str, Any]) -> Change:
    return Change(str(change.get("attribute", "")), *before_and_after(change))


def before_and_after(change: dict[str, Any]) -> tuple[str | None, str | None]:
    """The old and the new value of an entry of an event, each in one line; None if there is no value."""
    old, new = change.get("old"), change.get("new")
    before, after = shown(old), shown(new)
    if before == after and old != new:  # only parts that are not shown have changed
        before, after = (json.dumps(value, ensure_ascii=False) for value in (old, new))
    return before, after


def shown(value: Any) -> str | None:
    """A value of a document in one line: a string as it is, the parts of an object one after another, else JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and value and all(isinstance(part, str | bool) for part in value.values()):
        return _of_parts(value)
    return json.dumps(value, ensure_ascii=False)


def _of_parts(value: dict[str, str | bool]) -> str:
    """Such as "Lisbon, PT (work, primary)"."""
    texts = {name: part for name, part in value.items() if isinstance(part, str) and name not in {"type", "$ref"}}
    whole = next((texts[name] for name in ("value", "formatted") if name in texts), ", ".join(texts.values()))
    notes = [str(value["type"])] if "type" in value else []
    notes += [name if part else f"{name}: false" for name, part in value.items() if isinstance(part, bool)]
    return f"{whole} ({', '.join(notes)})".strip() if notes else whole
