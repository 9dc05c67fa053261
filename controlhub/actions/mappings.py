"""Groups that give their members an administrator role."""

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.groups import audit_target
from controlhub.actions.roles import require_may_give
from controlhub.errors import InvalidSettingError
from controlhub.models import Group, Role, RoleMapping


@transaction.atomic
def map_group(group: Group, *, role: Role, actor: Actor) -> RoleMapping:
    """Give the direct members of a group this role, for as long as they are members.

    RoleTooHighError unless the actor's role covers both the new role and the old one.
    """
    if not Group.objects.select_for_update().filter(pk=group.pk).exists():
        raise InvalidSettingError(_("The group has been deleted."), field="group")
    old = RoleMapping.objects.filter(group=group).first()
    require_may_give(actor, role, Role(old.role) if old else None, target=audit_target(group))
    if old and old.role == role:
        return old
    mapping, _created = RoleMapping.objects.update_or_create(
        group=group, defaults={"role": role, "created_by": actor.label}
    )
    content = EventContent(before={"role": old.role} if old else {}, after={"role": role})
    record(AuditAction.GROUP_MAPPED, target=audit_target(group), content=content, actor=actor)
    return mapping


@transaction.atomic
def unmap_group(mapping: RoleMapping, *, actor: Actor) -> None:
    """End the role of the group's members. Those who are signed in because of it lose access immediately."""
    require_may_give(actor, Role(mapping.role), target=audit_target(mapping.group))
    if RoleMapping.objects.filter(pk=mapping.pk).delete()[0]:
        content = EventContent(before={"role": mapping.role})
        record(AuditAction.GROUP_UNMAPPED, target=audit_target(mapping.group), content=content, actor=actor)
