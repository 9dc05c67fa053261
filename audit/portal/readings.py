"""Records who reads the log: once per session and hour, with the number of pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpResponse

from controlhub.actions.exports import reading
from controlhub.actions.repeats import record_if_possible
from controlhub.portal.access import PortalRequest

P = ParamSpec("P")
View = Callable[Concatenate[PortalRequest, P], HttpResponse]


def notes_reading(view: View[P]) -> View[P]:
    """Record that a page of events was read. The event is recorded after the page was made, so it is not on it."""

    @wraps(view)
    def noted(request: PortalRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        session = request.session.session_key
        record_if_possible([reading(request.organization, by="page", session=session, actor=request.actor)])
        return response

    return cast("View[P]", noted)
