"""Who may open a page: every view of the portal is decorated here, and nowhere else is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import SimpleLazyObject
from django_htmx.middleware import HtmxDetails

from audit.actor import Actor, ActorKind
from controlhub.models import Account, Organization, Permission, PurgeRun, PurgeState, Session, User
from controlhub.requests import client_address, request_id

P = ParamSpec("P")
RECENT = timedelta(minutes=15)
REOPENED = frozenset(
    {"user-detail", "user-deleted-list", "user-purge", "purge-list", "organization-detail", "account-detail"}
)


class PortalRequest(HttpRequest):
    """A request of a signed-in administrator."""

    htmx: HtmxDetails
    account: Account
    organization: Organization
    actor: Actor
    permissions: frozenset[Permission]
    notices: "Notices"


@dataclass(frozen=True, slots=True)
class Notices:
    """What waits for an administrator: a purge that is staged or held, and users to look at after a burst."""

    purge: str | None = None
    due: int | None = None
    review: int = 0

    @classmethod
    def of(cls, request: PortalRequest) -> "Notices":
        if Permission.PURGE_USERS not in request.permissions:
            return cls()
        own = OuterRef("pk")
        runs = PurgeRun.objects.filter(organization=own, state__in=[PurgeState.STAGED, PurgeState.HELD])
        burst = User.objects.filter(organization=own).awaiting_review().order_by().values("organization")
        found = Organization.objects.filter(pk=request.organization.pk).values_list(
            Subquery(runs.values("state")), Subquery(runs.values("due")), Subquery(burst.values(number=Count("pk")))
        )
        purge, due, review = found.get()
        return cls(purge, due, review or 0)


View = Callable[Concatenate[PortalRequest, P], HttpResponse]
GuardedView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def require(*permissions: Permission, recently: bool = False) -> Callable[[View[P]], GuardedView[P]]:
    """Open the page to active administrators whose role has all of these permissions.

    Signed out: the sign-in page, and back. Another role: 403. With `recently`, who signed in longer ago than RECENT
    proves it again first. Pages are never stored by caches.
    """

    def decorate(view: View[P]) -> GuardedView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            account = request.user
            if not isinstance(account, Account) or not account.is_active:
                return sign_in_first(request)
            if not account.permissions.issuperset(permissions):
                raise PermissionDenied
            if recently and not signed_in_recently(request):
                return redirect_to_login(_page(request), reverse("account_reauthenticate"))
            response = view(_open(request, account), *args, **kwargs)
            response.headers.setdefault("Cache-Control", "no-store, private")
            return response

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return cast("GuardedView[P]", guarded)

    return decorate


def signed_in_recently(request: HttpRequest) -> bool:
    """Whether whoever is signed in has proved who they are within RECENT."""
    sessions = Session.objects.filter(pk=request.session.session_key, created_at__gt=Now() - RECENT)
    return sessions.exists()


def _page(request: HttpRequest) -> str:
    """Where to come back to: this page, or the one that the form stood on, if it can be opened again."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    path = urlsplit(request.headers.get("Referer", "")).path
    try:
        return path if resolve(path).url_name in REOPENED else reverse("home")
    except Resolver404:
        return reverse("home")


def _open(request: HttpRequest, account: Account) -> PortalRequest:
    request.account = account  # type: ignore[attr-defined]
    request.organization = account.user.organization  # type: ignore[attr-defined]
    request.actor = actor_of(request, account)  # type: ignore[attr-defined]
    request.permissions = account.permissions  # type: ignore[attr-defined]
    request.notices = SimpleLazyObject(lambda: Notices.of(request))  # type: ignore[attr-defined, arg-type]
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
        role=account.role,
    )


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """The sign-in page, then back here; a partial update reloads the whole page instead."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("account_login")
        return response
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseRedirect(reverse("account_login"))
    return redirect_to_login(request.get_full_path(), reverse("account_login"))
