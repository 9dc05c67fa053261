"""Listing, searching, assigning and removing the users and groups of an application."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals
from controlhub.portal.tables import Column, Table
from directory.actions.assignments import assign, unassign
from directory.engine.assignment_effects import effect_of
from directory.models import Application, Assignment, Group, Person
from directory.portal.assigned import presences_of
from directory.portal.assignment_effects import effect_lines
from directory.portal.forms.assignments import AssignedPage, PrincipalSearch, SelectedForm
from directory.portal.searches import find_groups, find_people
from directory.portal.views.applications import find_application, show

PAGE = 25
FOUND = 20
"""The maximum number of people, and of groups, that a search shows."""
TABLE = Table(
    _lazy("Users and groups"),
    (
        Column("name", _lazy("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("kind", _lazy("Object type")),
        Column("presence", _lazy("In the application"), css="c-stat"),
        Column("assigned", _lazy("Assigned"), css="muted hide-md"),
        Column("remove", _lazy("Remove"), css="num", is_label_shown=False, is_labelled=False),
    ),
)


@require_safe
@require(Permission.VIEW_DIRECTORY)
def application_assignments(request: PortalRequest, application_id: UUID) -> HttpResponse:
    application = find_application(request, application_id)
    after = AssignedPage(request.GET).cursor
    found = Assignment.objects.filter(application=application, pk__gt=after)
    rows = list(found.select_related("person", "group").order_by("pk")[: PAGE + 1])
    presences = presences_of(application, rows)
    context: dict[str, Any] = {
        "table": TABLE,
        "rows": rows[:PAGE],
        "pairs": [(row, presences[row.pk]) for row in rows[:PAGE]],
        "older": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "newest": "?" if after else "",
    }
    return show(request, application, "assignments", **context)


@require(Permission.MANAGE_DIRECTORY)
def application_assign(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """The search for people and groups. Its form first shows the effect of assigning them; that page assigns them."""
    application = find_application(request, application_id)
    if request.method == "POST":
        selected = SelectedForm(request.POST)
        selected.is_valid()
        if not any(selected.selected.values()):
            messages.error(request, _("Select at least one user or group."))
        elif not selected.cleaned_data["is_seen"]:
            with Refusals(request):
                return _ask(request, application, selected.selected)
        else:
            with Refusals(request):
                number = assign(application, **selected.selected, actor=request.actor)
                text = ngettext("{number} assignment was added.", "{number} assignments were added.", number)
                messages.success(request, text.format(number=number))
                return redirect("application-assignments", application_id)
    form = PrincipalSearch(request.GET)
    context = {"application": application, "form": form, "text": form.text, **_found(application, form.text)}
    return render_whole_or_part(
        request, "directory/applications/assign.html", "directory/applications/_found.html", context
    )


@require(Permission.MANAGE_DIRECTORY)
def application_unassign(request: PortalRequest, application_id: UUID, assignment_id: int) -> HttpResponse:
    application = find_application(request, application_id)
    rows = Assignment.objects.filter(application=application).select_related("person", "group")
    assignment = rows.filter(pk=assignment_id).first()
    if assignment is None:
        messages.info(request, _("This assignment has already been removed."))
        return redirect("application-assignments", application_id)
    if request.method != "POST":
        effect = effect_of(
            application,
            people=[assignment.person_id] if assignment.person_id else [],
            groups=[assignment.group_id] if assignment.group_id else [],
            change=lambda: unassign(assignment, actor=request.actor),
        )
        context: dict[str, Any] = {"application": application, "assignment": assignment}
        context |= {"effect": effect, "lines": effect_lines(effect)}
        return render(request, "directory/applications/unassign.html", context)
    unassign(assignment, actor=request.actor)
    messages.success(request, _("The assignment was removed. The next cycle applies it."))
    return redirect("application-assignments", application_id)


def _ask(request: PortalRequest, application: Application, selected: dict[str, list[UUID]]) -> HttpResponse:
    """The page with the effect of assigning these people and groups. Raises DomainError if they cannot be assigned."""
    effect = effect_of(application, **selected, change=lambda: assign(application, **selected, actor=request.actor))
    context = {
        "application": application,
        "people": Person.objects.in_organization(application.organization).filter(pk__in=selected["people"]),
        "groups": Group.objects.in_organization(application.organization).filter(pk__in=selected["groups"]),
        "effect": effect,
        "lines": effect_lines(effect),
    }
    return render(request, "directory/applications/assign_effect.html", context)


def _found(application: Application, text: str) -> dict[str, list[Person] | list[Group]]:
    """The people and groups with the text in their names that are not assigned yet."""
    organization, taken = application.organization, Assignment.objects.filter(application=application)
    people = Person.objects.in_organization(organization).current()
    groups: QuerySet[Group] = Group.objects.in_organization(organization)
    if text:
        people, groups = find_people(people, organization, text), find_groups(organization, text)
    people = people.exclude(pk__in=taken.filter(person__isnull=False).values("person"))
    groups = groups.exclude(pk__in=taken.filter(group__isnull=False).values("group"))
    return {
        "people": list(people.order_by("name_key", "pk")[:FOUND]),
        "groups": list(groups.order_by("display_name_key")[:FOUND]),
    }
