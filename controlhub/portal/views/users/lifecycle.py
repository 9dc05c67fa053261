"""The transitions of a user's lifecycle, each confirmed on its own page."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from controlhub.actions.users import deactivate_user, delete_user, purge_inactive_user, reactivate_user
from controlhub.errors import UserGoneError
from controlhub.models import Permission, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.endings import endings_of
from controlhub.portal.forms.users import PurgeForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.views.users.detail import find


@dataclass(frozen=True)
class Question:
    """A transition of a user's lifecycle that is confirmed on its own page."""

    heading: str | Promise
    consequence: str | Promise
    button: str | Promise
    done: str | Promise
    """May contain {name}, and {days} for the retention period, which selects the plural form."""
    act: Callable[..., object]
    is_dangerous: bool = True


DEACTIVATE = Question(
    _lazy("Deactivate {name}?"),
    ngettext_lazy(
        "{name} becomes Inactive, is signed out everywhere and loses all access tokens. "
        "You can reactivate an Inactive user for {days} day before permanent deletion.",
        "{name} becomes Inactive, is signed out everywhere and loses all access tokens. "
        "You can reactivate an Inactive user for {days} days before permanent deletion.",
        "days",
    ),
    _lazy("Deactivate user"),
    _lazy("{name} deactivated."),
    deactivate_user,
)
DELETE = Question(
    _lazy("Delete {name}?"),
    ngettext_lazy(
        "{name} becomes Inactive, is signed out everywhere and loses all access tokens. "
        "The userName becomes available. "
        "You can restore the user with profile and groups for {days} day before permanent deletion.",
        "{name} becomes Inactive, is signed out everywhere and loses all access tokens. "
        "The userName becomes available. "
        "You can restore the user with profile and groups for {days} days before permanent deletion.",
        "days",
    ),
    _lazy("Delete user"),
    ngettext_lazy(
        "{name} deleted. You can restore the user for {days} day.",
        "{name} deleted. You can restore the user for {days} days.",
        "days",
    ),
    delete_user,
)


@require(Permission.MANAGE_USERS)
def user_deactivate(request: PortalRequest, user_id: UUID) -> HttpResponse:
    return confirm(request, find(request, user_id), DEACTIVATE)


@require(Permission.MANAGE_USERS)
def user_delete(request: PortalRequest, user_id: UUID) -> HttpResponse:
    return confirm(request, find(request, user_id), DELETE)


@require(Permission.RECOVER_USERS, page="user-detail")
def user_reactivate(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    done = _("{name} restored.") if user.is_deleted else _("{name} reactivated.")
    with Refusals(request) as refused:
        user = reactivate_user(user, actor=request.actor)
        messages.success(request, done.format(name=user.display_label))
    if isinstance(refused.error, UserGoneError):
        return redirect("user-list")
    return redirect("user-detail", user.pk)


@require(Permission.PURGE_USERS)
def user_purge(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Permanent deletion: only of Inactive users, and only by typing the name."""
    user = find(request, user_id)
    form = fill(PurgeForm(request.POST or None, user=user), draft_of(request))
    if form.is_valid():
        with Refusals(request, form):
            purge_inactive_user(user, actor=request.actor)
            messages.success(
                request, _("{display_label} permanently deleted.").format(display_label=user.display_label)
            )
            return redirect("user-list")
    context = {"person": user, "form": form}
    return render(request, "portal/users/purge.html", context, status=status_of(form))


def confirm(request: PortalRequest, user: User, question: Question) -> HttpResponse:
    """Asks on GET and acts on POST; refusals are shown on the same page."""
    words = {"name": user.display_label, "days": user.organization.retention_days}
    context = {
        "person": user,
        "heading": str(format_lazy(question.heading, **words)),
        "consequence": str(format_lazy(question.consequence, **words)),
        "button": question.button,
        "endings": endings_of(user, deletes=question is DELETE),
        "is_self": request.account.user_id == user.pk,
    }
    if request.method != "POST":
        return render(request, "portal/users/confirm.html", context)
    with Refusals() as refused:
        question.act(user, actor=request.actor)
        messages.success(request, str(format_lazy(question.done, **words)))
        return redirect("user-detail", user.pk)
    return render(request, "portal/users/confirm.html", {**context, "problem": refused.message}, status=409)
