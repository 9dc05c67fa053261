"""The attribute mappings and scoping filters of an application; events record them before and after a change."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.errors import InvalidSettingError, OutdatedError
from directory.actions.applications import audit_target
from directory.models import Application
from directory.provisioning.attributes import GROUP_ATTRIBUTES
from directory.provisioning.mapping import AttributeMapping, check_all
from directory.provisioning.mapping_texts import written, written_filter
from directory.provisioning.plan import Kind
from directory.provisioning.scope import ScopingFilter

MAPPINGS = {Kind.PERSON: "user_mappings", Kind.GROUP: "group_mappings"}
FILTERS = {Kind.PERSON: "user_filters", Kind.GROUP: "group_filters"}
"""The columns of `Application`."""
PREFIXES = {Kind.PERSON: "", Kind.GROUP: "group "}
"""Prefixes for the names of attributes in events, which distinguish those of groups from those of users."""


def mappings_of(application: Application, kind: Kind) -> list[AttributeMapping]:
    return [AttributeMapping.from_json(row) for row in getattr(application, MAPPINGS[kind])]


def filter_of(application: Application, kind: Kind) -> ScopingFilter:
    stored = getattr(application, FILTERS[kind])
    return ScopingFilter.from_json({"groups": stored} if isinstance(stored, list) else stored)


@transaction.atomic
def change_mappings(
    application: Application,
    wanted: Mapping[Kind, Sequence[AttributeMapping]],
    filters: Mapping[Kind, ScopingFilter] | None = None,
    *,
    version: int,
    actor: Actor,
) -> Application:
    """Save the mappings of these kinds of objects, and the scoping filters, as a whole.

    Raises OutdatedError if somebody has saved since `version`, and InvalidSettingError with the field at fault. The
    next cycle processes every object again. Saving unchanged values does nothing.
    """
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if locked.version != version:
        raise OutdatedError
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for kind, mappings in wanted.items():
        require_usable(mappings, kind)
        _note(before, after, PREFIXES[kind], mappings_of(locked, kind), mappings)
        setattr(locked, MAPPINGS[kind], [mapping.to_json() for mapping in mappings])
    for kind, scope in (filters or {}).items():
        _note_filter(before, after, f"{PREFIXES[kind]}scope", filter_of(locked, kind), scope)
        setattr(locked, FILTERS[kind], scope.to_json()["groups"])
    if not before and not after:
        return locked
    locked.configured += 1
    locked.version += 1
    locked.modified_at = Now()
    locked.save()
    content = EventContent(before=before, after=after)
    record(AuditAction.APPLICATION_MAPPED, target=audit_target(locked), content=content, actor=actor)
    return locked


def require_usable(mappings: Sequence[AttributeMapping], kind: Kind) -> None:
    """Raises InvalidSettingError for mappings that contradict each other, or without a matching attribute."""
    if not mappings and kind is Kind.GROUP:
        return  # the application has no groups
    for problem in check_all(mappings, GROUP_ATTRIBUTES):
        if not problem.is_warning:
            raise InvalidSettingError(problem.message.translated(_), field=problem.field)


def _note(
    before: dict[str, Any],
    after: dict[str, Any],
    prefix: str,
    stored: Sequence[AttributeMapping],
    wanted: Sequence[AttributeMapping],
) -> None:
    """Add the mappings that change to `before` and `after`, by target attribute."""
    old = {mapping.target: written(mapping) for mapping in stored}
    new = {mapping.target: written(mapping) for mapping in wanted}
    for target in dict.fromkeys([*old, *new]):
        if old.get(target) != new.get(target):
            before |= {prefix + target: old[target]} if target in old else {}
            after |= {prefix + target: new[target]} if target in new else {}


def _note_filter(
    before: dict[str, Any], after: dict[str, Any], name: str, stored: ScopingFilter, wanted: ScopingFilter
) -> None:
    old, new = written_filter(stored), written_filter(wanted)
    if old != new:
        before |= {name: old} if old else {}
        after |= {name: new} if new else {}
