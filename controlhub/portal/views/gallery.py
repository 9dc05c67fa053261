"""The components of the pages, each with an example. Served only with DEBUG."""

from datetime import UTC, datetime
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlhub.portal.charts import chart
from controlhub.portal.reveals import Reveal
from controlhub.portal.tables import Column, Table

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
REQUESTS = [(f"{hour:02}:00", (hour * 7) % 23) for hour in range(24)]


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    context = {
        "table": TABLE.sorted_by(request.GET),
        "people": PEOPLE,
        "moment": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "changes": CHANGES,
        "steps": STEPS,
        "chart": chart("Requests per hour", REQUESTS),
        "reveal": Reveal("Copy the token now", "It is shown once.", name="token", value="chub_example", id="example"),
        "tones": ("cobalt", "violet", "mint", "orange", "slate", "pink", "gold"),
    }
    return render(request, "portal/gallery.html", context)
