"""Several users at once: deactivating them; and the deleted ones, to be restored or removed for good."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from controlhub.actions.bursts import review_users
from controlhub.actions.users import deactivate_user, purge_inactive_user, restore_user
from controlhub.errors import DomainError
from controlhub.models import Permission, Status, User
from controlhub.models.users import UserQuerySet
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.users import PurgeManyForm

PAGE = 25
LISTED = 10
AT_ONCE = 500


@require_safe
@require(Permission.VIEW_USERS)
def user_deleted_list(request: PortalRequest) -> HttpResponse:
    text, is_review = request.GET.get("q", "").strip(), "review" in request.GET
    users = (inactive(request).awaiting_review() if is_review else deleted(request)).order_by("-deactivated_at", "pk")
    page = Paginator(users.matching(text) if text else users, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "q": text,
        "is_review": is_review,
        "pages": page.paginator.get_elided_page_range(page.number),
    }
    return render(request, "portal/users/deleted.html", context)


@require_POST
@require(Permission.MANAGE_USERS)
def user_deactivate_many(request: PortalRequest) -> HttpResponse:
    """Asks first, with their names; then each is deactivated or not, and what stands against one is said."""
    active = User.objects.in_organization(request.organization).active().select_related("organization")
    users = list(active.filter(pk__in=chosen_ids(request)).order_by("user_name_key")[:AT_ONCE])
    if not users:
        messages.error(request, "Choose at least one Active user.")
        return redirect("user-list")
    if "confirm" not in request.POST:
        return render(request, "portal/users/deactivate_many.html", {"users": users, "number": len(users)})
    do_to_each(request, users, deactivate_user, "deactivated")
    return redirect("user-list")


@require_POST
@require(Permission.RECOVER_USERS)
def user_restore_many(request: PortalRequest) -> HttpResponse:
    do_to_each(request, chosen(request), restore_user, "restored")
    return redirect("user-deleted-list")


@require_POST
@require(Permission.PURGE_USERS, recently=True)
def user_purge_many(request: PortalRequest) -> HttpResponse:
    """Asks first, with the number to be typed; then removes each whom no rule keeps."""
    users = chosen(request)
    if not users:
        messages.error(request, "Choose at least one user.")
        return redirect("user-deleted-list")
    form = PurgeManyForm(request.POST if "confirm" in request.POST else None, number=len(users))
    if not form.is_valid():
        context = {"form": form, "users": users[:LISTED], "more": max(0, len(users) - LISTED), "number": len(users)}
        context["ids"] = [user.pk for user in users]
        return render(request, "portal/users/purge_many.html", context, status=422 if form.is_bound else 200)
    do_to_each(request, users, purge_inactive_user, "removed for good")
    return redirect("user-deleted-list")


def do_to_each(request: PortalRequest, users: Iterable[User], act: Callable[..., object], done: str) -> None:
    """Each in a transaction of its own; how many it was done to is said, and what stands against one, by name."""
    number = 0
    for user in users:
        try:
            act(user, actor=request.actor)
            number += 1
        except DomainError as error:
            messages.error(request, f"{user.display_label}: {error.message}")
    messages.success(request, f"{number} user{'s' if number != 1 else ''} {done}.")


@require_POST
@require(Permission.PURGE_USERS)
def user_review(request: PortalRequest) -> HttpResponse:
    number = review_users(request.organization, actor=request.actor)
    messages.success(request, f"The retention of {number} user{'s' if number != 1 else ''} goes on as usual.")
    return redirect("user-deleted-list")


def deleted(request: PortalRequest) -> UserQuerySet:
    users: UserQuerySet = User.objects.in_organization(request.organization).with_status(Status.DELETED)
    return users.select_related("organization")


def inactive(request: PortalRequest) -> UserQuerySet:
    return User.objects.in_organization(request.organization).filter(active=False).select_related("organization")


def chosen(request: PortalRequest) -> list[User]:
    """The Inactive users whose ids were sent, AT_ONCE at most; with `all`, the deleted ones that the search found."""
    if request.POST.get("all"):
        text = request.POST.get("q", "").strip()
        users = deleted(request)
        return list((users.matching(text) if text else users).order_by("pk")[:AT_ONCE])
    return list(inactive(request).filter(pk__in=chosen_ids(request)).order_by("pk")[:AT_ONCE])


def chosen_ids(request: PortalRequest) -> list[UUID]:
    """The ids that were sent; what is none names nobody."""
    ids = []
    for text in request.POST.getlist("ids"):
        with suppress(ValueError):
            ids.append(UUID(text))
    return ids
