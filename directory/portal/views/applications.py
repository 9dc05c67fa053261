"""Listing, opening, renaming and deleting enterprise applications."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.tables import Column, Table
from directory.actions import applications as actions
from directory.engine.control import progress_of
from directory.gallery import Template, template_of
from directory.models import Application, Cycle, Quarantine
from directory.portal.first_steps import first_steps
from directory.portal.forms.applications import GallerySearch, NameForm
from directory.portal.troubles import troubles_of

TABLE = Table(
    _lazy("Enterprise applications"),
    (
        Column("name", _lazy("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("state", _lazy("Provisioning")),
        Column("people", _lazy("Users"), css="num"),
        Column("groups", _lazy("Groups"), css="num"),
        Column("last", _lazy("Last cycle")),
        Column("failed", _lazy("Failed"), css="num"),
        Column("next", _lazy("Next cycle"), css="muted hide-lg"),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """An application in the list, with the numbers of its direct assignments, and its newest cycle."""

    application: Application
    people: int
    groups: int
    cycle: Cycle | None

    @property
    def next_at(self) -> datetime | None:
        """When the next cycle may begin; None if none is planned."""
        application = self.application
        state = getattr(application, "sync_state", None)
        is_open = self.cycle is not None and self.cycle.finished_at is None
        if state is None or is_open or not (application.is_on and application.is_automatic):
            return None
        return None if state.quarantine == Quarantine.ON_DEMAND else max(state.next_at, state.try_at)

    @property
    def template(self) -> Template:
        return template_of(self.application.template)


@require_safe
@require(Permission.VIEW_DIRECTORY)
def application_list(request: PortalRequest) -> HttpResponse:
    form = GallerySearch(request.GET)
    found = Application.objects.in_organization(request.organization).select_related("sync_state")
    for word in form.words:
        found = found.filter(name__icontains=word)
    counted = found.annotate(
        people=Count("assignments", filter=Q(assignments__person__isnull=False)),
        groups=Count("assignments", filter=Q(assignments__group__isnull=False)),
        newest=Subquery(Cycle.objects.filter(application=OuterRef("pk")).order_by("-started_at").values("pk")[:1]),
    ).order_by("name", "pk")
    cycles = Cycle.objects.in_bulk([application.newest for application in counted if application.newest])
    rows = [
        Row(application, application.people, application.groups, cycles.get(application.newest))
        for application in counted
    ]
    context = {"form": form, "table": TABLE, "rows": rows, "is_filtered": bool(form.words)}
    return render_whole_or_part(
        request, "directory/applications/list.html", "directory/applications/_table.html", context
    )


@require_safe
@require(Permission.VIEW_DIRECTORY)
def application_detail(request: PortalRequest, application_id: UUID) -> HttpResponse:
    application = find_application(request, application_id)
    may_manage = Permission.MANAGE_PROVISIONING in request.permissions
    steps = first_steps(application) if may_manage else []
    done = sum(step.is_done for step in steps)
    return show(
        request,
        application,
        "overview",
        progress=progress_of(application),
        troubles=troubles_of(application),
        may_manage=may_manage,
        steps=steps,
        done=done,
    )


@require(Permission.MANAGE_PROVISIONING)
def application_rename(request: PortalRequest, application_id: UUID) -> HttpResponse:
    application = find_application(request, application_id)
    form = fill(NameForm(request.POST or None, initial={"name": application.name}), draft_of(request))
    if form.is_valid():
        with Refusals(request, form, field="name"):
            actions.rename_application(application, name=form.cleaned_data["name"], actor=request.actor)
            messages.success(request, _("{name} saved.").format(name=form.cleaned_data["name"]))
            return redirect("application-detail", application_id)
    context = {"application": application, "form": form}
    return render(request, "directory/applications/rename.html", context, status=status_of(form))


@require(Permission.MANAGE_PROVISIONING)
def application_delete(request: PortalRequest, application_id: UUID) -> HttpResponse:
    application = find_application(request, application_id)
    if request.method != "POST":
        return render(request, "directory/applications/delete.html", {"application": application})
    actions.delete_application(application, actor=request.actor)
    messages.success(request, _("{name} deleted.").format(name=application.name))
    return redirect("application-list")


def find_application(request: PortalRequest, application_id: UUID) -> Application:
    return find_or_404(request, Application.objects.select_related("organization", "sync_state"), pk=application_id)


def show(
    request: PortalRequest, application: Application, tab: str, /, *, status: int = 200, **context: object
) -> HttpResponse:
    """One of the tabs of an application's page."""
    context |= {"application": application, "template": template_of(application.template), "tab": tab}
    return render(request, f"directory/applications/{tab}.html", context, status=status)
