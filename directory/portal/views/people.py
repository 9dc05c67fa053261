"""The lists of people, and the page of one person."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.partials import render_whole_or_part, wants_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.tables import Column, Table
from controlhub.portal.timelines import timeline
from directory.actions.people import create_person, update_person
from directory.engine.demo_clock import demo_of
from directory.models import Assignment, Group, Person
from directory.models.people import RETENTION
from directory.portal.forms.people import PersonForm
from directory.portal.forms.people_filters import PeopleFilter
from directory.portal.keysets import Keyset, page_of
from directory.portal.people_lists import Found, count_of, find_listed, group_counts, tab_counts
from directory.portal.profiles import profile_of

SELECT = Column("select", _lazy("Select"), css="c-check", is_label_shown=False, is_labelled=False)
PEOPLE = Table(
    _lazy("Users in the directory"),
    (
        SELECT,
        Column("name", _lazy("Display name"), css="c-name", sort="name_key", is_row_header=True, is_labelled=False),
        Column("upn", _lazy("User principal name"), css="c-mail muted", sort="upn_key", is_labelled=False),
        Column("enabled", _lazy("Account enabled"), css="c-stat"),
        Column("department", _lazy("Department"), css="hide-md"),
        Column("city", _lazy("City"), css="hide-lg muted"),
        Column("groups", _lazy("Groups"), css="hide-lg num"),
        Column("changed", _lazy("Changed"), css="hide-md muted", sort="modified_at", is_labelled=False),
    ),
    css="people choose",
    order="name",
)
DELETED = Table(
    _lazy("Deleted users"),
    (
        SELECT,
        Column("name", _lazy("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("upn", _lazy("Original UPN"), css="c-mail muted", is_labelled=False),
        Column("deleted", _lazy("Deletion date"), css="hide-md muted"),
        Column("purged", _lazy("Permanent deletion date")),
        Column("left", _lazy("Time left"), css="nowrap"),
        Column("actions", _lazy("Actions"), css="c-act", is_labelled=False, is_label_shown=False),
    ),
    css="people choose",
)
MOST_GROUPS = 100


@require_safe
@require(Permission.VIEW_DIRECTORY)
def directory_user_list(request: PortalRequest) -> HttpResponse:
    found = find_listed(request.organization, request.GET, is_deleted=False)
    table = PEOPLE.sorted_by(request.GET)
    key, is_descending = table.ordering.removeprefix("-"), table.ordering.startswith("-")
    page = page_of(found.people, request.GET, among=everybody(request), key=key, is_descending=is_descending)
    counts = group_counts(page.rows)
    rows = [(person, counts.get(person.pk, 0)) for person in page.rows]
    context = {**_list(request, found, page, table), "rows": rows, "tab": "all"}
    return render_whole_or_part(request, "directory/people/list.html", "directory/people/_list.html", context)


@require_safe
@require(Permission.VIEW_DIRECTORY)
def directory_deleted_list(request: PortalRequest) -> HttpResponse:
    """The deleted people, latest deletions first."""
    found = find_listed(request.organization, request.GET, is_deleted=True)
    page = page_of(found.people, request.GET, among=everybody(request), key="deleted_at", is_descending=True)
    may_forward = Permission.MANAGE_PROVISIONING in request.permissions and demo_of(request.organization) is not None
    context = {**_list(request, found, page, DELETED), "tab": "deleted", "may_forward": may_forward}
    return render_whole_or_part(request, "directory/people/deleted.html", "directory/people/_deleted.html", context)


@require_safe
@require(Permission.VIEW_DIRECTORY)
def directory_user_detail(request: PortalRequest, person_id: UUID) -> HttpResponse:
    """Profile, groups, applications, and the audit events of the person."""
    person = find(request, person_id)
    groups = Group.objects.filter(memberships__person=person).order_by("display_name_key")
    shown = list(groups[: MOST_GROUPS + 1])
    days = timeline(person).days if Permission.VIEW_AUDIT in request.permissions else []
    context = {
        "person": person,
        "profile": profile_of(person),
        "groups": shown[:MOST_GROUPS],
        "has_more_groups": len(shown) > MOST_GROUPS,
        "assignments": _assignments(person, shown),
        "reports": list(person.reports.filter(deleted_at=None).order_by("name_key")[:MOST_GROUPS]),
        "days": days,
        "may_manage": Permission.MANAGE_DIRECTORY in request.permissions,
    }
    return render(request, "directory/people/detail.html", context)


@require(Permission.MANAGE_DIRECTORY)
def directory_user_add(request: PortalRequest) -> HttpResponse:
    form = PersonForm(request.POST or None, organization=request.organization)
    if form.is_valid():
        with Refusals(request, form):
            person = create_person(request.organization, values=form.values, actor=request.actor)
            messages.success(request, _("{name} added.").format(name=person))
            return redirect("directory-user-detail", person.pk)
    context = {"form": fill(form, draft_of(request))}
    return render(request, "directory/people/add.html", context, status=status_of(form))


@require(Permission.MANAGE_DIRECTORY)
def directory_user_edit(request: PortalRequest, person_id: UUID) -> HttpResponse:
    """Edit a person. Refused if somebody has changed the person since the page was opened."""
    person = find(request, person_id)
    form = PersonForm(request.POST or None, organization=request.organization, person=person)
    if form.is_valid():
        version = form.cleaned_data["version"]
        with Refusals(request, form):
            update_person(person, values=form.values, version=version, actor=request.actor)
            messages.success(request, _("Changes saved."))
            return redirect("directory-user-detail", person.pk)
    context = {"person": person, "form": fill(form, draft_of(request))}
    return render(request, "directory/people/edit.html", context, status=status_of(form))


def everybody(request: PortalRequest) -> QuerySet[Person]:
    return Person.objects.in_organization(request.organization)


def find(request: PortalRequest, person_id: UUID) -> Person:
    return find_or_404(request, Person.objects.select_related("organization", "manager"), pk=person_id)


def _list(request: PortalRequest, found: Found, page: Keyset[Person], table: Table) -> dict[str, Any]:
    """The context that both lists share."""
    filters = PeopleFilter(request.GET)
    may_manage = Permission.MANAGE_DIRECTORY in request.permissions
    return {
        "filters": filters,
        "page": page,
        "people": page.rows,
        "is_cut": found.is_cut,
        "total": count_of(found.people),
        "table": table if may_manage else table.without("select", "actions"),
        "retention_days": RETENTION.days,
        "counts": tab_counts(request.organization),
        "query": request.GET.urlencode(),
        "may_manage": may_manage,
        "is_part": wants_part(request),
        "first": page.first,
        "previous": page.previous,
        "next": page.next,
    }


def _assignments(person: Person, groups: list[Group]) -> list[Assignment]:
    """The assignments of the person and of the groups that the person is in directly."""
    related = Assignment.objects.select_related("application", "group").order_by("application__name", "pk")
    own = related.filter(person=person)[:MOST_GROUPS]
    return [*own, *related.filter(group__in=groups)[:MOST_GROUPS]]
