"""The deleted users: their list, and restoring or permanently deleting several at once."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from controlhub.actions.bursts import review_users
from controlhub.actions.users import purge_inactive_user, reactivate_user
from controlhub.models import Permission, User
from controlhub.models.users import UserQuerySet
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.users import ChoiceForm, DeletedFilter, PurgeManyForm, ReviewForm
from controlhub.portal.listed_users import page_of_list
from controlhub.portal.tables import Column, Table
from controlhub.portal.views.users import bulk
from controlhub.user_lists import Criteria, tab_counts, users_matching
from controlhub.user_lists.criteria import DELETED

RESTORED = bulk.ResultTexts(
    ngettext_lazy("%(number)d user restored.", "%(number)d users restored.", "number"),
    ngettext_lazy("%(number)d user could not be restored.", "%(number)d users could not be restored.", "number"),
)
PERMANENTLY_DELETED = bulk.ResultTexts(
    ngettext_lazy("%(number)d user permanently deleted.", "%(number)d users permanently deleted.", "number"),
    ngettext_lazy(
        "%(number)d user could not be permanently deleted.",
        "%(number)d users could not be permanently deleted.",
        "number",
    ),
)
CONFIRMED = ngettext_lazy("%(number)d deactivation confirmed.", "%(number)d deactivations confirmed.", "number")
TABLE = Table(
    _lazy("Deleted users"),
    (
        Column("select", _lazy("Select"), css="c-check", is_label_shown=False, is_labelled=False),
        Column("name", _lazy("Name"), css="c-name", sort="name", is_row_header=True, is_labelled=False),
        Column("email", _lazy("Original userName"), css="c-mail wrap", is_labelled=False),
        Column("deletion", _lazy("Inactive since"), sort="deletion"),
        Column("by", _lazy("Deactivated by"), css="hide-md muted"),
        Column("purge", _lazy("Permanent deletion")),
    ),
    css="people choose plain",
    order="-deletion",
)


@require_safe
@require(Permission.VIEW_USERS)
def user_deleted_list(request: PortalRequest) -> HttpResponse:
    is_review = "review" in request.GET
    may_select = Permission.RECOVER_USERS in request.permissions
    filters = DeletedFilter(request.GET, queryset=User.objects.none())
    found = page_of_list(request, filters.form, tab=DELETED, is_review=is_review)
    table = replace(TABLE, order=found.order.text)
    context = {
        "found": found,
        "table": table if may_select else table.without("select"),
        "may_select": may_select,
        "filters": filters,
        "is_review": is_review,
        "counts": tab_counts(request.organization),
    }
    return render(request, "portal/users/deleted.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RECOVER_USERS)
def user_restore_many(request: PortalRequest) -> HttpResponse:
    """At once from the list; on a page of its own for who had to prove who they are in between."""
    data = request.POST if request.method == "POST" else draft_of(request)
    if data is None:
        return redirect("user-deleted-list")
    users = chosen(request, ChoiceForm(data))
    if not users:
        messages.error(request, _("Select at least one user."))
    elif request.method != "POST":
        return render(request, "portal/users/restore_many.html", bulk.listed(users))
    else:
        bulk.do_to_each(request, users, reactivate_user, RESTORED)
    return redirect("user-deleted-list")


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.PURGE_USERS)
def user_purge_many(request: PortalRequest) -> HttpResponse:
    """Asks for confirmation by typing the number, then permanently deletes each user that no rule keeps."""
    data = request.POST if request.method == "POST" else draft_of(request) or request.GET
    choice = ChoiceForm(data)
    users = chosen(request, choice)
    if not users:
        if request.method == "POST":
            messages.error(request, _("Select at least one user who is not under a legal hold."))
        return redirect("user-deleted-list")
    sent = request.POST if "confirm" in request.POST else None
    form = fill(PurgeManyForm(sent, number=len(users)), draft_of(request))
    if not form.is_valid():
        context = {**bulk.listed(users), "form": form, "choice": choice.cleaned_data}
        if wants_all(choice):
            context["others"] = all_chosen(request, choice).count() - len(users)
        return render(request, "portal/users/purge_many.html", context, status=422 if form.is_bound else 200)
    bulk.do_to_each(request, users, purge_inactive_user, PERMANENTLY_DELETED)
    return after_purge(request, choice)


def after_purge(request: PortalRequest, choice: ChoiceForm) -> HttpResponse:
    """The next lot, where all were to be deleted and there are more than go at once; else the list."""
    if wants_all(choice) and all_chosen(request, choice).exists():
        query = urlencode({"all": "yes", "q": choice.cleaned_data["q"]})
        return redirect(f"{reverse('user-purge-many')}?{query}")
    return redirect("user-deleted-list")


def wants_all(choice: ChoiceForm) -> bool:
    return bool(choice.cleaned_data["all"] or choice.cleaned_data["rest"])


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.PURGE_USERS)
def user_review(request: PortalRequest) -> HttpResponse:
    """Asks first, with the number of users whose retention period continues; it must still be that number."""
    waiting = inactive(request).awaiting_review().order_by("-deactivated_at", "pk")
    number = waiting.count()
    if not number:
        messages.info(request, _("No deactivations are waiting for confirmation."))
        return redirect("user-deleted-list")
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.cleaned_data["number"] == number:
        number = review_users(request.organization, actor=request.actor)
        messages.success(request, CONFIRMED % {"number": number})
        return redirect("user-deleted-list")
    context = {
        "users": waiting[: bulk.LISTED],
        "more": max(0, number - bulk.LISTED),
        "number": number,
        "is_changed": form.is_bound,
    }
    return render(request, "portal/users/review.html", context, status=409 if form.is_bound else 200)


def inactive(request: PortalRequest) -> UserQuerySet:
    return User.objects.in_organization(request.organization).filter(active=False).select_related("organization")


def chosen(request: PortalRequest, choice: ChoiceForm) -> list[User]:
    """The Inactive users that were chosen, AT_ONCE at most; with `all`, the deleted ones that the search finds."""
    if not choice.is_valid():
        return []
    if choice.cleaned_data["all"]:
        return list(all_chosen(request, choice).order_by("pk")[: bulk.AT_ONCE])
    ids: list[UUID] = choice.cleaned_data["ids"]
    return list(inactive(request).filter(pk__in=ids).order_by("pk")[: bulk.AT_ONCE])


def all_chosen(request: PortalRequest, choice: ChoiceForm) -> UserQuerySet:
    """The deleted users that the search finds, except those under a legal hold, which would be found every time."""
    text = choice.cleaned_data["q"].strip()
    users = users_matching(request.organization, Criteria(tab=DELETED, q=text))
    return users.without_hold().select_related("organization")
