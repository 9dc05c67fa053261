"""Several users at once: deactivating them, and what every such page shares."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from controlhub.actions.users import deactivate_user
from controlhub.models import Permission, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.users import ChoiceForm, ConfirmedForm
from controlhub.portal.refusals import Refusals

LISTED = 10
AT_ONCE = 500


@require(Permission.MANAGE_USERS, page="user-list")
def user_deactivate_many(request: PortalRequest) -> HttpResponse:
    """Asks first, with their names; then each is deactivated or not, and the reasons are shown."""
    form = ChoiceForm(request.POST)
    ids = form.cleaned_data["ids"] if form.is_valid() else []
    active = User.objects.in_organization(request.organization).active().select_related("organization")
    users = list(active.filter(pk__in=ids).order_by("user_name_key")[:AT_ONCE])
    if not users:
        messages.error(request, "Select at least one Active user.")
        return redirect("user-list")
    confirmed = ConfirmedForm(request.POST)
    if not (confirmed.is_valid() and confirmed.cleaned_data["confirm"]):
        return render(request, "portal/users/deactivate_many.html", {"users": users, "number": len(users)})
    do_to_each(request, users, deactivate_user, "deactivated")
    return redirect("user-list")


def listed(users: list[User]) -> dict[str, object]:
    """What a page that asks first shows of the users."""
    return {
        "users": users[:LISTED],
        "more": max(0, len(users) - LISTED),
        "number": len(users),
        "ids": [user.pk for user in users],
    }


def do_to_each(request: PortalRequest, users: Iterable[User], act: Callable[..., object], done: str) -> None:
    """Each in a transaction of its own. Says how many it was done to, and the reason where it was refused."""
    number, reasons = 0, []
    for user in users:
        with Refusals() as refused:
            act(user, actor=request.actor)
            number += 1
        if refused:
            reasons.append(f"{user.display_label}: {refused.message}")
    if number:
        messages.success(request, f"{counted(number)} {done}.")
    if reasons:
        messages.warning(request, f"{counted(len(reasons))} could not be {done}.")
    for reason in reasons[:LISTED]:
        messages.warning(request, reason)
    if len(reasons) > LISTED:
        messages.warning(request, f"{counted(len(reasons) - LISTED)} more could not be {done}.")


def counted(number: int) -> str:
    return f"{number} user{'s' if number != 1 else ''}"
