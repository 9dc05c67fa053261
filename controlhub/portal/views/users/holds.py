"""Legal holds and extensions of the retention period."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controlhub.actions.users import extend_user, hold_user, release_user
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.users import ExtendForm, HoldForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.views.users.detail import find


@require(Permission.PURGE_USERS)
def user_hold(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    form = fill(HoldForm(request.POST or None), draft_of(request))
    if form.is_valid():
        with Refusals(request) as refused:
            hold_user(user, reason=form.cleaned_data["reason"], actor=request.actor)
        if refused:
            return redirect("user-list")
        messages.success(request, _("Legal hold placed on {display_label}.").format(display_label=user.display_label))
        return redirect("user-detail", user.pk)
    context = {"person": user, "form": form}
    return render(request, "portal/users/hold.html", context, status=status_of(form))


@require(Permission.PURGE_USERS, page="user-detail")
def user_release(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    with Refusals(request) as refused:
        release_user(user, actor=request.actor)
    if refused:
        return redirect("user-list")
    messages.success(request, _("Legal hold on {display_label} ended.").format(display_label=user.display_label))
    return redirect("user-detail", user.pk)


@require(Permission.MANAGE_USERS)
def user_extend(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    form = ExtendForm(request.POST or None)
    if form.is_valid():
        with Refusals(request, form):
            user = extend_user(user, days=form.cleaned_data["days"], actor=request.actor)
            messages.success(
                request,
                ngettext(
                    "Retention period of {display_label} extended by {days} day.",
                    "Retention period of {display_label} extended by {days} days.",
                    form.cleaned_data["days"],
                ).format(display_label=user.display_label, days=form.cleaned_data["days"]),
            )
            return redirect("user-detail", user.pk)
    context = {"person": user, "form": form}
    return render(request, "portal/users/extend.html", context, status=status_of(form))
