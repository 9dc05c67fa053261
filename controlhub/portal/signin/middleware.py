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
"""Sent by pages that update themselves: such a request does not show that somebody is there."""


class SignInMiddleware(AuthenticationMiddleware):
    """Django's middleware, for which a session that the sign-in policy has ended is nobody's.

    It decides when a view asks who is signed in, by what is read for that anyway: the session, and the account with its
    organization.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = cast(Any, SimpleLazyObject(lambda: user_of(request)))


def user_of(request: HttpRequest) -> Any:
    """The account behind the request's session, if the sign-in policy lets it go on; nobody otherwise."""
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
    """End the session that is used from elsewhere, in every browser that has its cookie."""
    key = request.session.session_key or ""
    end_refused_session(account, key, reason=NETWORK_NOT_ALLOWED, actor=actor_of(request, account))
    messages.error(request, network_text(request), fail_silently=True)
    request.session.flush()
    return AnonymousUser()


def end_text(session: Session) -> str:
    """Which policy ended the session, if the policies are still as they were then."""
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
