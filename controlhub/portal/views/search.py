"""The search over everything: a page, and the same results for the search window."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.search import SearchForm
from controlhub.portal.lookup.hits import Section
from controlhub.portal.lookup.ids import addresses_of, pasted_id
from controlhub.portal.lookup.sections import events_section, lists_for, sections_of
from controlhub.portal.partials import render_whole_or_part, wants_part


@require_safe
@require()
def search(request: PortalRequest) -> HttpResponse:
    """A pasted id opens the object it belongs to; any other text lists what matches it."""
    text = SearchForm(request.GET).text
    wanted = pasted_id(text)
    if wanted is None:
        sections = sections_of(request, text) if text else []
        return page(request, text, sections)
    addresses = addresses_of(wanted, request.organization, request.permissions)
    if len(addresses) == 1:
        return page(request, text, [], opens=addresses[0]) if wants_part(request) else redirect(addresses[0])
    return page(request, text, sections_of(request, text) if addresses else events_section(request, wanted))


def page(request: PortalRequest, text: str, sections: list[Section], *, opens: str = "") -> HttpResponse:
    lists = [] if opens else lists_for(request, text)
    context = {"text": text, "sections": sections, "opens": opens, "lists": lists}
    return render_whole_or_part(request, "portal/search/page.html", "portal/search/_results.html", context)
