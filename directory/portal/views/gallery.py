"""The gallery: searching it, opening an entry, and adding an application."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals, status_of
from directory.actions.applications import add_application
from directory.gallery import BLANK, Template, templates
from directory.portal.capabilities import capabilities_of, deviations_of
from directory.portal.forms.applications import GallerySearch, NameForm
from directory.portal.template_texts import CATEGORIES, TemplateTexts, texts_of
from directory.provisioning.mapping import AttributeMapping, Kind

GENERAL = ("control-hub", BLANK)
"""Templates that work with more than one product; they are always shown."""


@dataclass(frozen=True, slots=True)
class Tile:
    """An entry of the gallery with its texts."""

    template: Template
    texts: TemplateTexts

    @classmethod
    def of(cls, template: Template) -> "Tile":
        return cls(template, texts_of(template.key))

    @property
    def category(self) -> str | Promise:
        return CATEGORIES[self.template.category]

    @property
    def capabilities(self) -> list[tuple[bool, str]]:
        return capabilities_of(self.template.quirks)

    @property
    def deviations(self) -> list[str]:
        return deviations_of(self.template.quirks)


@require_safe
@require(Permission.MANAGE_PROVISIONING)
def application_gallery(request: PortalRequest) -> HttpResponse:
    form = GallerySearch(request.GET)
    found = [template for template in templates() if template.matches(form.words)]
    context = {
        "form": form,
        "text": form.text,
        "found": [Tile.of(template) for template in found if form.words or template.key not in GENERAL],
        "general": [Tile.of(template) for template in templates() if template.key in GENERAL and template not in found],
    }
    if not form.words:
        context["general"] = [Tile.of(template) for template in found if template.key in GENERAL]
    return render_whole_or_part(
        request, "directory/applications/gallery.html", "directory/applications/_tiles.html", context
    )


@require_safe
@require(Permission.MANAGE_PROVISIONING)
def application_template(request: PortalRequest, template: str) -> HttpResponse:
    entry = _find(template)
    form = fill(NameForm(initial={"name": entry.name}), draft_of(request))
    return _page(request, entry, form)


@require(Permission.MANAGE_PROVISIONING, page="application-template")
def application_add(request: PortalRequest, template: str) -> HttpResponse:
    entry, form = _find(template), NameForm(request.POST)
    if form.is_valid():
        with Refusals(request, form, field="name"):
            name = form.cleaned_data["name"]
            add_application(request.organization, entry, name=name, actor=request.actor)
            text = _("{name} was added. Next, set up provisioning and assign users and groups.")
            messages.success(request, text.format(name=name))
            return redirect("application-list")
    return _page(request, entry, form)


def _find(key: str) -> Template:
    for template in templates():
        if template.key == key:
            return template
    raise Http404


def _page(request: PortalRequest, entry: Template, form: NameForm) -> HttpResponse:
    context = {"tile": Tile.of(entry), "template": entry, "form": form, "mappings": _mappings(entry)}
    return render(request, "directory/applications/template.html", context, status=status_of(form))


def _mappings(entry: Template) -> list[AttributeMapping]:
    return [mapping for mapping in entry.user_mappings if mapping.kind is not Kind.NONE]
