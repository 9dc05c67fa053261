"""Who may open a page: every view of the portal is decorated here, and nowhere else is asked."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from audit.actor import Actor, ActorKind
from controlhub.models import Account, Organization, Role
from controlhub.requests import client_address, request_id

P = ParamSpec("P")
EVERY_ADMIN = tuple(Role)
WRITERS = (Role.FULL_ADMIN,)


class PortalRequest(HttpRequest):
    """A request of a signed-in administrator."""

    htmx: HtmxDetails
    account: Account
    organization: Organization
    actor: Actor
    may_write: bool


View = Callable[Concatenate[PortalRequest, P], HttpResponse]
GuardedView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def require_role(*roles: Role) -> Callable[[View[P]], GuardedView[P]]:
    """Open the page to active administrators with one of these roles.

    Signed out: the sign-in page, and back. Another role: 403. Pages are never stored by caches.
    """

    def decorate(view: View[P]) -> GuardedView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            account = request.user
            if not isinstance(account, Account) or not account.is_active:
                return sign_in_first(request)
            if account.role not in roles:
                raise PermissionDenied
            response = view(_open(request, account), *args, **kwargs)
            response.headers.setdefault("Cache-Control", "no-store, private")
            return response

        guarded.required_roles = roles  # type: ignore[attr-defined]
        return cast("GuardedView[P]", guarded)

    return decorate


def _open(request: HttpRequest, account: Account) -> PortalRequest:
    request.account = account  # type: ignore[attr-defined]
    request.organization = account.user.organization  # type: ignore[attr-defined]
    request.actor = actor_of(request, account)  # type: ignore[attr-defined]
    request.may_write = account.role in WRITERS  # type: ignore[attr-defined]
    return request  # type: ignore[return-value]


def actor_of(request: HttpRequest, account: Account) -> Actor:
    """The administrator as the audit log remembers them."""
    return Actor(
        ActorKind.ADMIN,
        id=str(account.user_id),
        label=account.sign_in_address,
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", ""),
        request_id=request_id(),
    )


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """The sign-in page, then back here; a partial update reloads the whole page instead."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("sign-in")
        return response
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseRedirect(reverse("sign-in"))
    return redirect_to_login(request.get_full_path(), reverse("sign-in"))
