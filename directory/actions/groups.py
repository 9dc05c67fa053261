"""The groups of a directory. Each action locks the group, checks, saves and records one event."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.errors import GroupGoneError, InvalidSettingError, NameTakenError
from controlhub.models import Organization
from controlhub.sql import directory_members as members
from controlhub.text.names import require_name
from directory.models import Group
from directory.provisioning.values import is_storable

MOST_CHARACTERS = 256
"""The maximum length of the name of a group."""
MOST_IN_DESCRIPTION = 1_024


@transaction.atomic
def create_group(organization: Organization, *, display_name: str, description: str = "", actor: Actor) -> Group:
    """Add a group without members. Raises InvalidNameError, InvalidSettingError or NameTakenError."""
    group = Group(organization=organization)
    _assign(group, display_name, description)
    with _name_unique(group):
        group.save(force_insert=True)
    content = EventContent(after=group.values)
    record(AuditAction.DIRECTORY_GROUP_CREATED, target=audit_target(group), content=content, actor=actor)
    return group


@transaction.atomic
def update_group(group: Group, *, display_name: str, description: str, actor: Actor) -> Group:
    """Change name and description; does nothing if both are the same as before.

    Raises GroupGoneError, InvalidNameError, InvalidSettingError or NameTakenError.
    """
    group = lock_group(group)
    before = group.values
    _assign(group, display_name, description)
    if group.values == before:
        return group
    with _name_unique(group):
        save(group, "display_name", "display_name_key", "description")
    content = EventContent(before=before, after=group.values)
    record(AuditAction.DIRECTORY_GROUP_UPDATED, target=audit_target(group), content=content, actor=actor)
    return group


@transaction.atomic
def delete_group(group: Group, *, actor: Actor) -> None:
    """Delete a group permanently, as Entra does with security groups, but not its members. Raises GroupGoneError."""
    group = lock_group(group)
    members.leave_parents(group.pk)
    members.empty(group.pk)
    content = EventContent(before=group.values, details={"members": group.member_count})
    record(AuditAction.DIRECTORY_GROUP_DELETED, target=audit_target(group), content=content, actor=actor)
    group.delete()


def lock_group(group: Group) -> Group:
    """Returns the current state of the group, locked until the end of the transaction. Raises GroupGoneError."""
    locked = Group.objects.select_for_update(of=("self",), no_key=True).select_related("organization")
    found = locked.filter(pk=group.pk).first()
    if found is None:
        raise GroupGoneError
    return found


def audit_target(group: Group) -> Target:
    return Target(group.organization_id, TargetType.DIRECTORY_GROUP, str(group.pk), group.display_name)


def save(group: Group, *fields: str) -> None:
    """Write these columns of a locked group, with a new version."""
    group.version += 1
    group.modified_at = Now()
    group.save(update_fields=[*fields, "version", "modified_at"])
    group.refresh_from_db(fields=["modified_at"])


def _assign(group: Group, display_name: str, description: str) -> None:
    group.display_name = display_name.strip()
    group.display_name_key = require_name(group.display_name, "displayName", most=MOST_CHARACTERS)
    group.description = description.strip()
    if len(group.description) > MOST_IN_DESCRIPTION:
        message = _("The description is longer than {number} characters.").format(number=MOST_IN_DESCRIPTION)
        raise InvalidSettingError(message, field="description")
    if not is_storable(group.description):
        message = _("The description contains a character that cannot be stored. Remove it.")
        raise InvalidSettingError(message, field="description")


@contextmanager
def _name_unique(group: Group) -> Iterator[None]:
    """Turns a violation of the database's constraint into NameTakenError."""
    name = group.display_name
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "directory_group_name" not in str(error):
            raise
        message = _("Another group of the directory has the name {name}.").format(name=name)
        raise NameTakenError(message, field="displayName") from error
