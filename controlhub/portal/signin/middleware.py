"""Whether a session may be used for a request: its length, and allowed networks.

`accounts.py` checks the networks at sign-in, too.
"""

from datetime import timedelta
from typing import Any, cast

from django.contrib import auth, messages
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controlhub.actions.sessions import end_refused_session, note_request
from controlhub.models import Account, Organization, Session
from controlhub.portal.access import actor_of
from controlhub.portal.signin.networks import NETWORK_NOT_ALLOWED, is_network_allowed, network_text

POLL = "X-Poll"
"""Sent by pages that refresh themselves: such a request does not count as activity of the user."""


class SignInMiddleware(AuthenticationMiddleware):
    """Django's middleware, except that a session that the sign-in policy has ended has no user.

    It decides when a view reads `request.user`, from the rows that this loads anyway: the session, and the account with
    its organization.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = cast(Any, SimpleLazyObject(lambda: user_of(request)))


def user_of(request: HttpRequest) -> Any:
    """The account of the request's session, if the sign-in policy lets it continue; otherwise an anonymous user."""
    account = auth.get_user(request)
    session: Any = request.session
    if not isinstance(account, Account):
        if session.ended and session.ended.account_id:
            messages.info(request, end_text(session.ended), fail_silently=True)
            session.ended = None
        return account
    if is_network_allowed(request, account):
        if session.row and POLL not in request.headers:
            note_request(session.row, account.user.organization, at=session.read_at)
        return account
    return refuse_network(request, account)


def refuse_network(request: HttpRequest, account: Account) -> AnonymousUser:
    """End a session that is used from a network that is not allowed, in every browser that has its cookie."""
    key = request.session.session_key or ""
    end_refused_session(account, key, reason=NETWORK_NOT_ALLOWED, actor=actor_of(request, account))
    messages.error(request, network_text(request), fail_silently=True)
    request.session.flush()
    return AnonymousUser()


def end_text(session: Session) -> str:
    """The message that says which policy ended the session, if the policies have not changed since then."""
    found = Organization.objects.filter(users__account=session.account_id)
    hours, idle = found.values_list("session_hours", "session_idle_minutes").get()
    if session.expire_date >= session.started_at + timedelta(hours=hours):
        return ngettext(
            "Your session ended {number} hour after you signed in. Sign in again.",
            "Your session ended {number} hours after you signed in. Sign in again.",
            hours,
        ).format(number=hours)
    if session.expire_date >= session.seen_at + timedelta(minutes=idle):
        return ngettext(
            "Your session ended after {number} minute without activity. Sign in again.",
            "Your session ended after {number} minutes without activity. Sign in again.",
            idle,
        ).format(number=idle)
    return _("Your session has ended. Sign in again.")
