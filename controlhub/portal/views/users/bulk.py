"""Several users at once: deactivating them, and what every such page shares."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from controlhub.actions.users import deactivate_user
from controlhub.models import Permission, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.users import ChoiceForm, ConfirmedForm
from controlhub.portal.refusals import Refusals

LISTED = 10
AT_ONCE = 500
MORE_REASONS = ngettext_lazy("And %(number)d more user.", "And %(number)d more users.", "number")


@dataclass(frozen=True, slots=True)
class ResultTexts:
    """The messages after something was done to several users, each with a number of users."""

    done: Any
    refused: Any


DEACTIVATED = ResultTexts(
    ngettext_lazy("%(number)d user deactivated.", "%(number)d users deactivated.", "number"),
    ngettext_lazy("%(number)d user could not be deactivated.", "%(number)d users could not be deactivated.", "number"),
)


@require(Permission.MANAGE_USERS, page="user-list")
def user_deactivate_many(request: PortalRequest) -> HttpResponse:
    """Asks first, with their names; then each is deactivated or not, and the reasons are shown."""
    form = ChoiceForm(request.POST)
    ids = form.cleaned_data["ids"] if form.is_valid() else []
    active = User.objects.in_organization(request.organization).active().select_related("organization")
    users = list(active.filter(pk__in=ids).order_by("user_name_key")[:AT_ONCE])
    if not users:
        messages.error(request, _("Select at least one Active user."))
        return redirect("user-list")
    confirmed = ConfirmedForm(request.POST)
    if not (confirmed.is_valid() and confirmed.cleaned_data["confirm"]):
        return render(request, "portal/users/deactivate_many.html", {"users": users, "number": len(users)})
    do_to_each(request, users, deactivate_user, DEACTIVATED)
    return redirect("user-list")


def listed(users: list[User]) -> dict[str, object]:
    """What a page that asks first shows of the users."""
    return {
        "users": users[:LISTED],
        "more": max(0, len(users) - LISTED),
        "number": len(users),
        "ids": [user.pk for user in users],
    }


def do_to_each(request: PortalRequest, users: Iterable[User], act: Callable[..., object], texts: ResultTexts) -> None:
    """Each in a transaction of its own. Says how many it was done to, and the reason where it was refused."""
    count, reasons = 0, []
    for user in users:
        with Refusals() as refused:
            act(user, actor=request.actor)
            count += 1
        if refused:
            reasons.append(f"{user.display_label}: {refused.message}")
    if count:
        messages.success(request, texts.done % {"number": count})
    if reasons:
        messages.warning(request, texts.refused % {"number": len(reasons)})
    for reason in reasons[:LISTED]:
        messages.warning(request, reason)
    if len(reasons) > LISTED:
        messages.warning(request, MORE_REASONS % {"number": len(reasons) - LISTED})
