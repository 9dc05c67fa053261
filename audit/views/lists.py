"""The log: filters, the histogram, and a page of events."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.lists import Criteria, InvalidFilterError, Page, Place, load_page
from audit.lists.criteria import DATES, FILTERS
from audit.lists.pages import count_events
from audit.lists.questions import Questions, questions_of
from audit.portal.facets import changed, facets, is_filtered
from audit.portal.forms import PARAMETERS, PLACES, SIZES, LooksForm, PlaceForm
from audit.portal.histogram import histogram
from audit.portal.readings import notes_reading
from audit.portal.rows import days_of
from audit.portal.saved_views import EVENTS
from audit.sentences import Sentences
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.listed_users import Link
from controlhub.portal.partials import render_whole_or_part, wants_part
from controlhub.portal.saved_views import view_menu
from controlhub.user_lists import TooBroadError


@require_safe
@require(Permission.VIEW_AUDIT)
@notes_reading
def event_list(request: PortalRequest) -> HttpResponse:
    """A page starts at the event in the URL, so it costs the same however far back it is."""
    query = request.GET.copy()
    query.pop("form_id", None)
    form, layout = PlaceForm(query), LooksForm(query).layout
    place = form.place(request.organization)
    context: dict[str, Any] = {
        "layout": layout,
        "table": layout.table(),
        "menu": view_menu(request, EVENTS),
        "tab": query.get("tab", ""),
        "q": query.get("q", ""),
        "is_filtered": is_filtered(query, ("q", *DATES, *FILTERS)),
        "is_part": wants_part(request),
        "query": query.urlencode(),
        "first": changed(query),
        "is_first": not is_filtered(query, PLACES),
        "errors": {},
    }
    try:
        criteria = Criteria.read(query, also=PARAMETERS)
        if "at" in form.errors:
            raise InvalidFilterError({"at": str(form.errors["at"][0])})
    except InvalidFilterError as error:
        context["errors"] = error.errors
    else:
        context |= _answered(request, query, criteria, place)
    context["facets"] = facets(query, request.organization, context["errors"])
    return render_whole_or_part(request, "audit/list.html", "audit/_list.html", context)


def _answered(request: PortalRequest, query: QueryDict, criteria: Criteria, place: Place) -> dict[str, Any]:
    """The page with its histogram and count. Parts that would read too many events are left out."""
    try:
        questions = questions_of(request.organization, criteria)
    except TooBroadError:
        return {"is_too_broad": True}
    return {
        **_found(request, query, load(questions, PlaceForm(query), place)),
        "histogram": histogram(query, questions, criteria.period),
        "count": count_events(questions),
        "is_cut": questions.is_cut,
    }


def load(questions: Questions, form: PlaceForm, place: Place) -> Page | None:
    """The page; None if the filters would read too many events."""
    try:
        return load_page(questions, place, size=form.page_size)
    except TooBroadError:
        return None


def _found(request: PortalRequest, query: QueryDict, page: Page | None) -> dict[str, Any]:
    if page is None:
        return {"is_too_broad": True}
    layout = LooksForm(query).layout
    events = Sentences(request.organization, page.events).each()
    size = PlaceForm(query).page_size
    return {
        "days": days_of(events, layout.table()),
        "number": len(events),
        "newest": page.events[0].pk if page.events else "",
        "pager": _pager(query, page),
        "sizes": [
            Link(str(number), changed(query, size="" if number == SIZES[0] else str(number)), number == size)
            for number in SIZES
        ],
    }


def _pager(query: QueryDict, page: Page) -> list[Link]:
    """Links to the first, newer and older page."""
    events = page.events
    return [
        Link(_("First"), changed(query) if page.has_newer else ""),
        Link(_("Newer"), changed(query, after=str(events[0].pk)) if page.has_newer and events else ""),
        Link(_("Older"), changed(query, before=str(events[-1].pk)) if page.has_older and events else ""),
    ]
