"""The mappings of an application: listing, trying, saving and removing them, and restoring those of the template."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.partials import for_whole_or_part, wants_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.tables import Column, Table
from controlhub.text.readable import escaped
from directory.actions.mappings import MAPPINGS, change_mappings, filter_of, mappings_of
from directory.engine.dry_runs import dry_run
from directory.engine.target_reading import ask_for_schemas, target_attributes
from directory.gallery import template_of
from directory.models import Application
from directory.portal.custom_attributes import custom_attributes
from directory.portal.forms.mappings import KINDS, WHEN, MappingForm, PreviewForm, is_reviewed
from directory.portal.mapping_previews import (
    Effect,
    ValuePreview,
    count_effect,
    find_object,
    preview_sample,
    preview_value,
    suggestions,
)
from directory.portal.views.applications import find_application, show
from directory.provisioning.mapping import AttributeMapping
from directory.provisioning.mapping_texts import source_text, written, written_filter
from directory.provisioning.plan import Kind

OBJECTS = {"users": Kind.PERSON, "groups": Kind.GROUP}
NAMES = {Kind.PERSON: _lazy("Users"), Kind.GROUP: _lazy("Groups")}
TABLE = Table(
    _lazy("Attribute mappings"),
    (
        Column("target", _lazy("Target attribute"), css="c-name", is_row_header=True, is_labelled=False),
        Column("source", _lazy("Source")),
        Column("type", _lazy("Type"), css="muted"),
        Column("match", _lazy("Match")),
        Column("apply", _lazy("Apply"), css="muted hide-md"),
        Column("default", _lazy("Default value if null"), css="hide-lg"),
        Column("remove", _lazy("Remove"), css="num", is_label_shown=False, is_labelled=False),
    ),
    css="maps",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A mapping in the list. `number` is its position, from 1, and part of its address."""

    number: int
    mapping: AttributeMapping

    @property
    def source(self) -> str:
        return source_text(self.mapping)

    @property
    def type(self) -> str | Promise:
        return dict(KINDS)[str(self.mapping.kind)]

    @property
    def when(self) -> str | Promise:
        return dict(WHEN)[str(self.mapping.when)]


@dataclass(frozen=True, slots=True)
class Section:
    """The mappings of one kind of object. `next` is the number for a new one."""

    key: str
    name: str | Promise
    rows: list[Row]
    is_provisioned: bool
    filters: list[str]
    """The scoping filters, each as a string."""

    @property
    def next(self) -> int:
        return len(self.rows) + 1

    @classmethod
    def of(cls, application: Application, key: str) -> "Section":
        kind = OBJECTS[key]
        rows = [Row(number, mapping) for number, mapping in enumerate(mappings_of(application, kind), 1)]
        is_provisioned = application.provisions_groups if kind is Kind.GROUP else application.provisions_users
        return cls(key, NAMES[kind], rows, is_provisioned, written_filter(filter_of(application, kind)))


@require_safe
@require(Permission.MANAGE_PROVISIONING)
def application_mappings(request: PortalRequest, application_id: UUID) -> HttpResponse:
    application = find_application(request, application_id)
    sections = [Section.of(application, key) for key in OBJECTS]
    return show(request, application, "mappings", sections=sections, table=TABLE)


@require(Permission.MANAGE_PROVISIONING)
def application_mapping(request: PortalRequest, application_id: UUID, objects: str, number: int) -> HttpResponse:
    """Saves a reviewed mapping; first shows the effect of any other. The number after the last one adds a mapping."""
    edited = Edited.of(request, application_id, objects, number)
    form = fill(edited.form(request.POST or None), draft_of(request))
    if not form.is_valid():
        return edited.page(request, form)
    if not is_reviewed(request.POST, form.digest):
        return edited.page(request, form, shows_effect=True)
    with Refusals(request, form):
        mappings = edited.with_mapping(form.mapping)
        version = form.cleaned_data["version"]
        change_mappings(edited.application, {edited.kind: mappings}, version=version, actor=request.actor)
        messages.success(request, _("The mapping of {name} is saved.").format(name=form.mapping.target))
        return redirect("application-mappings", application_id)
    return edited.page(request, form)


@require(Permission.MANAGE_PROVISIONING, page="application-mapping")
def application_mapping_preview(
    request: PortalRequest, application_id: UUID, objects: str, number: int
) -> HttpResponse:
    """The form's mapping for a person, and its effect on everybody. htmx requests only the former."""
    edited = Edited.of(request, application_id, objects, number)
    form = edited.form(request.POST)
    if wants_part(request):
        context = {"form": form, "preview": edited.preview(request, form)}
        return for_whole_or_part(render(request, "directory/applications/_preview.html", context))
    if form.is_valid() and "dry_run" in request.POST:
        rows = [mapping.to_json() for mapping in edited.with_mapping(form.mapping)]
        with Refusals(request, form):
            job = dry_run(edited.application, actor=request.actor, overrides={MAPPINGS[edited.kind]: rows})
            return redirect("application-effects", application_id, job.pk)
    return edited.page(request, form, shows_effect=form.is_valid())


@require(Permission.MANAGE_PROVISIONING)
def application_mapping_remove(request: PortalRequest, application_id: UUID, objects: str, number: int) -> HttpResponse:
    """Asks for confirmation. Values that were sent remain in the application."""
    edited = Edited.of(request, application_id, objects, number)
    if edited.mapping is None:
        raise Http404
    left = [mapping for mapping in edited.mappings if mapping is not edited.mapping]
    return _ask(
        request,
        edited.application,
        {edited.kind: left},
        "directory/applications/mapping_remove.html",
        mapping=edited.mapping,
        source=source_text(edited.mapping),
    )


@require(Permission.MANAGE_PROVISIONING)
def application_mappings_restore(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Asks for confirmation with the changes. Scoping filters are not changed."""
    application = find_application(request, application_id)
    template = template_of(application.template)
    wanted = {Kind.PERSON: list(template.user_mappings), Kind.GROUP: list(template.group_mappings)}
    changes = [
        change for kind in wanted for change in mapping_differences(mappings_of(application, kind), wanted[kind], kind)
    ]
    return _ask(request, application, wanted, "directory/applications/mappings_restore.html", changes=changes)


@dataclass(frozen=True, slots=True)
class Edited:
    """The mapping that a page edits; `mapping` is None if the page adds one."""

    application: Application
    objects: str
    kind: Kind
    number: int
    mappings: list[AttributeMapping]

    @classmethod
    def of(cls, request: PortalRequest, application_id: UUID, objects: str, number: int) -> "Edited":
        application = find_application(request, application_id)
        if objects not in OBJECTS:
            raise Http404
        ask_for_schemas(application)
        mappings = mappings_of(application, OBJECTS[objects])
        if not 1 <= number <= len(mappings) + 1:
            raise Http404
        return cls(application, objects, OBJECTS[objects], number, mappings)

    @property
    def mapping(self) -> AttributeMapping | None:
        return self.mappings[self.number - 1] if self.number <= len(self.mappings) else None

    def with_mapping(self, mapping: AttributeMapping) -> list[AttributeMapping]:
        """All mappings of the kind, with this one in place of the edited one."""
        return [*self.mappings[: self.number - 1], mapping, *self.mappings[self.number :]]

    def form(self, data: object) -> MappingForm:
        version = self.application.version
        initial = {"version": version, "case_exact": True}
        if self.mapping is not None:
            initial = MappingForm.of(self.mapping, version)
        targets = target_attributes(self.application, self.kind)
        custom = partial(custom_attributes, self.application.organization)
        return MappingForm(data, kind=self.kind, targets=targets, custom=custom, initial=initial)

    def preview(self, request: PortalRequest, form: MappingForm) -> ValuePreview | None:
        """The value for the sample or the person on the page; None if the form has errors or there are no people."""
        mapping = self.mapping if not form.is_bound else form.mapping if form.is_valid() else None
        if mapping is None:
            return None
        chosen = PreviewForm(request.POST)
        if chosen.problem:
            return ValuePreview(_("Sample"), (), None, chosen.problem)
        if chosen.sample_text:
            return preview_sample(self.application, self.kind, mapping, chosen.sample_text)
        found = find_object(self.application, self.kind, chosen.text)
        return preview_value(self.application, self.kind, mapping, found) if found else None

    def effect(self, mapping: AttributeMapping) -> Effect:
        return count_effect(self.application, self.kind, self.mapping, mapping)

    def page(self, request: PortalRequest, form: MappingForm, *, shows_effect: bool = False) -> HttpResponse:
        """With `shows_effect`, the page shows the effect, and the button saves."""
        context = {
            "application": self.application,
            "template": template_of(self.application.template),
            "tab": "mappings",
            "edited": self,
            "name": NAMES[self.kind],
            "heading": escaped(self.mapping.target) if self.mapping else _("Add mapping"),
            "form": form,
            "subject": PreviewForm(request.POST).text,
            "sample": PreviewForm(request.POST).sample_text,
            "suggestions": suggestions(self.application, self.kind),
            "preview": self.preview(request, form),
            "effect": self.effect(form.mapping) if shows_effect else None,
            "can_dry_run": bool(self.application.tenant_url and self.application.sealed_secret),
        }
        return render(request, "directory/applications/mapping.html", context, status=status_of(form))


def _ask(
    request: PortalRequest,
    application: Application,
    wanted: dict[Kind, list[AttributeMapping]],
    template: str,
    **context: object,
) -> HttpResponse:
    """The confirmation page; after a POST, redirects to the list of mappings with the result."""
    if request.method != "POST":
        return render(request, template, {**context, "application": application})
    with Refusals(request):
        change_mappings(application, wanted, version=application.version, actor=request.actor)
        messages.success(request, _("The mappings are saved."))
    return redirect("application-mappings", application.pk)


def mapping_differences(
    stored: list[AttributeMapping], wanted: list[AttributeMapping], kind: Kind
) -> list[dict[str, str | None]]:
    """The rows of a table of old and new mappings."""
    old = {mapping.target: written(mapping) for mapping in stored}
    new = {mapping.target: written(mapping) for mapping in wanted}
    return [
        {"attribute": f"{NAMES[kind]}: {target}", "op": "", "old": old.get(target), "new": new.get(target)}
        for target in dict.fromkeys([*old, *new])
        if old.get(target) != new.get(target)
    ]
