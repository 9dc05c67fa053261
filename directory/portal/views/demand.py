"""Provisioning on demand: a person, or a group and some of its members, with the steps that were taken."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals
from directory.engine.demand import DemandRun, provision_on_demand
from directory.gallery import template_of
from directory.models import Application, Group, Person
from directory.portal.demand_steps import objects_shown
from directory.portal.forms.demand import DemandForm, DemandSearch
from directory.portal.log_texts import explanation_of
from directory.portal.searches import find_groups, find_people
from directory.portal.views.applications import find_application

FOUND = 20
"""The maximum number of people, and of groups, that a search shows."""


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_PROVISIONING)
def application_demand(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """The search, the members of a chosen group, or the result of provisioning."""
    application = find_application(request, application_id)
    run = _run(request, application) if request.method == "POST" else None
    search = DemandSearch(request.GET)
    group = find_or_404(request, Group.objects, pk=search.chosen) if search.chosen else None
    context = {
        "application": application,
        "template": template_of(application.template),
        "tab": "demand",
        "form": search,
        "group": group,
        "run": run,
        "objects": objects_shown(application.organization, run) if run else [],
        "failure": explanation_of(run.failure.code) if run and run.failure else None,
        **_found(application, search.text, group),
    }
    return render_whole_or_part(
        request, "directory/applications/demand.html", "directory/applications/_demand_found.html", context
    )


def _run(request: PortalRequest, application: Application) -> DemandRun | None:
    """The result of provisioning; None, after adding a message, if it was not begun."""
    form = DemandForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return None
    chosen = form.cleaned_data
    with Refusals(request):
        if chosen["person"]:
            person = find_or_404(request, Person.objects, pk=chosen["person"])
            return provision_on_demand(application, people=[person.pk], actor=request.actor)
        group = find_or_404(request, Group.objects, pk=chosen["group"])
        members = Person.objects.in_organization(application.organization).filter(pk__in=chosen["members"])
        people = list(members.order_by("name_key", "pk").values_list("pk", flat=True))
        if len(people) != len(chosen["members"]):
            raise Http404
        return provision_on_demand(application, people=people, groups=[group.pk], actor=request.actor)
    return None


def _found(application: Application, text: str, group: Group | None) -> dict[str, Any]:
    """The people and groups with the text in their names; if a group is chosen, only its direct members."""
    organization = application.organization
    people = Person.objects.in_organization(organization).current()
    if text:
        people = find_people(Person.objects.current(), organization, text)
    if group is not None:
        people = people.filter(memberships__group=group)
        return {"people": list(people.order_by("name_key", "pk")[:FOUND]), "groups": []}
    groups = find_groups(organization, text) if text else Group.objects.in_organization(organization)
    return {
        "people": list(people.order_by("name_key", "pk")[:FOUND]),
        "groups": list(groups.order_by("display_name_key")[:FOUND]),
    }
