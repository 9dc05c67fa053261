"""The organization's own rules: how long the Inactive are kept, what removes them, what stops it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from controlhub.actions.organizations import change_policies
from controlhub.errors import DomainError
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.organization import LifecycleForm


@require_safe
@require(Permission.VIEW_USERS)
def organization_detail(request: PortalRequest) -> HttpResponse:
    return page(request, LifecycleForm(initial=LifecycleForm.of(request.organization)))


@require_POST
@require(Permission.MANAGE_ORGANIZATION)
def organization_hold(request: PortalRequest) -> HttpResponse:
    """A legal hold on everybody."""
    if reason := request.POST.get("reason", "").strip():
        return _hold(request, reason)
    messages.error(request, "Give a reason for the hold.")
    return redirect("organization-detail")


@require_POST
@require(Permission.MANAGE_ORGANIZATION, recently=True)
def organization_release(request: PortalRequest) -> HttpResponse:
    return _hold(request, "")


def _hold(request: PortalRequest, reason: str) -> HttpResponse:
    try:
        change_policies(request.organization, changes={"hold_reason": reason}, actor=request.actor)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("organization-detail")


@require_POST
@require(Permission.MANAGE_ORGANIZATION, recently=True)
def organization_change(request: PortalRequest) -> HttpResponse:
    form = LifecycleForm(request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    try:
        change_policies(request.organization, changes=form.cleaned_data, actor=request.actor)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return page(request, form, status=409)
    messages.success(request, "These rules hold from now on, for everybody who is Inactive already too.")
    return redirect("organization-detail")


def page(request: PortalRequest, form: LifecycleForm, *, status: int = 200) -> HttpResponse:
    if Permission.MANAGE_ORGANIZATION not in request.permissions:
        for field in form.fields.values():
            field.disabled = True
    return render(request, "portal/organization/detail.html", {"form": form}, status=status)
