"""Access to pages: every view has this module's decorator, which checks permissions.

`signin/middleware.py` has already decided whether the session and its network count.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _lazy
from django_htmx.middleware import HtmxDetails

from audit.actor import Actor, ActorKind
from controlhub.middleware.client_addresses import client_address
from controlhub.middleware.request_ids import request_id
from controlhub.middleware.shares import note_share
from controlhub.models import Account, Organization, Permission, Session
from controlhub.portal.drafts import drop_draft, keep_draft
from controlhub.portal.factor_setup import FACTOR_SETUP, FACTOR_SETUP_PAGES
from controlhub.portal.navigation import Entry, Section, navigation
from controlhub.portal.notices import Notices
from controlhub.portal.once import first_time
from controlhub.portal.reveals import drop_expired, reveals_on
from controlhub.portal.step_up import RECENT, asks_for_proof
from controlhub.text.time_zones import time_zone_of

if TYPE_CHECKING:
    from controlhub.portal.reveals import Reveal

P = ParamSpec("P")
Row_co = TypeVar("Row_co", bound=Model, covariant=True)
SENT_BEFORE = _lazy("This form was already submitted. It was not submitted again.")


class Scoped(Protocol[Row_co]):
    """Rows that each belong to an organization."""

    def in_organization(self, organization: Organization, /) -> QuerySet[Row_co]: ...


class PortalRequest(HttpRequest):
    """A request from a signed-in administrator."""

    htmx: HtmxDetails
    account: Account
    organization: Organization
    actor: Actor
    permissions: frozenset[Permission]
    notices: Notices
    reveals: list["Reveal"]
    navigation: list[tuple[Section, list[Entry]]]


View = Callable[Concatenate[PortalRequest, P], HttpResponse]
GuardedView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def require(
    *permissions: Permission, page: str = "", is_background: bool = False
) -> Callable[[View[P]], GuardedView[P]]:
    """Open the page to active administrators whose role has all of these permissions.

    Users who are not signed in are sent to the sign-in page and back. Other roles get a 403. Where `step_up.STEP_UP`
    requires it, users whose last confirmation is older than RECENT confirm their identity first; the form keeps its
    input. While a required second factor is missing, only the pages that set one up open. A view with `page` accepts
    only POST; opening its address redirects to that page. A form that was already submitted is ignored. Caches never
    store pages.
    A view with `is_background` refreshes a part of other pages: if the user is signed out, it leaves the page and its
    input unchanged.
    """

    def decorate(view: View[P]) -> GuardedView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            account = request.user
            if not isinstance(account, Account) or not account.is_active:
                return sign_in_first(request, is_background=is_background)
            _follow_choices_of(account)
            if account.must_set_up_factor and _name(request) not in FACTOR_SETUP_PAGES:
                return set_up_factor_first(request, is_background=is_background)
            if not account.permissions.issuperset(permissions):
                raise PermissionDenied
            if page and request.method != "POST":
                return _opened(request, page, kwargs)
            if asks_for_proof(_name(request), request.method) and not signed_in_recently(request):
                return _prove_first(request, page, kwargs)
            opened = _open(request, account)
            if request.method == "POST":
                response = _sent(opened, page, kwargs, lambda: view(opened, *args, **kwargs))
            else:
                response = view(opened, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "no-store, private")
            return response

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return cast("GuardedView[P]", guarded)

    return decorate


def _follow_choices_of(account: Account) -> None:
    """Use the language and the time zone that the administrator chose. The middleware resets both after the request."""
    if account.language in dict(settings.LANGUAGES):
        translation.activate(account.language)
    if account.time_zone:
        timezone.activate(time_zone_of(account.time_zone))


def find_or_404(request: PortalRequest, rows: Scoped[Row_co], **lookup: object) -> Row_co:
    """The row that matches, if it belongs to the administrator's own organization; otherwise raises Http404."""
    return get_object_or_404(rows.in_organization(request.organization), **lookup)


def _name(request: HttpRequest) -> str | None:
    return request.resolver_match.url_name if request.resolver_match else None


def _opened(request: HttpRequest, page: str, kwargs: dict[str, Any]) -> HttpResponse:
    """The response to opening or reloading an address that only takes a form."""
    if request.method in {"GET", "HEAD"}:
        return HttpResponseRedirect(page_address(page, kwargs))
    return HttpResponseNotAllowed(["GET", "HEAD", "POST"])


def _sent(
    request: PortalRequest, page: str, kwargs: dict[str, Any], answer: Callable[[], HttpResponse]
) -> HttpResponse:
    """The response to a form, unless it was already submitted."""
    drop_draft(request)
    with first_time(request) as is_first:
        if is_first:
            return answer()
    messages.info(request, SENT_BEFORE)
    return HttpResponseRedirect(page_address(page, kwargs) if page else request.path)


def _prove_first(request: HttpRequest, page: str, kwargs: dict[str, Any]) -> HttpResponse:
    """Redirects to the page that confirms identity, then back to this page or the page of the form."""
    back = request.get_full_path()
    if request.method == "POST":
        keep_draft(request)
        back = page_address(page, kwargs) if page else request.path
    return redirect_to_login(back, reverse("account_reauthenticate"))


def page_address(page: str, kwargs: dict[str, Any]) -> str:
    """The address of the page with this name: with the same identifiers if it takes them, else without."""
    try:
        return reverse(page, kwargs=kwargs)
    except NoReverseMatch:
        return reverse(page)


def signed_in_recently(request: HttpRequest) -> bool:
    """Whether the signed-in user has confirmed their identity within RECENT."""
    sessions = Session.objects.filter(pk=request.session.session_key, created_at__gt=Now() - RECENT)
    return sessions.exists()


def _open(request: HttpRequest, account: Account) -> PortalRequest:
    opened = cast(PortalRequest, request)
    opened.account, opened.organization = account, account.user.organization
    note_share(request, opened.organization.pk)
    opened.actor = actor_of(request, account)
    opened.permissions = account.permissions
    opened.notices = cast(Notices, SimpleLazyObject(lambda: Notices.of(opened.organization, opened.permissions)))
    opened.reveals = cast(list["Reveal"], SimpleLazyObject(lambda: reveals_on(opened)))
    opened.navigation = navigation(account.permissions, _name(request) or "")
    drop_expired(opened)
    return opened


def actor_of(request: HttpRequest, account: Account) -> Actor:
    """The administrator as an actor of audit events."""
    return visitor(request)._replace(id=str(account.user_id), label=account.sign_in_address, role=account.role)


def visitor(request: HttpRequest) -> Actor:
    """The sender of the request as an actor without an identity."""
    agent = request.headers.get("User-Agent", "")
    return Actor(ActorKind.ADMIN, address=client_address(request), user_agent=agent, request_id=request_id())


def sign_in_first(request: HttpRequest, *, is_background: bool = False) -> HttpResponse:
    """Redirects to the sign-in page (and back, if a whole page was requested); background updates do not redirect."""
    if getattr(request, "htmx", False) or request.method not in {"GET", "HEAD"}:
        return _whole_page(request, reverse("account_login"), is_background=is_background)
    return redirect_to_login(request.get_full_path(), reverse("account_login"))


def set_up_factor_first(request: HttpRequest, *, is_background: bool = False) -> HttpResponse:
    """Redirects to the page on which an administrator sets up a second factor. Input is kept, but has no effect."""
    if request.method == "POST":
        keep_draft(request)
    return _whole_page(request, reverse(FACTOR_SETUP), is_background=is_background)


def _whole_page(request: HttpRequest, address: str, *, is_background: bool) -> HttpResponse:
    """Redirects the browser to a page, even from a partial update; background updates do not redirect."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={} if is_background else {"HX-Redirect": address})
    return HttpResponseRedirect(address)
