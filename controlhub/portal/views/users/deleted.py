"""The deleted users, and the deactivations that await confirmation."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from controlhub.actions.bursts import review_users
from controlhub.models import Permission, User
from controlhub.models.users import UserQuerySet
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.bulk_actions import bar_of
from controlhub.portal.forms.users import DeletedFilter, ReviewForm
from controlhub.portal.listed_users import page_of_list
from controlhub.portal.previews import LISTED
from controlhub.portal.tables import Column, Table
from controlhub.user_lists import tab_counts
from controlhub.user_lists.criteria import DELETED, REVIEW

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
    tab = REVIEW if is_review else DELETED
    bar = bar_of(request.permissions, tab=tab)
    query = request.GET.copy()
    query["tab"] = tab
    filters = DeletedFilter(request.GET, queryset=User.objects.none())
    found = page_of_list(request, filters.form, tab=DELETED, is_review=is_review)
    table = replace(TABLE, order=found.order.text)
    context = {
        "found": found,
        "table": table if bar else table.without("select"),
        "bar": bar,
        "query": query.urlencode(),
        "filters": filters,
        "is_review": is_review,
        "counts": tab_counts(request.organization),
    }
    return render(request, "portal/users/deleted.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.PURGE_USERS)
def user_review(request: PortalRequest) -> HttpResponse:
    """Asks for confirmation, after which the users' retention period continues; their number must not have changed."""
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
        "users": waiting[:LISTED],
        "more": max(0, number - LISTED),
        "number": number,
        "is_changed": form.is_bound,
    }
    return render(request, "portal/users/review.html", context, status=409 if form.is_bound else 200)


def inactive(request: PortalRequest) -> UserQuerySet:
    return User.objects.in_organization(request.organization).filter(active=False).select_related("organization")
