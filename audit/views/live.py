"""The number of events newer than the newest one on a page, for pages that follow the log."""

from django.http import HttpResponse, JsonResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from audit.lists import Criteria, InvalidFilterError
from audit.lists.questions import questions_of
from audit.portal.forms import PARAMETERS, PlaceForm
from audit.views.lists import load
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.user_lists import TooBroadError

MOST = 100


@require_safe
@require(Permission.VIEW_AUDIT)
def event_live(request: PortalRequest) -> HttpResponse:
    """`number` is at most MOST. `after` is the newest event of the page, empty if the page has none.

    The response is a hint to reload the page: events that were committed late appear there but are not counted here.
    """
    query = request.GET.copy()
    query["size"] = str(MOST)
    try:
        criteria = Criteria.read(query, also=PARAMETERS)
    except InvalidFilterError as error:
        return JsonResponse({"error": str(error)}, status=400)
    form = PlaceForm(query)
    try:
        page = load(questions_of(request.organization, criteria), form, form.place(request.organization))
    except TooBroadError:
        page = None
    number = len(page.events) if page else 0
    text = ngettext("Show {number} new event", "Show {number} new events", number)
    return JsonResponse({"number": number, "text": text.format(number=f"{MOST}+" if number == MOST else number)})
