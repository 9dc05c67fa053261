"""Adding several people at once. No input is lost: people who cannot be added stay in their rows.

After some of the rows were added, the others are kept as a draft and shown by a GET, so that a reload keeps them, too.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from controlhub.actions.added_people import MOST, Added, add_users
from controlhub.actions.mail import is_mail_sent
from controlhub.models import JobState, Permission, Role
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, keep_rest
from controlhub.portal.forms.added_people import (
    FIRST_ROWS,
    LABELS,
    LINES,
    MORE_ROWS,
    PeopleForm,
    StepForm,
    row_values,
    rows_for,
    typed_values,
    with_pasted,
    without_rows,
)
from controlhub.portal.pasted_people import FIELDS
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.reveals import Reveal, keep_reveal
from controlhub.portal.tables import Column, Table
from controlhub.portal.views.users.invitations import invited
from controlhub.public_urls import invitation_url

PROBLEM = "problem-"
"""Followed by the index of a row: why the action refused a person whose row looked valid."""
TABLE = Table(
    _lazy("People to add"),
    (
        Column("number", _lazy("Row"), css="num muted", is_row_header=True),
        *(Column(name, label) for name, label in LABELS.items()),
    ),
    css="many",
)


@require(Permission.MANAGE_USERS)
def user_add_many(request: PortalRequest) -> HttpResponse:
    """Show the table, add rows, turn pasted lines into rows, and add the people, or those whose rows are valid."""
    data = request.POST if request.method == "POST" else draft_of(request)
    if data is None:
        return _page(request, _form(request, None, FIRST_ROWS))
    do, count = StepForm(data).asked
    if request.method != "POST" and do == "rest":
        return _page(request, _rest(request, data, count), status=200)
    values, count = with_pasted(typed_values(_form(request, None, count), data), request.organization, count)
    if request.method != "POST" or do in {"more", "paste"}:
        more = MORE_ROWS if do == "more" else 0
        return _page(request, _form(request, None, min(MOST, count + more), initial=values))
    form = _form(request, values, count)
    is_ready = form.is_valid() or (do == "valid" and form.people and not form.has_other_errors)
    return _add(request, form, values) if is_ready and not values[LINES] else _page(request, form)


def _form(request: PortalRequest, data: dict[str, Any] | None, count: int, **options: Any) -> PeopleForm:
    role = Role(request.account.role)
    return PeopleForm(data, organization=request.organization, by=role, count=count, **options)


def _add(request: PortalRequest, form: PeopleForm, values: dict[str, Any]) -> HttpResponse:
    rows, people = list(form.people), list(form.people.values())
    with Refusals(request, form, field=f"r{rows[0]}-address" if len(rows) == 1 else None) as refused:
        added = add_users(request.organization, people, form.common, actor=request.actor)
    if refused:
        return _page(request, form)
    if added.job and added.job.state == JobState.FAILED:
        form.add_error(None, added.job.reason)
        return _page(request, form)
    if added.job and not added.job.is_finished:
        return redirect("job-detail", added.job.pk)  # a worker has already taken it
    _say(request, added, is_invited=form.common.is_invited)
    problems = {rows[problem.number - 1]: problem.reason for problem in added.problems}
    kept = [number for number, row in enumerate(form.rows) if row.has_errors or number in problems]
    if kept:
        keep_rest(request, _kept(values, kept, problems))
        page = request.path
    else:
        page = reverse("user-detail", args=[added.user.pk]) if added.user else reverse("user-list")
    _show_links(request, added, page)
    return redirect(page)


def _say(request: PortalRequest, added: Added, *, is_invited: bool) -> None:
    if added.user:
        messages.success(request, _("{display_label} added.").format(display_label=added.user.display_label))
        return
    if added.users:
        text = ngettext("{number} user added.", "{number} users added.", added.users)
        messages.success(request, text.format(number=added.users))
    if added.users and is_invited and not is_mail_sent():
        text = _("Mail is not set up. The invitations were saved in files on the server instead of being sent.")
        messages.warning(request, text)


def _kept(values: dict[str, Any], kept: list[int], problems: dict[int, str]) -> dict[str, str]:
    """The rows that were not added, why the action refused them, and the values that apply to all of them."""
    rows = [{name: values[f"r{number}-{name}"] or "" for name in FIELDS} for number in kept]
    texts = {f"{PROBLEM}{place}": problems[number] for place, number in enumerate(kept) if number in problems}
    common = {name: str(value or "") for name, value in without_rows(values).items()}
    return {**common, **row_values(rows), **texts, "do": "rest", "rows": str(rows_for(len(rows), FIRST_ROWS))}


def _rest(request: PortalRequest, kept: QueryDict, count: int) -> PeopleForm:
    """The rows that were not added, with their errors."""
    form = _form(request, typed_values(_form(request, None, count), kept), count)
    form.is_valid()
    for number in range(count):
        problem = kept.get(f"{PROBLEM}{number}")
        if problem and f"r{number}-address" not in form.errors:
            form.add_error(f"r{number}-address", problem)
    return form


def _show_links(request: PortalRequest, added: Added, page: str) -> None:
    """Say where the invitation of one person went. If mail is not sent, show the links of all people on this page."""
    if added.user:
        for invitation in added.invitations:
            invited(request, added.user, invitation.secret, page=page)
    elif added.invitations and added.job and not is_mail_sent():
        note = _("Send each person their link. A link works once and expires in 7 days.")
        lines = tuple(f"{one.address} {invitation_url(one.secret)}" for one in added.invitations)
        reveal = Reveal(_("Copy the invitation links"), note, codes=lines)
        keep_reveal(request, page, reveal, key=f"invitations:{added.job.pk}")


def _page(request: PortalRequest, form: PeopleForm, *, status: int = 0) -> HttpResponse:
    rest = form[LINES].value() or ""
    context = {
        "form": form,
        "table": TABLE,
        "most": MOST,
        "can_grow": form.count < MOST,
        "valid": len(form.people) if form.is_bound and form.has_row_errors and not form.has_other_errors else 0,
        "rest": rest,
    }
    return render(request, "portal/users/add_many.html", context, status=status or status_of(form))
