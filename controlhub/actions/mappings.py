"""Groups whose members are administrators, because the organization says so."""

from django.db import transaction

from audit.actor import Actor
from audit.record import Story, record
from audit.vocabulary import AuditAction
from controlhub.actions.groups import audit_target
from controlhub.errors import InvalidSettingError, RoleTooHighError
from controlhub.models import Group, Role, RoleMapping


@transaction.atomic
def map_group(group: Group, *, role: Role, by: Role, actor: Actor) -> RoleMapping:
    """Give the direct members of a group this role, now and as long as they are members.

    RoleTooHighError unless the role of who does it covers the new role and the old one.
    """
    if not Group.objects.select_for_update().filter(pk=group.pk).exists():
        raise InvalidSettingError("The group was removed meanwhile.", field="group")
    old = RoleMapping.objects.filter(group=group).first()
    if not by.covers(role) or (old and not by.covers(Role(old.role))):
        raise RoleTooHighError(field="role")
    if old and old.role == role:
        return old
    mapping, _ = RoleMapping.objects.update_or_create(group=group, defaults={"role": role, "created_by": actor.label})
    story = Story(before={"role": old.role} if old else {}, after={"role": role})
    record(AuditAction.GROUP_MAPPED, target=audit_target(group), story=story, actor=actor)
    return mapping


@transaction.atomic
def unmap_group(mapping: RoleMapping, *, by: Role, actor: Actor) -> None:
    """Its members are administrators no more; whoever is signed in because of it is out with their next request."""
    if not by.covers(Role(mapping.role)):
        raise RoleTooHighError
    if RoleMapping.objects.filter(pk=mapping.pk).delete()[0]:
        story = Story(before={"role": mapping.role})
        record(AuditAction.GROUP_UNMAPPED, target=audit_target(mapping.group), story=story, actor=actor)
