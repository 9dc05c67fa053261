"""The people of a directory. Each action locks the person, checks, saves and records one event.

Values are keyed by the names of `directory.provisioning.attributes`; the manager is a person's id.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record, record_each
from audit.vocabulary import AuditAction, TargetType
from controlhub.errors import InvalidSettingError, NameTakenError, PersonStateError, UserGoneError
from controlhub.models import Organization
from controlhub.sql import directory_members as members
from controlhub.sql.directory_people import UPDATE_PEOPLE
from controlhub.sql.statements import Statement
from directory.actions.attributes import clean, require_bounded
from directory.actions.names import UPN, names_unique, set_name, set_tombstone, take_back_name
from directory.actions.rules import dynamic_groups, follow_rules, share_rules
from directory.models import Person, PersonRow
from directory.models.people import COLUMNS

STATE = ("user_principal_name", "upn_key", "original_upn", "deleted_at")
WRITTEN = (*STATE, *COLUMNS.values(), "attributes", "manager", "version", "modified_at")


@transaction.atomic
def create_person(organization: Organization, *, values: Mapping[str, Any], actor: Actor) -> Person:
    """Add a person. `userPrincipalName` and `displayName` are required.

    Raises InvalidNameError, InvalidSettingError or NameTakenError.
    """
    share_rules(organization)
    person = _new(organization, values)
    with names_unique(person):
        person.save(force_insert=True)
    content = EventContent(after=person.values, details=follow_rules(person).details)
    record(AuditAction.DIRECTORY_USER_CREATED, target=audit_target(person), content=content, actor=actor)
    return person


@transaction.atomic
def create_people(organization: Organization, documents: Sequence[Mapping[str, Any]], *, actor: Actor) -> list[Person]:
    """Add people with these values, all or none, with an event for each. Raises the same errors as `create_person`."""
    share_rules(organization)
    groups = dynamic_groups(organization.pk)
    people = [_new(organization, values) for values in documents]
    try:
        with transaction.atomic():
            Person.objects.bulk_create(people)
    except IntegrityError as error:
        if "person_upn" not in str(error):
            raise
        raise NameTakenError(_("Another user of this directory has this user principal name."), field=UPN) from error
    for person in people:
        content = EventContent(after=person.values, details=follow_rules(person, groups).details)
        record(AuditAction.DIRECTORY_USER_CREATED, target=audit_target(person), content=content, actor=actor)
    return people


@transaction.atomic
def update_person(person: Person, *, values: Mapping[str, Any], version: int | None = None, actor: Actor) -> Person:
    """Change these attributes; None, "" or [] removes one. Unchanged values do nothing.

    Raises PersonStateError if the person is deleted or, with `version`, has been changed since that version. Raises
    InvalidNameError, InvalidSettingError, NameTakenError or UserGoneError.
    """
    share_rules(person.organization)
    person = lock_person(person)
    if version is not None and person.version != version:
        message = _("Somebody has changed this user in the meantime. Reload the page and make your changes again.")
        raise PersonStateError(message)
    if person.deleted_at:
        raise PersonStateError(_("This user is deleted. Restore the user first."))
    before = person.values
    assign_values(person, values)
    after = person.values
    if before == after:
        return person
    _save(person)
    content = EventContent(before=before, after=after, details=follow_rules(person).details)
    record(_event_of(before, after), target=audit_target(person), content=content, actor=actor)
    return person


@transaction.atomic
def update_people(
    organization: Organization, documents: Mapping[UUID, Mapping[str, Any]], *, actor: Actor
) -> list[Person]:
    """Change attributes of people, by id, all or none. Returns those who have changed; each change has an event.

    Raises the same errors as `update_person`, and ValueError if more than the case of a user principal name changes.
    """
    share_rules(organization)
    groups, managers = dynamic_groups(organization.pk), _managers_among(organization, documents.values())
    found: dict[AuditAction, list[tuple[Person, EventContent]]] = {}
    for person in _locked_people(organization, documents):
        before, key = person.values, person.upn_key
        assign_values(person, documents[person.pk], managers=managers)
        if person.upn_key != key:
            raise ValueError(f"{key} would become {person.upn_key}")
        after = person.values
        if before != after:
            content = EventContent(before=before, after=after, details=follow_rules(person, groups).details)
            found.setdefault(_event_of(before, after), []).append((person, content))
    for action, changed in found.items():
        contents = [(audit_target(person), content) for person, content in changed]
        people = orjson.dumps([_row(person) for person, _content in changed]).decode()
        change = Statement(UPDATE_PEOPLE, {"organization": organization.pk, "people": people})
        record_each(action, contents, actor=actor, change=change)
    return [person for changed in found.values() for person, _content in changed]


@transaction.atomic
def delete_person(person: Person, *, actor: Actor) -> Person:
    """Move a person to *Deleted users*, under a tombstone name; the address can be used again at once.

    Memberships and assignments are kept, so that they can be restored. Raises PersonStateError if the person is
    deleted.
    """
    person = lock_person(person)
    if person.deleted_at:
        raise PersonStateError(_("This user is already deleted."))
    before = person.values
    set_tombstone(person)
    person.deleted_at = Now()
    _save(person)
    members.count_out(person.pk)
    content = EventContent(before=before, after=person.values)
    record(AuditAction.DIRECTORY_USER_DELETED, target=audit_target(person), content=content, actor=actor)
    return person


@transaction.atomic
def restore_person(person: Person, *, actor: Actor) -> Person:
    """Restore a deleted person with name, memberships and assignments.

    Raises NameTakenError if somebody else now has the name, and PersonStateError if the person is not deleted.
    """
    share_rules(person.organization)
    person = lock_person(person)
    if not person.deleted_at:
        raise PersonStateError(_("This user is not deleted."))
    before = person.values
    take_back_name(person)
    person.deleted_at = None
    with names_unique(person):
        _save(person)
    members.count_in(person.pk)
    content = EventContent(before=before, after=person.values, details=follow_rules(person).details)
    record(AuditAction.DIRECTORY_USER_RESTORED, target=audit_target(person), content=content, actor=actor)
    return person


@transaction.atomic
def purge_person(person: Person, *, actor: Actor) -> None:
    """Permanently delete a person from *Deleted users*: nothing can bring them back.

    Raises PersonStateError if the person is not deleted.
    """
    person = lock_person(person)
    if not person.deleted_at:
        raise PersonStateError(_("This user is not deleted. Delete the user first."))
    content = EventContent(before=person.values)
    record(AuditAction.DIRECTORY_USER_PURGED, target=audit_target(person), content=content, actor=actor)
    PersonRow.objects.filter(user_id=person.pk).update(
        cells=[], key="", label="", user_name="", exists=False, details={}
    )
    person.delete()


def _new(organization: Organization, values: Mapping[str, Any]) -> Person:
    person = Person(organization=organization)
    assign_values(person, values)
    if not person.user_principal_name:
        raise InvalidSettingError(_("Enter a user principal name."), field=UPN)
    return person


def lock_person(person: Person) -> Person:
    """Returns the current state of the person, locked until the end of the transaction. Raises UserGoneError."""
    locked = Person.objects.select_for_update(of=("self",), no_key=True).select_related("organization")
    found = locked.filter(pk=person.pk).first()
    if found is None:
        raise UserGoneError
    return found


def _locked_people(organization: Organization, ids: Iterable[UUID]) -> list[Person]:
    """Returns the current state of the people, locked in this order. Raises UserGoneError or PersonStateError."""
    wanted = set(ids)
    locked = Person.objects.select_for_update(no_key=True).filter(organization=organization, pk__in=wanted)
    people = list(locked.order_by("pk"))
    if len(people) < len(wanted):
        raise UserGoneError
    if any(person.deleted_at for person in people):
        raise PersonStateError(_("This user is deleted. Restore the user first."))
    return people


def _row(person: Person) -> dict[str, Any]:
    """The columns that `UPDATE_PEOPLE` writes."""
    names = ("id", "user_principal_name", "upn_key", *COLUMNS.values(), "attributes", "manager_id")
    return {name: getattr(person, name) for name in names}


def audit_target(person: Person) -> Target:
    return Target(person.organization_id, TargetType.DIRECTORY_USER, str(person.pk), str(person))


def assign_values(person: Person, values: Mapping[str, Any], *, managers: Set[UUID] | None = None) -> None:
    """Set the values on the person without saving. The two names cannot be removed.

    `managers` are the ids that can be a manager, if the caller has read them for many people. Raises InvalidNameError
    or InvalidSettingError.
    """
    changed = clean(values)
    if UPN in changed:
        set_name(person, str(changed.pop(UPN) or ""))
    if "manager" in changed:
        person.manager_id = _manager(person, changed.pop("manager"), managers)
    if changed.get("accountEnabled", True) is None:
        del changed["accountEnabled"]
    for name, column in COLUMNS.items():
        if name in changed:
            setattr(person, column, changed.pop(name) or ("" if name != "accountEnabled" else False))
    kept = {name: value for name, value in {**person.attributes, **changed}.items() if value is not None}
    require_bounded(kept)
    person.attributes = kept
    if not person.display_name:
        raise InvalidSettingError(_("Enter a display name."), field="displayName")


def _manager(person: Person, value: Any, managers: Set[UUID] | None) -> UUID | None:
    """The manager's id; raises InvalidSettingError unless it is that of another person in the directory."""
    if not value:
        return None
    manager_id = _id_of(value)
    if managers is None:
        managers = _current_among(person.organization_id, {manager_id} - {None})
    if manager_id == person.pk or manager_id not in managers:
        raise InvalidSettingError(_("The manager must be another user of this directory."), field="manager")
    return manager_id


def _managers_among(organization: Organization, documents: Iterable[Mapping[str, Any]]) -> Set[UUID]:
    """The ids of the managers named by these values who are in the directory."""
    named = {_id_of(value) for values in documents if (value := clean(values).get("manager"))}
    return _current_among(organization.pk, named - {None})


def _current_among(organization_id: UUID, ids: Set[UUID | None]) -> Set[UUID]:
    people = Person.objects.filter(organization=organization_id, pk__in=ids).current()
    return set(people.values_list("pk", flat=True)) if ids else set()


def _id_of(value: Any) -> UUID | None:
    """The id; None if the value is not an id."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None


def _save(person: Person) -> None:
    person.version += 1
    person.modified_at = Now()
    person.save(update_fields=WRITTEN)
    person.refresh_from_db(fields=["deleted_at", "modified_at", "name_key"])


def _event_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> AuditAction:
    if before["accountEnabled"] == after["accountEnabled"]:
        return AuditAction.DIRECTORY_USER_UPDATED
    return AuditAction.DIRECTORY_USER_ENABLED if after["accountEnabled"] else AuditAction.DIRECTORY_USER_DISABLED
