"""The effects of adding or removing assignments on people in the application, counted before the change is saved.

The change is made, evaluated and rolled back, so the rules are those of a cycle. The application gets no requests.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from controlhub.database.clock import database_now
from directory.engine.reading import read_locals
from directory.engine.rules import configuration_of
from directory.models import Application, Link, Membership, Person
from directory.provisioning.plan import Kind, Local

MOST = 2_000
"""The maximum number of people that are evaluated."""
NAMED = 10
"""The maximum number of people that are named for each effect."""


class Effect(StrEnum):
    CREATED = "created"
    """Created in the application, or matched with an account there."""
    ENABLED = "enabled"
    DISABLED = "disabled"
    KEPT = "kept"
    """In the application before and after."""
    BLOCKED = "blocked"
    """Assigned, but the account is disabled in the directory: it is not created."""
    FILTERED = "filtered"
    """Assigned, but a scoping filter leaves them out."""
    OUTSIDE = "outside"
    """Not in the application, before and after."""


@dataclass(frozen=True, slots=True)
class AssignmentEffect:
    """People by effect. `nested` is the number of people who are members only through nested groups."""

    people: int
    is_cut: bool
    nested: int
    counts: Mapping[Effect, int]
    names: Mapping[Effect, Sequence[str]]


def effect_of(
    application: Application, *, people: Sequence[UUID], groups: Sequence[UUID], change: Callable[[], object]
) -> AssignmentEffect:
    """The effect of `change` on these people and the members of these groups. Nothing is stored."""
    direct = {*people, *_members(groups)}
    everybody = {*direct, *_members(_with_nested(groups))}
    concerned = everybody if application.includes_nested else direct
    ids = _current(application, concerned)
    nested = _current(application, everybody - direct) if everybody != direct else []
    configuration = configuration_of(application, database_now())
    with transaction.atomic():
        change()
        after = read_locals(configuration, Kind.PERSON, ids[:MOST])
        transaction.set_rollback(True)
    links = Link.objects.filter(application=application, kind=Kind.PERSON, local_id__in=ids[:MOST])
    active = dict(links.values_list("local_id", "is_active"))
    counts: Counter[Effect] = Counter()
    names: dict[Effect, list[str]] = {}
    for pk, local in after.items():
        effect = _effect(local, active.get(pk))
        counts[effect] += 1
        if len(named := names.setdefault(effect, [])) < NAMED:
            named.append(local.label)
    return AssignmentEffect(min(len(ids), MOST), len(ids) > MOST, len(nested), counts, names)


def _effect(local: Local, is_active: bool | None) -> Effect:
    """`is_active` says whether the person is active in the application; None if never provisioned."""
    is_sent = local.is_wanted and not local.is_blocked
    if is_sent and is_active is None:
        return Effect.CREATED
    if is_sent:
        return Effect.KEPT if is_active else Effect.ENABLED
    if is_active:
        return Effect.DISABLED
    if local.is_entitled and not local.is_in_scope:
        return Effect.FILTERED
    return Effect.BLOCKED if local.is_wanted else Effect.OUTSIDE


def _with_nested(groups: Iterable[UUID]) -> set[UUID]:
    """The groups and the groups in them, at any depth."""
    found = new = set(groups)
    while new:
        children = Membership.objects.filter(group__in=new, child__isnull=False).values_list("child_id", flat=True)
        new = {pk for pk in children if pk is not None} - found
        found = found | new
    return found


def _members(groups: Iterable[UUID]) -> set[UUID]:
    """The people who are direct members of the groups, at most MOST + 1."""
    rows = Membership.objects.filter(group__in=list(groups), person__isnull=False)
    return {pk for pk in rows.values_list("person_id", flat=True).distinct()[: MOST + 1] if pk is not None}


def _current(application: Application, ids: Iterable[UUID]) -> list[UUID]:
    people = Person.objects.in_organization(application.organization).current().filter(pk__in=list(ids))
    return list(people.order_by("name_key", "pk").values_list("pk", flat=True)[: MOST + 1])
