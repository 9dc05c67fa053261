"""Bulk actions: a page that previews the changes, then a job that makes them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_http_methods

from controlhub.actions import bulk
from controlhub.actions.bulk.starting import AT_ONCE
from controlhub.models import Status
from controlhub.portal.access import GuardedView, PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.bulk import ConfirmForm, GroupForm, HoldForm, PurgeForm, SelectionForm
from controlhub.portal.previews import Ask, Preview, preview
from controlhub.portal.refusals import Refusals, status_of
from controlhub.user_lists import (
    Criteria,
    InvalidCriteriaError,
    Selection,
    TooBroadError,
    TooManySelectedError,
    select_all,
    select_ids,
)
from controlhub.user_lists.selection import MOST_SELECTED


@dataclass(frozen=True, slots=True)
class Question:
    """The confirmation page of a bulk action. With `has_ends`, it counts what ends with the access of the users.

    `makes` is the new status of the users, if permanent deletion may follow.
    """

    kind: bulk.BulkKind
    heading: Any
    consequence: str | Promise
    button: str | Promise
    form: type[ConfirmForm] = ConfirmForm
    is_dangerous: bool = False
    has_ends: bool = False
    makes: Status | None = None


DEACTIVATE = Question(
    bulk.DeactivateUsers(),
    ngettext_lazy("Deactivate %(number)s user?", "Deactivate %(number)s users?", "count"),
    _lazy("They become Inactive, are signed out everywhere and lose all access tokens. You can reactivate them."),
    _lazy("Deactivate"),
    is_dangerous=True,
    has_ends=True,
    makes=Status.INACTIVE,
)
REACTIVATE = Question(
    bulk.ReactivateUsers(),
    ngettext_lazy("Reactivate %(number)s user?", "Reactivate %(number)s users?", "count"),
    _lazy("They become Active again, with their groups. Tokens and sessions do not come back."),
    _lazy("Reactivate"),
)
DELETE = Question(
    bulk.DeleteUsers(),
    ngettext_lazy("Delete %(number)s user?", "Delete %(number)s users?", "count"),
    _lazy(
        "They become Inactive and lose their access, and their userNames become available. "
        "You can restore them until they are permanently deleted."
    ),
    _lazy("Delete"),
    is_dangerous=True,
    has_ends=True,
    makes=Status.DELETED,
)
RESTORE = Question(
    bulk.RestoreUsers(),
    ngettext_lazy("Restore %(number)s user?", "Restore %(number)s users?", "count"),
    _lazy("They become Active again, with their original userName and their groups."),
    _lazy("Restore"),
)
PURGE = Question(
    bulk.PurgeUsers(),
    ngettext_lazy("Permanently delete %(number)s user?", "Permanently delete %(number)s users?", "count"),
    _lazy(
        "The profiles and group memberships are deleted now. The audit log keeps its entries. This cannot be undone."
    ),
    _lazy("Permanently delete"),
    form=PurgeForm,
    is_dangerous=True,
)
HOLD = Question(
    bulk.HoldUsers(),
    ngettext_lazy("Place a legal hold on %(number)s user?", "Place a legal hold on %(number)s users?", "count"),
    _lazy(
        "Until the hold ends, they cannot be permanently deleted by an administrator, by "
        "SCIM or at the end of the retention period."
    ),
    _lazy("Place legal hold"),
    form=HoldForm,
)
RELEASE = Question(
    bulk.ReleaseUsers(),
    ngettext_lazy("End the legal hold on %(number)s user?", "End the legal hold on %(number)s users?", "count"),
    _lazy("Inactive users whose retention period has ended are permanently deleted soon after."),
    _lazy("End legal hold"),
    is_dangerous=True,
)
ADD_TO_GROUP = Question(
    bulk.AddToGroup(),
    ngettext_lazy("Add %(number)s user to a group", "Add %(number)s users to a group", "count"),
    _lazy("They become direct members of the group, and get the access that it gives."),
    _lazy("Add to group"),
    form=GroupForm,
)
INVITE = Question(
    bulk.InviteUsers(),
    ngettext_lazy("Resend the invitation to %(number)s user?", "Resend the invitation to %(number)s users?", "count"),
    _lazy("Each user gets an email with a new link, which is valid for 7 days. Earlier links stop working."),
    _lazy("Resend invitation"),
)
SIGN_OUT = Question(
    bulk.SignOutUsers(),
    ngettext_lazy("Sign out %(number)s user everywhere?", "Sign out %(number)s users everywhere?", "count"),
    _lazy("Their sessions end and their personal access tokens are revoked. They stay Active and can sign in again."),
    _lazy("Sign out everywhere"),
    is_dangerous=True,
    has_ends=True,
)


def asking(question: Question) -> GuardedView[[]]:
    """The view of a bulk action."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @require(question.kind.permission)
    def view(request: PortalRequest) -> HttpResponse:
        return _ask(request, question)

    return view


user_deactivate_many = asking(DEACTIVATE)
user_reactivate_many = asking(REACTIVATE)
user_delete_many = asking(DELETE)
user_restore_many = asking(RESTORE)
user_purge_many = asking(PURGE)
user_hold_many = asking(HOLD)
user_release_many = asking(RELEASE)
user_group_many = asking(ADD_TO_GROUP)
user_invite_many = asking(INVITE)
user_sign_out_many = asking(SIGN_OUT)


def _ask(request: PortalRequest, question: Question) -> HttpResponse:
    """Show the preview or, if the selection is still the one that the administrator saw, start the job."""
    choice = SelectionForm(request.POST if request.method == "POST" else draft_of(request))
    selection = _selection(request, choice)
    if selection is None:
        return redirect(_back(choice))
    asked = Ask(question.kind, has_ends=question.has_ends, makes=question.makes)
    shown = preview(request.organization, asked, selection, actor=request.actor)
    seen = choice.cleaned_data["seen"] if request.method == "POST" else ""
    is_confirmed = seen == selection.mark
    form = question.form(request.POST if is_confirmed else None, organization=request.organization, number=shown.number)
    form = fill(form, draft_of(request))
    if shown.number and is_confirmed and form.is_valid():
        with Refusals(request, form) as refused:
            parameters = {**form.parameters, "query": choice.cleaned_data["query"]}
            job = bulk.start_bulk_job(
                request.organization,
                kind=question.kind,
                parameters=parameters,
                ids=list(selection.ids),
                actor=request.actor,
            )
        if not refused:
            return redirect("job-detail", job.pk)
    is_changed = bool(seen) and not is_confirmed
    context = {**_context(question, choice, selection, shown), "form": form, "is_changed": is_changed}
    return render(request, "portal/users/bulk.html", context, status=409 if is_changed else status_of(form))


def _context(question: Question, choice: SelectionForm, selection: Selection, shown: Preview) -> dict[str, Any]:
    number = number_format(shown.number, use_l10n=True, force_grouping=True)
    return {
        "question": question,
        "heading": question.heading % {"count": shown.number, "number": number},
        "preview": shown,
        "selection": selection,
        "choice": choice.cleaned_data,
        "is_long": len(selection.ids) > AT_ONCE,
        "back": _back(choice),
    }


def _selection(request: PortalRequest, choice: SelectionForm) -> Selection | None:
    """Returns the selected users. Without a selection, or with too many users, adds a message and returns None."""
    if not choice.is_valid():
        return None
    try:
        if choice.cleaned_data["all"]:
            found = select_all(request.organization, choice.cleaned_data["query"])
        else:
            found = select_ids(request.organization, choice.cleaned_data["ids"])
    except InvalidCriteriaError as error:
        messages.error(request, str(error))
    except TooBroadError:
        messages.error(request, _("Too many users to filter. Remove a filter, or add a search word or a group."))
    except TooManySelectedError:
        text = _("More than {number} users match. Use filters to select fewer.")
        messages.error(request, text.format(number=number_format(MOST_SELECTED, use_l10n=True, force_grouping=True)))
    else:
        if found.ids:
            return found
        messages.error(request, _("Select at least one user."))
    return None


def _back(choice: SelectionForm) -> str:
    """The list in which the users were selected, with its filters."""
    query = choice.cleaned_data.get("query", "") if choice.is_valid() else ""
    try:
        tab = Criteria.read(query).tab
    except InvalidCriteriaError:
        return reverse("user-list")
    address = reverse("user-deleted-list" if tab else "user-list")
    return f"{address}?{query}" if query else address
