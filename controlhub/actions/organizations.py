"""Organizations: made at the command line, changed in the portal."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from audit.actor import Actor
from audit.record import Story, Target, record
from audit.vocabulary import AuditAction
from controlhub.actions.uniqueness import claim_group_names
from controlhub.errors import InvalidSettingError
from controlhub.models import Organization, ScimDelete
from scim.protocol.leniency import Tolerance


def audit_target(organization: Organization) -> Target:
    return Target(organization.pk, "Organization", str(organization.pk), organization.name)


@transaction.atomic
def create_organization(*, name: str, actor: Actor) -> Organization:
    """A new tenant with the default policies."""
    if not name.strip():
        raise InvalidSettingError("The organization needs a name.", field="name")
    organization = Organization.objects.create(name=name.strip()[:200])
    story = Story(after={"name": organization.name})
    record(AuditAction.ORGANIZATION_CREATED, target=audit_target(organization), story=story, actor=actor)
    return organization


@transaction.atomic
def change_policies(organization: Organization, *, changes: Mapping[str, Any], actor: Actor) -> Organization:
    """Set policies, by the names of POLICIES; what stays as it is changes nothing. InvalidSettingError names the fault.

    Switching `unique_group_names` on is refused while two groups share a name.
    """
    unknown = set(changes) - set(POLICIES)
    if unknown:
        raise InvalidSettingError(f"There is no policy {', '.join(sorted(unknown))}.")
    locked = Organization.objects.lock(organization.pk)
    before = {name: getattr(locked, name) for name in changes}
    after = {name: _cleaned(name, value) for name, value in changes.items()}
    if before == after:
        return locked
    for name, value in after.items():
        setattr(locked, name, value)
    if after.get("unique_group_names") and not before["unique_group_names"]:
        claim_group_names(locked)
    locked.save(update_fields=list(after))
    story = Story(before=before, after=after)
    record(AuditAction.ORGANIZATION_UPDATED, target=audit_target(locked), story=story, actor=actor)
    return locked


NUMBERS = {"retention_days": (1, 365), "purge_share": (1, 100), "purge_floor": (0, 1_000_000)}
SWITCHES = ("unique_group_names", "revive_on_create", "purge_deactivated")
POLICIES = (*NUMBERS, *SWITCHES, "refused_tolerances", "scim_delete", "hold_reason")
MAX_REASON = 500


def _cleaned(name: str, value: Any) -> Any:
    if name in SWITCHES:
        return bool(value)
    if name in NUMBERS:
        least, most = NUMBERS[name]
        if not isinstance(value, int) or not least <= value <= most:
            raise InvalidSettingError(f"{name} is a whole number from {least} to {most}.", field=name)
        return value
    if name == "scim_delete":
        if value not in ScimDelete.values:
            raise InvalidSettingError(f"scim_delete is {' or '.join(ScimDelete.values)}.", field=name)
        return value
    if name == "hold_reason":
        return str(value).strip()[:MAX_REASON]
    known = {tolerance.value for tolerance in Tolerance}
    refused = sorted(set(value))
    if wrong := [name for name in refused if name not in known]:
        raise InvalidSettingError(f"There is no tolerance {', '.join(wrong)}; known are {', '.join(sorted(known))}.")
    return refused
