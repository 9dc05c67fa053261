"""Single sign-on: redirecting to an organization's provider, and the callback."""

import logging
from typing import Any
from uuid import UUID

import requests
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from controlhub.errors import MALFORMED_INPUT_ERRORS, TooManyAttemptsError
from controlhub.models import Account, IdentityProvider, Organization
from controlhub.portal.access import PortalRequest, require, set_up_factor_first, signed_in_recently
from controlhub.portal.forms.session import LeaveForm
from controlhub.portal.signin.oidc import Adapter
from controlhub.security.rate_limits import require_rate
from controlhub.security.vault import SealBrokenError

logger = logging.getLogger(__name__)


@never_cache
@login_not_required
def sign_in_by_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """GET asks; POST leads to the provider through a page of ours, because form-action forbids redirects elsewhere.

    Anyone can sign in with any organization's provider; users can connect identities only with their own organization's
    provider. Connecting creates access, so it requires a recent confirmation of identity.
    """
    if is_connecting(request) and isinstance(request.user, Account):
        _require_own(request.user.user.organization, provider_id)
        if request.user.must_set_up_factor:
            return set_up_factor_first(request)
        if request.method == "POST" and not signed_in_recently(request):
            return redirect_to_login(reverse("mfa_index"), reverse("account_reauthenticate"))
    return _flow(OAuth2LoginView, request, provider_id)


@never_cache
@require()
def sign_in_again_by_provider(request: PortalRequest, provider_id: UUID) -> HttpResponse:
    """Asks the provider to authenticate the user again, for users who cannot confirm their identity here."""
    _require_own(request.organization, provider_id)
    request.sign_in_again = True  # type: ignore[attr-defined]
    return _flow(OAuth2LoginView, request, provider_id)


@never_cache
@login_not_required
def provider_callback(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    return _flow(OAuth2CallbackView, request, provider_id)


def is_connecting(request: HttpRequest) -> bool:
    """Whether the request connects an identity: in its body or its query string, because allauth reads both."""
    forms = (LeaveForm(request.POST), LeaveForm(request.GET))
    return any(form.is_valid() and form.cleaned_data["process"] == AuthProcess.CONNECT for form in forms)


def _require_own(organization: Organization, provider_id: UUID) -> None:
    """Http404 unless the provider belongs to the user's organization."""
    get_object_or_404(IdentityProvider.objects.in_organization(organization), pk=provider_id)


def _flow(view: Any, request: HttpRequest, provider_id: UUID) -> HttpResponse:
    adapter = Adapter(request, str(provider_id))
    try:
        provider = adapter.get_provider()
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except SealBrokenError:
        logger.exception("The client secret of provider %s does not open: was ENCRYPTION_KEY changed?", provider_id)
        return render(request, "socialaccount/authentication_error.html", status=503)
    if request.method != "POST" and view is OAuth2LoginView:
        form = LeaveForm(request.GET)
        asked = form.cleaned_data if form.is_valid() else {}
        context = {"provider": provider, "process": asked.get("process"), "next": asked.get("next")}
        return render(request, "socialaccount/login.html", context)
    try:
        require_rate(request, "single_sign_on")
        response: HttpResponse = view.adapter_view(adapter)(request)
    except TooManyAttemptsError:
        return render(request, "429.html", status=429)
    except (OAuth2Error, requests.RequestException, ImproperlyConfigured, *MALFORMED_INPUT_ERRORS) as error:
        return render_authentication_error(request, provider, exception=error)
    if response.status_code == 302 and response["Location"].startswith(("https://", "http://")):
        return render(request, "socialaccount/leave.html", {"provider": provider, "address": response["Location"]})
    return response
