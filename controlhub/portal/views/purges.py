"""Purges: users who are due, decisions, past runs, and receipts."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from controlhub.actions.erasure import erase_person
from controlhub.actions.purges import allow_purge, daily_limit, hold_purge, plan_purge
from controlhub.actions.receipts import make_receipt
from controlhub.models import Permission, PurgedUser, PurgeRun
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.forms.purges import AllowForm
from controlhub.portal.refusals import Refusals
from controlhub.portal.tables import Column, Table

SHOWN = 25
DUE = Table(
    _("Users due for permanent deletion, longest Inactive first"),
    (
        Column("name", _("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("user_name", _("userName"), css="wrap"),
        Column("since", _("Inactive since")),
    ),
)
RUNS = Table(
    _("Deletion runs, newest first"),
    (
        Column("changed", _("Last changed"), css="c-name", is_row_header=True, is_labelled=False),
        Column("state", _("State")),
        Column("due", _("Due")),
        Column("deleted", _("Deleted")),
        Column("by", _("Decided by"), css="hide-md muted"),
    ),
)
REMOVED = Table(
    _("Permanently deleted users, newest first"),
    (
        Column("id", _("ID"), css="c-name mono wrap", is_row_header=True, is_labelled=False),
        Column("deleted", _("Deleted")),
        Column("reason", _("Reason")),
        Column("receipt", _("Receipt"), is_label_shown=False, is_labelled=False),
        Column("data", _("Personal data"), is_labelled=False),
    ),
)


@require_safe
@require(Permission.VIEW_USERS)
def purge_list(request: PortalRequest) -> HttpResponse:
    runs = PurgeRun.objects.in_organization(request.organization)
    plan = plan_purge(request.organization)
    context = {
        "due_table": DUE,
        "runs_table": RUNS,
        "removed_table": REMOVED,
        "plan": plan,
        "due": plan.users[:SHOWN],
        "limit": daily_limit(request.organization),
        "today": runs.purged_in_a_day(),
        "open_run": runs.open().first(),
        "runs": runs.order_by("-changed_at")[:SHOWN],
        "removed": PurgedUser.objects.in_organization(request.organization).order_by("-purged_at")[:SHOWN],
    }
    return render(request, "portal/purges/list.html", context)


@require(Permission.PURGE_USERS, page="purge-list")
def purge_allow(request: PortalRequest, run_id: UUID) -> HttpResponse:
    form = AllowForm(request.POST)
    allow = partial(allow_purge, due=form.cleaned_data["due"] if form.is_valid() else -1)
    return decide(request, run_id, allow, _("Deletion allowed. It starts within a few minutes."))


@require(Permission.PURGE_USERS, page="purge-list")
def purge_hold(request: PortalRequest, run_id: UUID) -> HttpResponse:
    return decide(
        request, run_id, hold_purge, _("Deletion is on hold. No user is deleted until an administrator allows it.")
    )


def decide(request: PortalRequest, run_id: UUID, act: Callable[..., None], done: str | Promise) -> HttpResponse:
    run = find_or_404(request, PurgeRun.objects, pk=run_id)
    with Refusals(request):
        act(run, actor=request.actor)
        messages.success(request, str(done))
    return redirect("purge-list")


@require(Permission.PURGE_USERS)
def person_erase(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Asks on GET and erases on POST; refusals are shown on the same page."""
    purged = find_or_404(request, PurgedUser.objects, pk=user_id)
    context = {"purged": purged, "is_held": bool(request.organization.hold_reason)}
    if request.method != "POST":
        return render(request, "portal/purges/erase.html", context)
    with Refusals() as refused:
        number = erase_person(request.organization, user_id, actor=request.actor)
        done = ngettext(
            "Personal data erased. It was removed from {number} audit event.",
            "Personal data erased. It was removed from {number} audit events.",
            number,
        )
        messages.success(request, done.format(number=number))
        return redirect("purge-list")
    return render(request, "portal/purges/erase.html", {**context, "problem": refused.message}, status=409)


@require_safe
@require(Permission.VIEW_USERS)
def receipt(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """The off-boarding receipt of a removed user, as a file."""
    purged = find_or_404(request, PurgedUser.objects, pk=user_id)
    response = HttpResponse(make_receipt(request.organization, purged), content_type="application/jose")
    response["Content-Disposition"] = f'attachment; filename="receipt-{purged.pk}.jws"'
    return response
