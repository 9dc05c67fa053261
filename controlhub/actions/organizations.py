"""Organizations: created on the command line, changed in the portal."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.sign_in_policy import follow_session_policies, require_own_sign_in
from controlhub.actions.uniqueness import claim_group_names
from controlhub.errors import InvalidSettingError
from controlhub.models import Organization
from controlhub.models.policies import POLICIES

MAX_NAME = 200


def audit_target(organization: Organization) -> Target:
    return Target(organization.pk, TargetType.ORGANIZATION, str(organization.pk), organization.name)


@transaction.atomic
def create_organization(*, name: str, actor: Actor) -> Organization:
    """Create a tenant with the default policies."""
    organization = Organization.objects.create(name=_clean_name(name))
    content = EventContent(after={"name": organization.name})
    record(AuditAction.ORGANIZATION_CREATED, target=audit_target(organization), content=content, actor=actor)
    return organization


@transaction.atomic
def rename_organization(organization: Organization, *, name: str, actor: Actor) -> Organization:
    """Change the name. The same name changes nothing. InvalidSettingError if it is empty or too long."""
    locked = Organization.objects.lock(organization.pk)
    before, after = locked.name, _clean_name(name)
    if before != after:
        locked.name = after
        locked.save(update_fields=["name"])
        content = EventContent(before={"name": before}, after={"name": after})
        record(AuditAction.ORGANIZATION_UPDATED, target=audit_target(locked), content=content, actor=actor)
    return locked


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidSettingError(_("The organization needs a name."), field="name")
    if len(name) > MAX_NAME:
        raise InvalidSettingError(
            _("The name can have at most {number} characters.").format(number=MAX_NAME), field="name"
        )
    return name


@transaction.atomic
def change_policies(organization: Organization, *, changes: Mapping[str, Any], actor: Actor) -> Organization:
    """Set policies by their names in POLICIES. Equal values change nothing. InvalidSettingError names the problem.

    `unique_group_names` cannot be switched on while two groups share a name. A sign-in policy that would lock out the
    administrator who sets it is refused. Existing sessions follow new session lengths.
    """
    unknown = set(changes) - set(POLICIES)
    if unknown:
        raise InvalidSettingError(_("There is no policy {names}.").format(names=", ".join(sorted(unknown))))
    locked = Organization.objects.lock(organization.pk)
    before = {name: getattr(locked, name) for name in changes}
    after = {name: POLICIES[name].clean(value) for name, value in changes.items()}
    if before == after:
        return locked
    require_own_sign_in(before, after, actor)
    for name, value in after.items():
        setattr(locked, name, value)
    if after.get("unique_group_names") and not before["unique_group_names"]:
        claim_group_names(locked)
    locked.save(update_fields=list(after))
    follow_session_policies(locked, before, after)
    content = EventContent(before=before, after=after)
    record(AuditAction.ORGANIZATION_UPDATED, target=audit_target(locked), content=content, actor=actor)
    return locked


@transaction.atomic
def confirm_backup(organization: Organization, *, actor: Actor) -> None:
    """Record that an administrator has backed up the secret keys. The event is the only trace."""
    record(AuditAction.BACKUP_CONFIRMED, target=audit_target(organization), content=EventContent(), actor=actor)
