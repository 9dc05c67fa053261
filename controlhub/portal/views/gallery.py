"""The components of the pages, each with an example. Served only with DEBUG."""

from datetime import UTC, datetime
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlhub.actions.jobs import Description
from controlhub.models import Job
from controlhub.portal.bell import Bell
from controlhub.portal.charts import chart
from controlhub.portal.overview.decisions import Decision
from controlhub.portal.reveals import Reveal
from controlhub.portal.saved_views import MenuItem, ViewMenu
from controlhub.portal.shown_jobs import Shown
from controlhub.portal.tables import Column, Table
from controlhub.user_lists import Count

TABLE = Table(
    "Users",
    (
        Column("select", "Select", css="c-check", is_label_shown=False, is_labelled=False),
        Column("name", "Name", css="c-name", is_row_header=True, is_labelled=False),
        Column("status", "Status", sort="status"),
        Column("changed", "Last changed", css="hide-md muted"),
    ),
    css="people choose",
    order="status",
)
PEOPLE = [
    SimpleNamespace(name="Barbara Jensen", status="active", status_label="Active"),
    SimpleNamespace(name="Alex Smith", status="inactive", status_label="Inactive"),
    SimpleNamespace(name="Kim Brown", status="not_verified", status_label="Not verified"),
    SimpleNamespace(name="Sam Jones", status="deleted", status_label="Deleted"),
]
CHANGES = [
    {"attribute": "title", "op": "replaced", "old": "Tour Guide", "new": "Lead"},
    {"attribute": "active", "op": "added", "old": None, "new": "false"},
]
STEPS = [
    {"label": "Upload", "state": "done"},
    {"label": "Check", "state": "current"},
    {"label": "Import", "state": "next"},
]
BELL = Bell(
    [
        Shown(Job(state="running", total=120, done=30), Description("Import of people.csv")),
        Shown(Job(state="done", total=240, done=240), Description("Deactivate users")),
    ],
    [Decision("secure-lock-regular", "warn", "The token Entra expires soon", "It expires on 2 January.", "#", "Open")],
)
MENU = ViewMenu(
    [MenuItem("Due for permanent deletion this week", "#", count=Count(3))],
    [MenuItem("Leavers", "#", True, "#")],
    [],
    None,
    False,
    "#",
    "#",
    "All users",
)
FIELDS = Table(
    "People to add",
    (
        Column("number", "Row", css="num muted", is_row_header=True),
        Column("address", "Email address"),
        Column("name", "Name"),
    ),
    css="many",
)
FIELD_ROWS = [
    {"number": 1, "address": "barbara@example.com", "name": "Barbara Jensen"},
    {"number": 2, "address": "alex@", "name": "Alex Smith", "error": "Enter a valid email address."},
]
LINKS = Reveal(
    "Copy the invitation links",
    "Send each person their link.",
    codes=tuple(f"{name}@example.com https://hub.example.com/invitations/chub_{name}/" for name in ("barbara", "alex")),
    id="links",
)
REQUESTS = [(f"{hour:02}:00", (hour * 7) % 23) for hour in range(24)]


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    context = {
        "bell": BELL,
        "table": TABLE.sorted_by(request.GET),
        "people": PEOPLE,
        "moment": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "changes": CHANGES,
        "steps": STEPS,
        "chart": chart("Requests per hour", REQUESTS),
        "reveal": Reveal("Copy the token now", "It is shown once.", name="token", value="chub_example", id="example"),
        "links": LINKS,
        "empty_chart": chart("Deletions per day", [(f"{hour:02}:00", 0) for hour in range(24)]),
        "menu": MENU,
        "fields": FIELDS,
        "field_rows": FIELD_ROWS,
        "tones": ("cobalt", "violet", "mint", "orange", "slate", "pink", "gold"),
    }
    return render(request, "portal/gallery.html", context)
