"""The list of groups: by name or newest first, paged by cursor."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from controlhub.models import Group, Membership, Permission
from controlhub.models.counts import RowCount
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.filters import CursorForm
from controlhub.portal.forms.groups import HERE, GroupSearch
from controlhub.portal.partials import render_whole_or_part, wants_part
from controlhub.portal.saved_views import GROUPS, view_menu
from controlhub.portal.searches import find_groups
from controlhub.portal.tables import Column, Table

PAGE = 25
SCANNED = 5_000
"""A filter without a search or an index examines at most this many groups, the first ones in the order."""
TABLE = Table(
    _("Groups"),
    (
        Column("name", _("Name"), css="c-name", sort="display_name_key", is_row_header=True, is_labelled=False),
        Column("source", _("Source"), css="wrap"),
        Column("members", _("Members"), css="num c-count"),
        Column("children", _("Nested groups"), css="num hide-md c-nested"),
        Column("grants", _("Granted role")),
        Column("created", _("Created"), css="hide-lg muted c-when", sort="ordinal"),
    ),
    css="list groups",
    order="name",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A group in the list, with the number of groups among its direct members."""

    group: Group
    children: int


@require_safe
@require(Permission.VIEW_GROUPS)
def group_list(request: PortalRequest) -> HttpResponse:
    table = TABLE.sorted_by(request.GET)
    form = GroupSearch(request.GET, organization=request.organization)
    filters = form.chosen
    groups, is_cut = _filtered(request, filters)
    cursor = CursorForm(request.GET).cursor
    found, has_previous, has_next = _page(groups, table, cursor["after"], cursor["before"])
    context = {
        "table": table,
        "form": form,
        "groups": _listed(found),
        "is_filtered": bool(filters),
        "number": None if filters else RowCount.objects.total(request.organization.pk, "controlhub_group"),
        "menu": view_menu(request, GROUPS),
        "is_part": wants_part(request),
        "is_cut": is_cut,
        "previous": address(request.GET, before=found[0].pk) if has_previous and found else "",
        "next": address(request.GET, after=found[-1].pk) if has_next and found else "",
        "first": address(request.GET) if has_previous else "",
    }
    return render_whole_or_part(request, "portal/groups/list.html", "portal/groups/_table.html", context)


def address(query: QueryDict, **cursor: UUID) -> str:
    """This page's query with another cursor."""
    changed = query.copy()
    for name in ("after", "before"):
        changed.pop(name, None)
    for name, value in cursor.items():
        changed[name] = str(value)
    return f"?{changed.urlencode()}"


def _filtered(request: PortalRequest, filters: dict[str, str]) -> tuple[QuerySet[Group], bool]:
    """The groups that match the filters, and whether the search stopped at its limit."""
    groups, is_cut = Group.objects.in_organization(request.organization), False
    if text := filters.get("q"):
        found = find_groups(request.organization, text)
        groups, is_cut = groups.filter(pk__in=found.ids), found.is_cut
    if role := filters.get("grants"):
        given = Q(role_mapping__isnull=False) if role == "any" else Q(role_mapping__role=role)
        groups = groups.filter(given)
    if source := filters.get("source"):
        owner = Q(connection=None) if source == HERE else Q(connection=source)
        groups = groups.filter(owner)
        if not filters.keys() & {"q", "grants"}:
            scanned = Group.objects.in_organization(request.organization).order_by("display_name_key", "ordinal")
            ids = list(scanned.values_list("pk", flat=True)[: SCANNED + 1])
            groups, is_cut = groups.filter(pk__in=ids[:SCANNED]), len(ids) > SCANNED
    return groups, is_cut


def _page(
    groups: QuerySet[Group], table: Table, after: UUID | None, before: UUID | None
) -> tuple[list[Group], bool, bool]:
    """The groups of the page, and whether there are others before and after it."""
    is_descending = table.ordering.startswith("-") is not bool(before)
    column = table.ordering.removeprefix("-")
    at = _at_cursor(groups, before or after)
    if at is not None:
        groups = groups.filter(_beyond(at, column, is_descending=is_descending))
    sign = "-" if is_descending else ""
    ordered = groups.order_by(*dict.fromkeys((f"{sign}{column}", f"{sign}ordinal")))
    found = list(ordered.select_related("connection", "role_mapping")[: PAGE + 1])
    has_more = len(found) > PAGE
    if before and at:
        return found[:PAGE][::-1], has_more, True
    return found[:PAGE], at is not None, has_more


def _at_cursor(groups: QuerySet[Group], pk: UUID | None) -> Group | None:
    """The group that the cursor names; None for the first page."""
    return groups.filter(pk=pk).first() if pk else None


def _beyond(at: Group, column: str, *, is_descending: bool) -> Q:
    """The rows after this one in the order. An index serves the first condition."""
    side = "lt" if is_descending else "gt"
    if column == "ordinal":
        return Q(**{f"ordinal__{side}": at.ordinal})
    key = at.display_name_key
    same = Q(display_name_key=key, **{f"ordinal__{side}": at.ordinal})
    return Q(**{f"display_name_key__{side}e": key}) & (Q(**{f"display_name_key__{side}": key}) | same)


def _listed(groups: list[Group]) -> list[Listed]:
    """The groups with the number of groups inside each; takes no query if the organization does not nest groups."""
    counts: dict[UUID, int] = {}
    if groups and groups[0].organization.nests_groups:
        rows = Membership.objects.filter(group__in=groups, child__isnull=False)
        for group_id in rows.values_list("group_id", flat=True):
            counts[group_id] = counts.get(group_id, 0) + 1
    return [Listed(group, counts.get(group.pk, 0)) for group in groups]
