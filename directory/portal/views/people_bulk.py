"""Bulk actions on people: those that are checked, or all who match.

Each action has a page that shows the people, and then a job that performs it.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_http_methods

from controlhub.actions.bulk.starting import AT_ONCE
from controlhub.models import Permission
from controlhub.portal.access import GuardedView, PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.bulk import ConfirmForm, PurgeForm, SelectionForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.user_lists import Selection, TooManySelectedError
from controlhub.user_lists.selection import MOST_SELECTED
from directory.actions.bulk import DeletePeople, PeopleKind, PurgePeople, RestorePeople, start_for_people
from directory.actions.bulk_changes import DisablePeople, EnablePeople, JoinGroup
from directory.models import Person
from directory.portal.forms.bulk import JoinForm
from directory.portal.people_lists import select_matching, select_people

NAMED = 10
"""The maximum number of people that the page names."""


@dataclass(frozen=True, slots=True)
class Question:
    """The confirmation page of a bulk action."""

    kind: PeopleKind
    heading: Any
    consequence: str | Promise
    button: str | Promise
    form: type[ConfirmForm] = ConfirmForm
    is_dangerous: bool = True

    @property
    def list_name(self) -> str:
        return "directory-deleted-list" if self.kind.of_deleted else "directory-user-list"


DELETE = Question(
    DeletePeople(),
    ngettext_lazy("Delete %(number)s user?", "Delete %(number)s users?", "count"),
    _lazy(
        "Applications disable their accounts, and their names immediately become available "
        "for new users. You can restore the users for 30 days, with their groups and "
        "assignments."
    ),
    _lazy("Delete user"),
)
RESTORE = Question(
    RestorePeople(),
    ngettext_lazy("Restore %(number)s user?", "Restore %(number)s users?", "count"),
    _lazy("They get back their original names, groups and assignments, and applications enable their accounts."),
    _lazy("Restore user"),
    is_dangerous=False,
)
PURGE = Question(
    PurgePeople(),
    ngettext_lazy("Permanently delete %(number)s user?", "Permanently delete %(number)s users?", "count"),
    _lazy(
        "They cannot be restored, and applications delete their accounts. The audit log keeps its entries. "
        "If you add the same address later, it is a new user with another object ID."
    ),
    _lazy("Permanently delete"),
    form=PurgeForm,
)

ENABLE = Question(
    EnablePeople(),
    ngettext_lazy("Enable the account of %(number)s user?", "Enable the accounts of %(number)s users?", "count"),
    _lazy("Applications in which they are assigned create or reactivate their accounts."),
    _lazy("Enable account"),
    is_dangerous=False,
)
DISABLE = Question(
    DisablePeople(),
    ngettext_lazy("Disable the account of %(number)s user?", "Disable the accounts of %(number)s users?", "count"),
    _lazy("Applications deactivate their accounts. Groups and assignments stay."),
    _lazy("Disable account"),
)
JOIN = Question(
    JoinGroup(),
    ngettext_lazy("Add %(number)s user to a group?", "Add %(number)s users to a group?", "count"),
    _lazy("Applications to which the group is assigned create their accounts."),
    _lazy("Add to group"),
    form=JoinForm,
    is_dangerous=False,
)


def asking(question: Question) -> GuardedView[[]]:
    """The view of a bulk action."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @require(Permission.MANAGE_DIRECTORY)
    def view(request: PortalRequest) -> HttpResponse:
        return _ask(request, question)

    return view


directory_user_delete = asking(DELETE)
directory_user_restore = asking(RESTORE)
directory_user_purge = asking(PURGE)
directory_user_enable = asking(ENABLE)
directory_user_disable = asking(DISABLE)
directory_user_group = asking(JOIN)


def _ask(request: PortalRequest, question: Question) -> HttpResponse:
    """Show the preview or, if the selection is still the one that the administrator saw, start the job."""
    choice = SelectionForm(request.POST if request.method == "POST" else draft_of(request))
    selection = _selection(request, choice, question)
    if selection is None:
        return redirect(_back(choice, question))
    number = len(selection.ids)
    seen = choice.cleaned_data["seen"] if request.method == "POST" else ""
    is_confirmed = seen == selection.mark
    form = question.form(request.POST if is_confirmed else None, organization=request.organization, number=number)
    form = fill(form, draft_of(request))
    if is_confirmed and form.is_valid():
        with Refusals(request, form) as refused:
            job = start_for_people(
                request.organization,
                kind=question.kind,
                query=choice.cleaned_data["query"],
                ids=selection.ids,
                parameters=form.parameters,
                actor=request.actor,
            )
        if not refused:
            return redirect("job-detail", job.pk)
    is_changed = bool(seen) and not is_confirmed
    people = Person.objects.in_organization(request.organization).filter(pk__in=selection.ids[:NAMED])
    context = {
        "question": question,
        "heading": question.heading % {"count": number, "number": _grouped(number)},
        "people": people,
        "more": number - NAMED if number > NAMED else 0,
        "number": number,
        "selection": selection,
        "choice": choice.cleaned_data,
        "form": form,
        "is_long": number > AT_ONCE,
        "is_changed": is_changed,
        "back": _back(choice, question),
    }
    status = 409 if is_changed else status_of(form)
    return render(request, "directory/people/bulk.html", context, status=status)


def _selection(request: PortalRequest, choice: SelectionForm, question: Question) -> Selection | None:
    """The selected people. Without a selection, or with too many people, adds a message and returns None."""
    if not choice.is_valid():
        return None
    of_deleted, organization = question.kind.of_deleted, request.organization
    try:
        if choice.cleaned_data["all"]:
            query = QueryDict(choice.cleaned_data["query"])
            found = select_matching(organization, query, is_deleted=of_deleted)
        else:
            found = select_people(organization, choice.cleaned_data["ids"], is_deleted=of_deleted)
    except TooManySelectedError:
        text = _("More than {number} users match. Use filters to select fewer.")
        messages.error(request, text.format(number=_grouped(MOST_SELECTED)))
        return None
    if not found.ids:
        messages.error(request, _("Select at least one user."))
        return None
    return found


def _back(choice: SelectionForm, question: Question) -> str:
    """The list in which the people were selected, with its filters."""
    query = choice.cleaned_data.get("query", "") if choice.is_valid() else ""
    address = reverse(question.list_name)
    return f"{address}?{QueryDict(query).urlencode()}" if query else address


def _grouped(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)
