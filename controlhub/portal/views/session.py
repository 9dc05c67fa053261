"""Signing in and out, and the appearance of the portal."""

from typing import Any
from uuid import UUID

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login
from allauth.account.views import LoginView, PasswordResetDoneView, PasswordResetFromKeyView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from audit.vocabulary import AuditAction, Result
from controlhub.actions.admins import set_theme
from controlhub.actions.mail import is_mail_sent
from controlhub.models import Account, IdentityProvider, Organization
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import has_draft
from controlhub.portal.forms.session import NextForm, ThemeForm
from controlhub.portal.signin.accounts import may_go_on, note, note_locked
from controlhub.portal.signin.attempts import forgive_attempts
from controlhub.portal.signin.devices import device_of, remember_device
from controlhub.security.rate_limits import require_rate

SYSTEM_THEME = "auto"


def refusal_of(form: Any) -> int:
    """The status of a refused confirmation: 429 if it was not checked, otherwise 401."""
    return 429 if codes_of(form) & {"too_many_login_attempts", "rate_limited"} else 401


def was_wrong(form: Any) -> bool:
    """Whether a confirmation was submitted and checked."""
    return "incorrect_code" in codes_of(form)


def note_failed(request: HttpRequest, account: Account, form: Any, *, method: str = "second factor") -> None:
    """Record a confirmation that failed, or was not checked because there were too many."""
    if refusal_of(form) == 429:
        note_locked(request, account, method=method)
    elif was_wrong(form):
        note(AuditAction.SIGN_IN_FAILED, request, account, result=Result.FAILURE, method=method)


def codes_of(form: Any) -> set[str | None]:
    return {error.code for errors in form.errors.as_data().values() for error in errors}


class _Begun:
    """Ends a sign-in that cannot continue, instead of a redirect loop or an error."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if LOGIN_SESSION_KEY in request.session and not may_go_on(request):
            clear_login(request)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class _Refusing:
    """Returns the status of a refusal for a wrong confirmation."""

    def form_invalid(self: Any, form: Any) -> HttpResponse:
        page: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=refusal_of(form))
        return page


class SignIn(_Begun, _Refusing, LoginView):
    """Address and password, a passkey, or a provider of an organization that was signed in to in this browser.

    In every other browser the page is the same: it names no organization and no provider.
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listed = IdentityProvider.objects.filter(is_listed=True, organization__in=self.organizations())
        return super().get_context_data(**kwargs) | {"providers": listed.order_by("name", "pk")}

    def organizations(self) -> set[UUID]:
        """The ids of the organizations whose providers are offered."""
        return device_of(self.request).organizations


class SignInToOrganization(SignIn):
    """An organization's own sign-in address, where its providers are offered to anyone with the address."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        get_object_or_404(Organization, pk=kwargs["organization_id"])
        return super().dispatch(request, *args, **kwargs)

    def organizations(self) -> set[UUID]:
        return {self.kwargs["organization_id"]}


class NewPassword(PasswordResetFromKeyView):
    """A new password, on the page that a mailed link opens.

    This resets the count of wrong passwords, so that the account's owner can always sign in afterwards.
    """

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        forgive_attempts(self.request, self.reset_user.sign_in_key)
        remember_device(self.request, response, self.reset_user)
        return response


class SecondFactor(_Begun, AuthenticateView):
    """A code or a security key, after the password."""

    def form_invalid(self, form: Any) -> HttpResponse:
        note_failed(self.request, self.stage.login.user, form)
        response = super().form_invalid(form)
        response.status_code = refusal_of(form)
        return response


class SignInByPasskey(_Begun, LoginWebAuthnView):
    """A verified passkey counts as two factors: possession, and a PIN or biometrics."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require_rate(request, "passkey_challenge")
        return super().get(request, *args, **kwargs)


class ResetSent(PasswordResetDoneView):
    """The same page for everybody who asks for a new password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"is_mail_sent": is_mail_sent()}


class _Again:
    """Tells the user that their input is kept."""

    request: PortalRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context | {"has_draft": has_draft(self.request)}


class AgainByPassword(_Again, _Refusing, ReauthenticateView):
    """Asks for the password again, before access is given or protection is removed."""


class AgainByCode(_Again, _Refusing, CodeAgainView):
    def form_invalid(self, form: Any) -> HttpResponse:
        note_failed(self.request, self.request.account, form)
        return super().form_invalid(form)


class AgainByKey(_Again, _Refusing, ReauthenticateWebAuthnView):
    """Asks for a passkey again."""

    def form_invalid(self, form: Any) -> HttpResponse:
        note_failed(self.request, self.request.account, form, method="webauthn")
        return super().form_invalid(form)


def sign_out(request: HttpRequest) -> HttpResponse:
    """Opening or reloading the address redirects to the first page without signing out."""
    if request.method != "POST":
        return redirect("home")
    if isinstance(request.user, Account):
        note(AuditAction.SIGNED_OUT, request, request.user)
    logout(request)
    return redirect("account_login")


@require(page="home")
def choose_theme(request: PortalRequest) -> HttpResponse:
    form = ThemeForm(request.POST)
    if form.is_valid():
        theme = form.cleaned_data["theme"]
        set_theme(request.account, theme="" if theme == SYSTEM_THEME else theme)
    return HttpResponseRedirect(next_page(request))


def next_page(request: HttpRequest) -> str:
    """The path in `next` if it is one of ours, else the first page."""
    form = NextForm(request.POST)
    wanted = form.cleaned_data["next"] if form.is_valid() else ""
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=settings.SERVED_OVER_HTTPS
    ):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
