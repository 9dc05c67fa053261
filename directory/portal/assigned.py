"""The state of assigned objects in an application: active, disabled, failing, or not there yet."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from directory.models import Application, Assignment, Link, Operation


class Presence(TextChoices):
    """The state of an object in an application, as far as it is known from requests."""

    ACTIVE = "active", _("Active")
    DISABLED = "disabled", _("Disabled")
    FAILED = "failed", _("Failed")
    NONE = "none", _("Not provisioned yet")


def presences_of(application: Application, assignments: Sequence[Assignment]) -> Mapping[int, Presence]:
    """The presence of each assigned user or group, in two queries. A failure takes precedence over everything else."""
    ids = {assignment.pk: assignment.person_id or assignment.group_id for assignment in assignments}
    links = Link.objects.filter(local_id__in=ids.values(), application=application)
    active: dict[UUID, bool] = dict(links.values_list("local_id", "is_active"))
    operations = Operation.objects.filter(application=application, kind__in=["person", "group"], attempts__gt=0)
    failed = set(operations.filter(object_id__in=ids.values()).values_list("object_id", flat=True))
    return {pk: _presence(active.get(found), has_failed=found in failed) for pk, found in ids.items() if found}


def _presence(is_active: bool | None, *, has_failed: bool) -> Presence:
    if has_failed:
        return Presence.FAILED
    if is_active is None:
        return Presence.NONE
    return Presence.ACTIVE if is_active else Presence.DISABLED
