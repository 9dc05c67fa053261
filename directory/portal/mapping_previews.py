"""The result of a mapping for a real person, and how many people its change would affect. Nothing is saved or sent."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from controlhub.database.clock import database_now
from controlhub.errors import InvalidSettingError
from directory.engine.reading import Job, read_locals, references_of
from directory.engine.rules import Configuration, configuration_of, seed_of
from directory.models import Application, Group, Person
from directory.portal.samples import sample_of
from directory.portal.searches import find_groups, find_people
from directory.provisioning.expressions import Context, EvaluationError, Step
from directory.provisioning.mapping import AttributeMapping, build, preview
from directory.provisioning.plan import Kind, Local
from directory.provisioning.values import Source, Value, is_empty, text_of, values_of

SIZE = 500
MOST_LOOKED_AT = 5_000
MOST_SECONDS = 3.0
"""The maximum number of people and seconds of one count, so that a page does not take too long."""
NAMED = 10
SUGGESTED = 20


@dataclass(frozen=True, slots=True)
class ValuePreview:
    """The value of a mapping for one object. `steps` are the calls of an expression, innermost first."""

    label: str
    steps: Sequence[Step]
    value: str | None
    error: str = ""
    is_default: bool = False
    is_in_scope: bool = True


@dataclass(slots=True)
class Change:
    """An object whose value changes, with the values as strings; None for no value."""

    label: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class Effect:
    """The number of objects in scope whose value changes. Without `is_whole`, there are more than were evaluated."""

    looked_at: int = 0
    changed: int = 0
    failed: int = 0
    shared: int = 0
    """Values that two objects or more would have, counted for a matching attribute."""
    examples: list[Change] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    is_whole: bool = True

    @property
    def same(self) -> int:
        return self.looked_at - self.changed - self.failed


def objects_of(application: Application, kind: Kind) -> QuerySet[Any]:
    """The current people or groups of the directory, by name."""
    if kind is Kind.GROUP:
        return Group.objects.in_organization(application.organization).order_by("display_name_key", "pk")
    people = Person.objects.in_organization(application.organization).current()
    return people.order_by("name_key", "pk")


def suggestions(application: Application, kind: Kind) -> list[str]:
    """Names to choose from instead of typing one."""
    name = "display_name" if kind is Kind.GROUP else "user_principal_name"
    return list(objects_of(application, kind).values_list(name, flat=True)[:SUGGESTED])


def find_object(application: Application, kind: Kind, text: str) -> Person | Group | None:
    """The first object that the text finds; without a text, the first object of all."""
    found = objects_of(application, kind)
    if text.strip() and kind is Kind.GROUP:
        found = find_groups(application.organization, text).order_by("display_name_key", "pk")
    elif text.strip():
        people = Person.objects.in_organization(application.organization).current()
        exact = people.filter(upn_key=text.strip().lower()).first()
        found = find_people(people, application.organization, text).order_by("name_key", "pk")
        return exact or found.first()
    first: Person | Group | None = found.first()
    return first


def preview_value(
    application: Application, kind: Kind, mapping: AttributeMapping, found: Person | Group
) -> ValuePreview:
    """The value and the steps that lead to it. An error of the expression is shown where it happened."""
    configuration = configuration_of(application, database_now())
    local = read_locals(configuration, kind, [found.pk])[found.pk]
    context = _context(configuration, [local]).of(local.id)
    return replace(_evaluated(str(found), mapping, local.values, context), is_in_scope=local.is_wanted)


def preview_sample(application: Application, kind: Kind, mapping: AttributeMapping, text: str) -> ValuePreview:
    """The value for a person or group typed in as JSON. A reference in it is used as the ID in the application."""
    label = _("Sample")
    try:
        source = sample_of(kind, text)
    except InvalidSettingError as error:
        return ValuePreview(label, (), None, error.message)
    manager = text_of(source.get("manager"))
    references = {manager: manager} if manager else {}
    context = Context(now=database_now(), seed=seed_of(application), references=references)
    return _evaluated(label, mapping, source, context.of(label))


def _evaluated(label: str, mapping: AttributeMapping, source: Source, context: Context) -> ValuePreview:
    try:
        steps = preview(mapping, source, context)
    except EvaluationError as error:
        return ValuePreview(label, error.steps, None, error.located.translated(_))
    built = build([mapping], source, context, creating=True)
    if built.failures:
        return ValuePreview(label, steps, None, built.failures[0].message.translated(_))
    value = built.values.get(str(mapping.path))
    is_default = bool(mapping.default) and is_empty(steps[-1].value)
    return ValuePreview(label, steps, shown(value), is_default=is_default)


def count_effect(
    application: Application, kind: Kind, before: AttributeMapping | None, after: AttributeMapping | None
) -> Effect:
    """Compare the values of the two mappings for everybody in scope; None for no mapping."""
    effect, until = Effect(), time.monotonic() + MOST_SECONDS
    values: Counter[str] = Counter()
    for local, context in in_scope(configuration_of(application, database_now()), kind):
        if effect.looked_at == MOST_LOOKED_AT or time.monotonic() > until:
            effect.is_whole = False
            break
        effect.looked_at += 1
        old, _error = _value(before, local, context)
        new, error = _value(after, local, context)
        if error:
            effect.failed += 1
            if len(effect.failures) < NAMED:
                effect.failures.append((local.label, error))
        elif old != new:
            effect.changed += 1
            if len(effect.examples) < NAMED:
                effect.examples.append(Change(local.label, old, new))
        if after is not None and after.matching is not None and new:
            values[new.lower()] += 1
    effect.shared = sum(1 for number in values.values() if number > 1)
    return effect


def in_scope(configuration: Configuration, kind: Kind) -> Iterator[tuple[Local, Context]]:
    """All objects that are provisioned, each with the context of its expressions."""
    for locals_ in batches(configuration, kind):
        wanted = [local for local in locals_ if local.is_wanted]
        context = _context(configuration, wanted)
        for local in wanted:
            yield local, context.of(local.id)


def batches(configuration: Configuration, kind: Kind) -> Iterator[list[Local]]:
    """The objects of the directory as the engine reads them, by name, in batches."""
    ids: list[UUID] = []
    for pk in objects_of(configuration.application, kind).values_list("pk", flat=True).iterator(chunk_size=SIZE):
        ids.append(pk)
        if len(ids) == SIZE:
            yield list(read_locals(configuration, kind, ids).values())
            ids = []
    if ids:
        yield list(read_locals(configuration, kind, ids).values())


def _context(configuration: Configuration, locals_: Sequence[Local]) -> Context:
    references = references_of(configuration, [Job(local) for local in locals_])
    return Context(now=configuration.now, seed=seed_of(configuration.application), references=references)


def _value(mapping: AttributeMapping | None, local: Local, context: Context) -> tuple[str | None, str]:
    """The value that an update would send, as a string, and what went wrong."""
    if mapping is None:
        return None, ""
    built = build([mapping], local.values, context, creating=False)
    if built.failures:
        return None, built.failures[0].message.translated(_)
    return shown(built.values.get(str(mapping.path))), ""


def shown(value: Value) -> str | None:
    """A value as a string; None if there is nothing to send."""
    if is_empty(value):
        return None
    texts = [_text(each) for each in values_of(value)]
    return ", ".join(texts)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return str(value)
