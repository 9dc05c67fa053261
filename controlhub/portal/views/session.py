"""Signing in and out, and how the portal looks for the person who signed in."""

import time

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from audit.vocabulary import AuditAction
from controlhub.actions.admins import set_theme
from controlhub.errors import TooManyAttemptsError
from controlhub.models import Account, Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.session import PasswordForm, SignInForm
from controlhub.portal.signin import note, sign_in
from controlhub.requests import client_address
from controlhub.sessions import ADDRESS, BEGAN, USER_AGENT

FIRST_PAGES = ((Permission.VIEW_USERS, "user-list"), (Permission.VIEW_AUDIT, "event-list"))
THEMES = {"auto": "", "light": "light", "dark": "dark"}


@require_safe
@require()
def home(request: PortalRequest) -> HttpResponse:
    """The first page that the role may see; every role sees one."""
    return redirect(next(page for permission, page in FIRST_PAGES if permission in request.permissions))


@sensitive_post_parameters("password")
@never_cache
def sign_in_page(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, Account):
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            account = sign_in(request, address=form.cleaned_data["address"], password=form.cleaned_data["password"])
        except TooManyAttemptsError as error:
            form.add_error(None, error.message)
            status = 429
        else:
            if account:
                begin_session(request, account)
                return redirect(next_page(request))
            form.add_error(None, "Email address or password are not right, or this user is Inactive.")
            status = 401
    return render(request, "portal/session/sign_in.html", {"form": form, "next": next_page(request)}, status=status)


def begin_session(request: HttpRequest, account: Account) -> None:
    """A new session, which remembers where and with what the sign-in was made."""
    login(request, account)
    request.session[ADDRESS] = client_address(request)
    request.session[USER_AGENT] = request.headers.get("User-Agent", "")[:500]
    request.session[BEGAN] = time.time()


@sensitive_post_parameters("password")
@require()
def sign_in_again(request: PortalRequest) -> HttpResponse:
    """The password once more, before something that cannot be undone."""
    form = PasswordForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            account = sign_in(request, address=request.account.sign_in_address, password=form.cleaned_data["password"])
        except TooManyAttemptsError as error:
            form.add_error(None, error.message)
            status = 429
        else:
            if account:
                request.session.cycle_key()
                request.session[BEGAN] = time.time()
                return redirect(next_page(request))
            form.add_error(None, "This is not your password.")
            status = 401
    context = {"form": form, "next": next_page(request)}
    return render(request, "portal/session/sign_in_again.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, Account):
        note(AuditAction.SIGNED_OUT, request, request.user)
    logout(request)
    return redirect("sign-in")


@require_POST
@require()
def choose_theme(request: PortalRequest) -> HttpResponse:
    theme = THEMES.get(request.POST.get("theme", ""))
    if theme is not None:
        set_theme(request.account, theme=theme)
    return redirect(next_page(request))


def next_page(request: HttpRequest) -> str:
    """The address in `next` if it is one of ours, else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=settings.SERVED_OVER_HTTPS
    ):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
