"""The cycles of an application: starting, stopping, pausing and restarting them, and deciding about removals."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controlhub.errors import DomainError
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from directory.engine import control
from directory.models import Application, Group, Link, Operation, Person
from directory.portal.views.applications import find_application

MOST_NAMED = 200
"""The maximum number of removals that the page names; the others are counted."""


@require(Permission.MANAGE_PROVISIONING, page="application-detail")
def application_start(request: PortalRequest, application_id: UUID) -> HttpResponse:
    return _run(request, application_id, control.start_now, _("The next cycle of {name} begins now."))


@require(Permission.MANAGE_PROVISIONING, page="application-detail")
def application_stop(request: PortalRequest, application_id: UUID) -> HttpResponse:
    return _run(request, application_id, control.stop, _("The cycle of {name} was stopped."))


@require(Permission.MANAGE_PROVISIONING, page="application-detail")
def application_pause(request: PortalRequest, application_id: UUID) -> HttpResponse:
    return _run(request, application_id, control.pause, _("Nothing is sent to {name} until you resume provisioning."))


@require(Permission.MANAGE_PROVISIONING, page="application-detail")
def application_resume(request: PortalRequest, application_id: UUID) -> HttpResponse:
    return _run(request, application_id, control.resume, _("Provisioning to {name} resumed."))


@require(Permission.MANAGE_PROVISIONING)
def application_restart(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Asks for confirmation, because an initial cycle reads every object again."""
    if request.method != "POST":
        context = {"application": find_application(request, application_id)}
        return render(request, "directory/applications/restart.html", context)
    return _run(request, application_id, control.restart, _("{name} restarts with an initial cycle."))


@require_safe
@require(Permission.MANAGE_PROVISIONING)
def application_removals(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """The names of what the waiting cycle would remove, and the buttons to decide."""
    application = find_application(request, application_id)
    waiting = Operation.objects.filter(application=application, removes=True).order_by("pk")
    shown = list(waiting[:MOST_NAMED])
    context = {
        "application": application,
        "progress": control.progress_of(application),
        "names": _names(application, [each.object_id for each in shown]),
        "more": max(0, waiting.count() - len(shown)),
    }
    return render(request, "directory/applications/removals.html", context)


@require(Permission.MANAGE_PROVISIONING, page="application-removals")
def application_allow(request: PortalRequest, application_id: UUID) -> HttpResponse:
    return _run(request, application_id, control.allow, _("The cycle will disable or delete the objects in {name}."))


@require(Permission.MANAGE_PROVISIONING, page="application-removals")
def application_reject(request: PortalRequest, application_id: UUID) -> HttpResponse:
    return _run(request, application_id, control.reject, _("The cycle of {name} continues without removals."))


def _run(request: PortalRequest, application_id: UUID, act: Callable[..., Any], done: str) -> HttpResponse:
    """Perform the action, and show the result, or why it was refused, on the overview."""
    application = find_application(request, application_id)
    try:
        act(application, actor=request.actor)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done.format(name=application.name))
    return redirect("application-detail", application_id)


def _names(application: Application, ids: list[UUID]) -> list[str]:
    """The names of objects; for objects that no longer exist here, the name that was sent last."""
    organization = application.organization
    people = Person.objects.in_organization(organization).in_bulk(ids)
    groups = Group.objects.in_organization(organization).in_bulk(ids)
    sent = dict(Link.objects.filter(application=application, local_id__in=ids).values_list("local_id", "label"))
    return [str(people.get(pk) or groups.get(pk) or sent.get(pk) or pk) for pk in ids]
