"""The scoping filters of an application: their effect is counted before they are saved."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.refusals import Refusals, status_of
from directory.actions.mappings import FILTERS, change_mappings, filter_of
from directory.engine.dry_runs import dry_run
from directory.models import Application
from directory.portal.custom_attributes import custom_attributes
from directory.portal.forms.mappings import is_reviewed
from directory.portal.forms.scoping_filters import FilterForm, is_editable
from directory.portal.scope_previews import count_scope
from directory.portal.views.applications import find_application
from directory.portal.views.mappings import NAMES, OBJECTS
from directory.provisioning.plan import Kind


@dataclass(frozen=True, slots=True)
class Edited:
    """The filter that the page edits."""

    application: Application
    objects: str

    @classmethod
    def of(cls, request: PortalRequest, application_id: UUID, objects: str) -> "Edited":
        application = find_application(request, application_id)
        if objects not in OBJECTS:
            raise Http404
        return cls(application, objects)

    @property
    def kind(self) -> Kind:
        return OBJECTS[self.objects]

    def form(self, data: object) -> FilterForm:
        custom = partial(custom_attributes, self.application.organization)
        initial = FilterForm.of(filter_of(self.application, self.kind), self.application.version)
        return FilterForm(data, kind=self.kind, custom=custom, initial=initial)

    def page(self, request: PortalRequest, form: FilterForm, *, shows_effect: bool = False) -> HttpResponse:
        """With `shows_effect`, the effect is shown, and there is a button that saves."""
        application = self.application
        stored = filter_of(application, self.kind)
        context = {
            "application": application,
            "edited": self,
            "name": NAMES[self.kind],
            "form": form,
            "is_editable": is_editable(stored),
            "effect": count_scope(application, self.kind, form.scope) if shows_effect else None,
            "now": None if shows_effect else count_scope(application, self.kind, stored),
            "can_dry_run": bool(application.tenant_url and application.sealed_secret),
        }
        return render(request, "directory/applications/filters.html", context, status=status_of(form))


@require(Permission.MANAGE_PROVISIONING)
def application_filters(request: PortalRequest, application_id: UUID, objects: str) -> HttpResponse:
    """Saves a reviewed filter; shows the effect of any other filter first."""
    edited = Edited.of(request, application_id, objects)
    form = fill(edited.form(request.POST or None), draft_of(request))
    if not form.is_valid():
        return edited.page(request, form)
    if not is_reviewed(request.POST, form.digest):
        return edited.page(request, form, shows_effect=True)
    with Refusals(request, form):
        version = form.cleaned_data["version"]
        change_mappings(edited.application, {}, {edited.kind: form.scope}, version=version, actor=request.actor)
        messages.success(request, _("The scoping filters are saved."))
        return redirect("application-mappings", application_id)
    return edited.page(request, form)


@require(Permission.MANAGE_PROVISIONING, page="application-filters")
def application_filters_preview(request: PortalRequest, application_id: UUID, objects: str) -> HttpResponse:
    """Shows what would enter and leave the scope. Nothing is saved."""
    edited = Edited.of(request, application_id, objects)
    form = edited.form(request.POST)
    if form.is_valid() and "dry_run" in request.POST:
        overrides = {FILTERS[edited.kind]: form.scope.to_json()["groups"]}
        with Refusals(request, form):
            job = dry_run(edited.application, actor=request.actor, overrides=overrides)
            return redirect("application-effects", application_id, job.pk)
    return edited.page(request, form, shows_effect=form.is_valid())
