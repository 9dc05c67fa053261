"""Exporting the configuration of an application to a file, and importing one after its effect was shown."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.errors import InvalidSettingError
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.refusals import Refusals, status_of
from directory.actions.configuration_files import import_configuration
from directory.actions.mappings import filter_of, mappings_of, require_usable
from directory.models import Application
from directory.portal.forms.configuration_files import ApplyForm, UploadForm
from directory.portal.scope_previews import ScopeEffect, count_scope
from directory.portal.views.applications import find_application
from directory.portal.views.mappings import NAMES, mapping_differences
from directory.provisioning.configuration_files import SETTINGS, ConfigurationFile, graph_objects
from directory.provisioning.graph_schema import dump
from directory.provisioning.mapping_texts import written_filter
from directory.provisioning.plan import Kind

LABELS = {
    "scope": _lazy("Scope"),
    "includes_nested": _lazy("Include members of nested groups"),
    "provisions_users": _lazy("Provision users"),
    "provisions_groups": _lazy("Provision groups"),
    "creates": _lazy("Create"),
    "updates": _lazy("Update"),
    "deletes": _lazy("Delete"),
    "guards_deletions": _lazy("Prevent accidental deletion"),
    "deletion_threshold": _lazy("Accidental deletion threshold"),
    "interval": _lazy("Interval (minutes)"),
}


@require_safe
@require(Permission.MANAGE_PROVISIONING)
def application_export(request: PortalRequest, application_id: UUID, *, is_graph: bool) -> HttpResponse:
    """A file without URL and token; with `is_graph`, a synchronization schema that Entra imports."""
    application = find_application(request, application_id)
    stored = configuration_of(application)
    document = dump(graph_objects(stored), application.name) if is_graph else stored.to_json()
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    name = f"{slugify(application.name) or 'application'}{'-schema' if is_graph else ''}.json"
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require(Permission.MANAGE_PROVISIONING)
def application_import(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Asks for the file, shows what it would change and what was not understood, then applies it."""
    application = find_application(request, application_id)
    if "configuration" in request.POST:
        apply = ApplyForm(request.POST)
        if apply.is_valid():
            with Refusals(request, apply):
                version = apply.cleaned_data["version"]
                import_configuration(application, apply.found, version=version, actor=request.actor)
                messages.success(request, _("The configuration is imported."))
                return redirect("application-mappings", application_id)
        return _page(request, application, UploadForm(), apply=apply)
    upload = UploadForm(request.POST or None, request.FILES or None)
    return _page(request, application, upload, found=upload.found if upload.is_valid() else None)


def configuration_of(application: Application) -> ConfigurationFile:
    """The stored configuration in the form of a file."""
    return ConfigurationFile(
        {kind: mappings_of(application, kind) for kind in Kind},
        {kind: filter_of(application, kind) for kind in Kind},
        {name: getattr(application, name) for name in SETTINGS},
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a file would change. `problem` says why it cannot be applied."""

    changes: list[dict[str, Any]]
    effects: list[tuple[str, ScopeEffect]]
    problem: str

    @classmethod
    def of(cls, application: Application, found: ConfigurationFile) -> "Comparison":
        changes: list[dict[str, Any]] = []
        effects, problem = [], ""
        for kind, mappings in found.mappings.items():
            changes += mapping_differences(mappings_of(application, kind), mappings, kind)
            old, new = written_filter(filter_of(application, kind)), written_filter(found.filters[kind])
            if old != new:
                label = f"{NAMES[kind]}: {_('Scoping filters')}"
                changes.append(_change(label, "\n".join(old) or None, "\n".join(new) or None))
                effects.append((str(NAMES[kind]), count_scope(application, kind, found.filters[kind])))
            try:
                require_usable(mappings, kind)
            except InvalidSettingError as error:
                problem = f"{NAMES[kind]}: {error.message}"
        for name, value in found.settings.items():
            if (stored := getattr(application, name)) != value:
                changes.append(_change(str(LABELS[name]), _text(stored), _text(value)))
        return cls(changes, effects, problem)


def _page(
    request: PortalRequest,
    application: Application,
    upload: UploadForm,
    *,
    found: ConfigurationFile | None = None,
    apply: ApplyForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"application": application, "form": apply or upload, "upload": upload, "found": found}
    if found is not None:
        context["comparison"] = Comparison.of(application, found)
        initial = {"version": application.version, "configuration": orjson.dumps(found.to_json()).decode()}
        context["apply"] = ApplyForm(initial=initial)
        context["notes"] = [(note.place, note.message.translated(_)) for note in found.notes]
    return render(request, "directory/applications/import.html", context, status=status_of(apply or upload))


def _change(attribute: str, old: str | None, new: str | None) -> dict[str, Any]:
    return {"attribute": attribute, "op": "", "old": old, "new": new}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)
