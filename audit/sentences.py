"""Each event as one plain sentence: who did what, and to which person or object.

Activity names are Entra's terms in every language; these sentences are translated.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEvent
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.models import Organization, Role, User
from controlhub.models.origins import Origin, OriginKind, origins_of
from controlhub.models.policies import POLICIES
from controlhub.sql.audit_names import last_labels
from controlhub.text.readable import escaped

SHOWN_NAMES = 3
"""The maximum number of members that a sentence names."""
SHOWN_ATTRIBUTES = 3
SENTENCES: Mapping[AuditAction, str | Promise] = {
    AuditAction.USER_CREATED: _("{actor} added {target}"),
    AuditAction.USER_UPDATED: _("{actor} changed {target}"),
    AuditAction.USER_DEACTIVATED: _("{actor} disabled {target}"),
    AuditAction.USER_REACTIVATED: _("{actor} enabled {target}"),
    AuditAction.USER_DELETED: _("{actor} deleted {target}"),
    AuditAction.USER_RESTORED: _("{actor} restored {target}"),
    AuditAction.USER_PURGED: _("{actor} permanently deleted {target}"),
    AuditAction.USER_DATA_EXPORTED: _("{actor} exported the personal data of {target}"),
    AuditAction.USER_ERASED: _("{actor} erased the personal data of {target}"),
    AuditAction.USER_INVITED: _("{actor} invited {target}"),
    AuditAction.USER_VERIFIED: _("{actor} accepted the invitation of {target}"),
    AuditAction.USER_HELD: _("{actor} placed a legal hold on {target}"),
    AuditAction.USER_RELEASED: _("{actor} ended the legal hold on {target}"),
    AuditAction.USER_EXTENDED: _("{actor} extended the retention period of {target}"),
    AuditAction.USER_NOTED: _("{actor} changed the note on {target}"),
    AuditAction.USERS_REVIEWED: _("{actor} confirmed deactivations in {target}"),
    AuditAction.USERS_EXPORTED: _("{actor} exported users of {target}"),
    AuditAction.PURGE_STAGED: _("{actor} paused permanent deletions above the daily limit of {target}"),
    AuditAction.PURGE_ALLOWED: _("{actor} allowed permanent deletions above the daily limit of {target}"),
    AuditAction.PURGE_HELD: _("{actor} put permanent deletions in {target} on hold"),
    AuditAction.BURST_FOUND: _("{actor} detected a spike in deactivations in {target}"),
    AuditAction.GROUP_CREATED: _("{actor} added the group {target}"),
    AuditAction.GROUP_UPDATED: _("{actor} changed the group {target}"),
    AuditAction.GROUP_DELETED: _("{actor} deleted the group {target}"),
    AuditAction.MEMBERS_CHANGED: _("{actor} changed the members of {target}"),
    AuditAction.DIRECTORY_USER_CREATED: _("{actor} added {target} to the directory"),
    AuditAction.DIRECTORY_USER_UPDATED: _("{actor} changed {target} in the directory"),
    AuditAction.DIRECTORY_USER_DISABLED: _("{actor} disabled {target} in the directory"),
    AuditAction.DIRECTORY_USER_ENABLED: _("{actor} enabled {target} in the directory"),
    AuditAction.DIRECTORY_USER_DELETED: _("{actor} deleted {target} from the directory"),
    AuditAction.DIRECTORY_USER_RESTORED: _("{actor} restored {target} in the directory"),
    AuditAction.DIRECTORY_USER_PURGED: _("{actor} permanently deleted {target} from the directory"),
    AuditAction.DIRECTORY_GROUP_CREATED: _("{actor} added the group {target} to the directory"),
    AuditAction.DIRECTORY_GROUP_UPDATED: _("{actor} changed the group {target} in the directory"),
    AuditAction.DIRECTORY_GROUP_DELETED: _("{actor} deleted the group {target} from the directory"),
    AuditAction.DIRECTORY_MEMBERS_CHANGED: _("{actor} changed the members of {target} in the directory"),
    AuditAction.RESOURCE_CREATED: _("{actor} added {target}"),
    AuditAction.RESOURCE_UPDATED: _("{actor} changed {target}"),
    AuditAction.RESOURCE_DELETED: _("{actor} deleted {target}"),
    AuditAction.SCHEMA_REGISTERED: _("{actor} registered the schema {target}"),
    AuditAction.SCHEMA_EXTENDED: _("{actor} extended the resource type {target}"),
    AuditAction.SCHEMA_REMOVED: _("{actor} removed the schema {target}"),
    AuditAction.RESOURCE_TYPE_REGISTERED: _("{actor} registered the resource type {target}"),
    AuditAction.RESOURCE_TYPE_REMOVED: _("{actor} removed the resource type {target}"),
    AuditAction.TOKEN_ISSUED: _("{actor} issued the token {target}"),
    AuditAction.TOKEN_REVOKED: _("{actor} revoked the token {target}"),
    AuditAction.CONNECTION_CREATED: _("{actor} added the connection {target}"),
    AuditAction.CONNECTION_PAUSED: _("{actor} paused the connection {target}"),
    AuditAction.CONNECTION_RESUMED: _("{actor} resumed the connection {target}"),
    AuditAction.CONNECTION_RENAMED: _("{actor} renamed the connection {target}"),
    AuditAction.CONNECTION_DELETED: _("{actor} deleted the connection {target}"),
    AuditAction.CONNECTION_TESTED: _("{actor} ran a self-test of {target}"),
    AuditAction.REQUEST_REVEALED: _("{actor} revealed personal values in the request {target}"),
    AuditAction.BULK_REQUESTED: _("{actor} sent a bulk request with {operations} operations"),
    AuditAction.REQUEST_REFUSED: _("A request by {actor} about {target} was refused"),
    AuditAction.TOKEN_REFUSED: _("The token {target} was refused"),
    AuditAction.TOKEN_AT_NEW_ADDRESS: _("The token {target} was used from a new address"),
    AuditAction.CLIENT_ISSUED: _("{actor} issued client credentials for {target}"),
    AuditAction.CLIENT_REVOKED: _("{actor} revoked the client credentials of {target}"),
    AuditAction.SESSIONS_ENDED: _("{actor} ended sessions of {target}"),
    AuditAction.JOB_STARTED: _("{actor} started the job {target}"),
    AuditAction.JOB_PAUSED: _("{actor} paused the job {target}"),
    AuditAction.JOB_RESUMED: _("{actor} resumed the job {target}"),
    AuditAction.JOB_CANCELLED: _("{actor} canceled the job {target}"),
    AuditAction.JOB_FINISHED: _("{actor} finished the job {target}"),
    AuditAction.JOB_FAILED: _("{actor} could not finish the job {target}"),
    AuditAction.VIEW_SAVED: _("{actor} saved the view {target}"),
    AuditAction.VIEW_CHANGED: _("{actor} changed the view {target}"),
    AuditAction.VIEW_DELETED: _("{actor} deleted the view {target}"),
    AuditAction.FILE_DOWNLOADED: _("{actor} downloaded a file with personal data of {target}"),
    AuditAction.EVENTS_EXPORTED: _("{actor} exported the audit log of {target}"),
    AuditAction.APPLICATION_ADDED: _("{actor} added the application {target}"),
    AuditAction.APPLICATION_RENAMED: _("{actor} renamed the application {target}"),
    AuditAction.APPLICATION_CONFIGURED: _("{actor} changed how {target} is provisioned"),
    AuditAction.APPLICATION_MAPPED: _("{actor} changed the mappings or scoping filters of {target}"),
    AuditAction.USER_ASSIGNED: _("{actor} assigned a user to {target}"),
    AuditAction.USER_UNASSIGNED: _("{actor} removed the assignment of a user to {target}"),
    AuditAction.GROUP_ASSIGNED: _("{actor} assigned a group to {target}"),
    AuditAction.GROUP_UNASSIGNED: _("{actor} removed the assignment of a group to {target}"),
    AuditAction.APPLICATION_DELETED: _("{actor} deleted the application {target}"),
    AuditAction.PROVISIONING_STARTED: _("{actor} started a provisioning cycle of {target}"),
    AuditAction.PROVISIONING_RESTARTED: _("{actor} restarted provisioning to {target}"),
    AuditAction.PROVISIONING_STOPPED: _("{actor} stopped a provisioning cycle of {target}"),
    AuditAction.PROVISIONING_PAUSED: _("{actor} paused provisioning to {target}"),
    AuditAction.PROVISIONING_RESUMED: _("{actor} resumed provisioning to {target}"),
    AuditAction.PROVISIONING_UNDONE: _("{actor} undid a provisioning cycle of {target}"),
    AuditAction.PROVISIONED_ON_DEMAND: _("{actor} provisioned objects to {target} on demand"),
    AuditAction.REMOVALS_ALLOWED: _("{actor} allowed a cycle to remove objects from {target}"),
    AuditAction.REMOVALS_REJECTED: _("{actor} rejected the removal of objects from {target}"),
    AuditAction.DEMO_FORWARDED: _("{actor} skipped days in the demo of {target}"),
    AuditAction.EXPORT_FINISHED: _("{actor} received an export of the audit log of {target} (events: {events})"),
    AuditAction.EVENTS_READ: _("{actor} read the audit log of {target}"),
    AuditAction.PROVISIONING_LOG_EXPORTED: _("{actor} exported the provisioning log of {target}"),
    AuditAction.STREAM_ADDED: _("{actor} added the stream {target}"),
    AuditAction.STREAM_CHANGED: _("{actor} changed the stream {target}"),
    AuditAction.STREAM_PAUSED: _("{actor} paused the stream {target}"),
    AuditAction.STREAM_RESUMED: _("{actor} resumed the stream {target}"),
    AuditAction.STREAM_REPLAYED: _("{actor} replayed the stream {target}"),
    AuditAction.STREAM_GAPS_DISMISSED: _("{actor} dismissed the gaps of the stream {target}"),
    AuditAction.STREAM_DELETED: _("{actor} deleted the stream {target}"),
    AuditAction.ALERT_ADDED: _("{actor} added the alert {target}"),
    AuditAction.ALERT_CHANGED: _("{actor} changed the alert {target}"),
    AuditAction.ALERT_PAUSED: _("{actor} paused the alert {target}"),
    AuditAction.ALERT_RESUMED: _("{actor} resumed the alert {target}"),
    AuditAction.ALERT_DELETED: _("{actor} deleted the alert {target}"),
    AuditAction.ALERT_TESTED: _("{actor} sent a test of the alert {target}"),
    AuditAction.ALERT_FIRED: _("{actor} sent the alert {target}"),
    AuditAction.ORGANIZATION_CREATED: _("{actor} added the organization {target}"),
    AuditAction.ORGANIZATION_UPDATED: _("{actor} changed the organization {target}"),
    AuditAction.BACKUP_CONFIRMED: _("{actor} confirmed the backup of the secret keys of {target}"),
    AuditAction.LOG_EXPIRED: _("{actor} removed expired audit events of {target}"),
    AuditAction.LOG_RECOVERED: _("{actor} recorded that a restored backup lacks audit events of {target}"),
    AuditAction.ROLE_ASSIGNED: _("{actor} gave {target} the role {role}"),
    AuditAction.ROLE_REMOVED: _("{actor} removed the role {role} from {target}"),
    AuditAction.ROLE_REFUSED: _("{actor} could not give {target} a role"),
    AuditAction.GROUP_MAPPED: _("{actor} gave the group {target} the role {role}"),
    AuditAction.GROUP_UNMAPPED: _("{actor} removed the role {role} from the group {target}"),
    AuditAction.PAGE_REFUSED: _("{actor} was not allowed to open the page {target}"),
    AuditAction.RESET_REQUESTED: _("Somebody requested a link to reset the password of {target}"),
    AuditAction.PASSWORD_CHANGED: _("{actor} changed the password of {target}"),
    AuditAction.FACTOR_ADDED: _("{actor} registered a sign-in method for {target}"),
    AuditAction.FACTOR_REMOVED: _("{actor} removed a sign-in method of {target}"),
    AuditAction.IDENTITY_LINKED: _("{actor} connected an identity to {target}"),
    AuditAction.IDENTITY_UNLINKED: _("{actor} disconnected an identity from {target}"),
    AuditAction.PROVIDER_ADDED: _("{actor} added the identity provider {target}"),
    AuditAction.PROVIDER_UPDATED: _("{actor} changed the identity provider {target}"),
    AuditAction.PROVIDER_REMOVED: _("{actor} deleted the identity provider {target}"),
    AuditAction.SIGNED_IN: _("{actor} signed in"),
    AuditAction.SIGN_IN_FAILED: _("{actor} could not sign in as {target}"),
    AuditAction.SIGNED_OUT: _("{actor} signed out"),
}
REFUSED: Mapping[str, str | Promise] = {
    TargetType.CONNECTION: _("Client credentials of {target} were refused"),
    TargetType.ORGANIZATION: _("An unknown token was refused"),
}
"""Other sentences for refused tokens, by the type of the target."""
UPDATES = {
    AuditAction.USER_UPDATED,
    AuditAction.GROUP_UPDATED,
    AuditAction.DIRECTORY_USER_UPDATED,
    AuditAction.DIRECTORY_GROUP_UPDATED,
    AuditAction.RESOURCE_UPDATED,
    AuditAction.ORGANIZATION_UPDATED,
    AuditAction.PROVIDER_UPDATED,
}
MEMBERS = {AuditAction.MEMBERS_CHANGED, AuditAction.DIRECTORY_MEMBERS_CHANGED}
_ACTIONS = {action.value: action for action in AuditAction}
SAYS_FAILURE = {
    AuditAction.EXPORT_FINISHED,
    AuditAction.JOB_FAILED,
    AuditAction.PAGE_REFUSED,
    AuditAction.REQUEST_REFUSED,
    AuditAction.ROLE_REFUSED,
    AuditAction.SIGN_IN_FAILED,
    AuditAction.TOKEN_REFUSED,
}
"""Actions whose sentence is about a failure."""


@dataclass(frozen=True, slots=True)
class Described:
    """An event, its sentence as HTML and as text, and the origin of its actor."""

    event: AuditEvent
    html: SafeString
    text: str
    origin: Origin


class Sentences:
    """The sentences of a page of events. Names of connections, people and members are looked up once: 4 queries."""

    def __init__(self, organization: Organization, events: Sequence[AuditEvent]) -> None:
        self._events = events
        self._origins = origins_of(organization, events)
        members = {pk for event in events for side in ("added", "removed") for pk in _members(event, side)[1]}
        self._names = _names(organization, members)

    def each(self) -> list[Described]:
        return [self.of(event) for event in self._events]

    def of(self, event: AuditEvent) -> Described:
        origin = self._origins[event.pk]
        pattern, values = self._pattern(event, origin)
        bold = {name: format_html("<b>{}</b>", value) for name, value in values.items()}
        html = format_html(pattern, **bold)
        return Described(event, html, pattern.format(**values), origin)

    def _pattern(self, event: AuditEvent, origin: Origin) -> tuple[str, dict[str, str]]:
        values = {"actor": actor_name(origin, event), "target": escaped(event.target_label or event.target_id)}
        action = _action(event)
        if action is None:
            return "{actor}: {activity}, {target}", {**values, "activity": event.activity}
        if event.result == Result.FAILURE and action not in SAYS_FAILURE:
            values["activity"] = event.activity
            return _with_reason(gettext("{actor} could not complete {activity} for {target}"), event, values)
        if action in MEMBERS:
            return self._membership(event, values)
        if action in UPDATES and (names := _attributes(event)):
            return gettext("{actor} changed {attributes} of {target}"), {**values, "attributes": names}
        numbers = {name: str(event.facts.get(name, 0)) for name in ("events", "operations")}
        values |= {"role": _role(event), **numbers}
        pattern = str(SENTENCES[action])
        if action is AuditAction.TOKEN_REFUSED:
            pattern = str(REFUSED.get(event.target_type, pattern))
        return _with_number(*_with_reason(pattern, event, values), event)

    def _membership(self, event: AuditEvent, values: dict[str, str]) -> tuple[str, dict[str, str]]:
        (added, joined), (removed, gone) = _members(event, "added"), _members(event, "removed")
        values |= {"number": str(added or removed), "removed": str(removed)}
        if added and removed:
            return gettext("{actor} added {number} and removed {removed} members of {target}"), values
        if added:
            pattern = ngettext(
                "{actor} added {number} member to {target}", "{actor} added {number} members to {target}", added
            )
        elif removed:
            pattern = ngettext(
                "{actor} removed {number} member from {target}",
                "{actor} removed {number} members from {target}",
                removed,
            )
        else:
            return str(SENTENCES[_ACTIONS[event.action]]), values
        names = [escaped(self._names[pk]) for pk in (*joined, *gone) if pk in self._names]
        if not names:
            return pattern, values
        return f"{pattern}: {{names}}", {**values, "names": ", ".join(names)}


def members_of(organization: Organization, event: AuditEvent) -> dict[str, list[tuple[UUID, str]]]:
    """The ids and names of members that an event added and removed, with their current or last names. Two queries."""
    sides = {side: _members(event, side, most=None)[1] for side in ("added", "removed")}
    names = _names(organization, {pk for ids in sides.values() for pk in ids})
    return {side: [(pk, names.get(pk, str(pk))) for pk in ids] for side, ids in sides.items()}


def _names(organization: Organization, members: set[UUID]) -> dict[UUID, str]:
    people = User.objects.in_organization(organization).defer("document").in_bulk(list(members)) if members else {}
    names = {pk: user.display_label for pk, user in people.items()}
    if others := [str(pk) for pk in members - people.keys()]:
        last = last_labels(organization.pk, others)
        names |= {UUID(pk): label or gettext("Erased") for pk, label in last.items()}
    return names


def actor_name(origin: Origin, event: AuditEvent) -> str:
    """The actor as the beginning of a sentence."""
    name = escaped(origin.name or event.actor_label or event.actor_id or gettext("Somebody"))
    return gettext("Connection {name}").format(name=name) if origin.kind is OriginKind.CONNECTION else name


def _action(event: AuditEvent) -> AuditAction | None:
    return _ACTIONS.get(event.action)


def _with_reason(pattern: str, event: AuditEvent, values: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Append the reason if the event is a failure."""
    if event.result != Result.FAILURE or not event.reason:
        return pattern, values
    return f"{pattern}: {{reason}}", {**values, "reason": escaped(event.reason)}


def _with_number(pattern: str, values: dict[str, str], event: AuditEvent) -> tuple[str, dict[str, str]]:
    """Append the number of occurrences if the event counts them (`controlhub.actions.repeats`)."""
    if not event.parent_id or (times := event.facts.get("times")) is None:
        return pattern, values
    number = gettext("{times} times in an hour")
    return f"{pattern} ({number})", {**values, "times": str(times)}


def _members(event: AuditEvent, side: str, most: int | None = SHOWN_NAMES) -> tuple[int, list[UUID]]:
    """The number of members that were added or removed, and the ids of the first ones."""
    if event.action not in MEMBERS:
        return 0, []
    found = event.details.get(side)
    if not isinstance(found, dict):
        return 0, []
    return int(found.get("count", 0)), list(_uuids(found.get("ids", [])))[:most]


def _uuids(texts: Iterable[Any]) -> Iterable[UUID]:
    for text in texts:
        try:
            yield UUID(str(text))
        except ValueError:
            continue


def _attributes(event: AuditEvent) -> str:
    """The names of the first changed attributes, and the number of others. Policies have the labels of their page."""
    names = list(dict.fromkeys(_short(str(change.get("attribute", ""))) for change in event.changes))
    if event.action == AuditAction.ORGANIZATION_UPDATED:
        names = [str(POLICIES[name].label) if name in POLICIES else name for name in names]
    more = len(names) - SHOWN_ATTRIBUTES
    shown = ", ".join(escaped(name) for name in names[:SHOWN_ATTRIBUTES])
    return gettext("{names} and {number} more").format(names=shown, number=more) if more > 0 else shown


def _short(attribute: str) -> str:
    """The attribute without the URN of its schema, such as `manager.value`. The event's changes have the full name."""
    name = attribute.rpartition(":")[2]
    return name if name[:1].islower() else attribute


def _role(event: AuditEvent) -> str:
    for change in event.changes:
        if change.get("attribute") == "role" and (name := change.get("new") or change.get("old")):
            return str(Role(name).label) if name in Role.values else escaped(name)
    return ""
