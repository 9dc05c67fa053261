"""Single sign-on: the way to an organization's provider and back, and the page on which providers are set up."""

import logging
from typing import Any
from uuid import UUID

import requests
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.utils import get_request_param
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from controlhub.actions.providers import ProviderSettings, add_provider, change_provider, remove_provider
from controlhub.errors import DomainError, TooManyAttemptsError
from controlhub.limits import require_rate
from controlhub.models import IdentityProvider, Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.providers import ProviderForm
from controlhub.portal.signin.oidc import Adapter
from controlhub.vault import SealBrokenError

NONSENSE = (AttributeError, ImproperlyConfigured, LookupError, RecursionError, TypeError, ValueError)
"""What a provider's answers can lead to that are of another form than the standard's."""
logger = logging.getLogger(__name__)


@never_cache
@login_not_required
def sign_in_by_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """GET asks; POST leads to the provider, by a page of our own: form-action allows no form to end elsewhere."""
    return _flow(OAuth2LoginView, request, provider_id)


@never_cache
@require()
def sign_in_again_by_provider(request: PortalRequest, provider_id: UUID) -> HttpResponse:
    """The provider is asked to make sure once more who it is, for who cannot prove it here."""
    request.sign_in_again = True  # type: ignore[attr-defined]
    return _flow(OAuth2LoginView, request, provider_id)


@never_cache
@login_not_required
def provider_callback(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    return _flow(OAuth2CallbackView, request, provider_id)


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
        context = {"provider": provider, "process": get_request_param(request, "process"), "next": _next(request)}
        return render(request, "socialaccount/login.html", context)
    try:
        require_rate(request, "single_sign_on")
        response: HttpResponse = view.adapter_view(adapter)(request)
    except TooManyAttemptsError:
        return render(request, "429.html", status=429)
    except (OAuth2Error, requests.RequestException, *NONSENSE) as error:
        return render_authentication_error(request, provider, exception=error)
    if response.status_code == 302 and response["Location"].startswith(("https://", "http://")):
        return render(request, "socialaccount/leave.html", {"provider": provider, "address": response["Location"]})
    return response


def _next(request: HttpRequest) -> str:
    return str(get_request_param(request, "next") or "")


@require_safe
@require(Permission.MANAGE_ORGANIZATION)
def provider_list(request: PortalRequest) -> HttpResponse:
    return page(request, ProviderForm())


@require_POST
@require(Permission.MANAGE_ORGANIZATION, recently=True)
def provider_add(request: PortalRequest) -> HttpResponse:
    form = ProviderForm(request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    try:
        provider = add_provider(request.organization, ProviderSettings(**form.cleaned_data), actor=request.actor)
    except DomainError as error:
        form.add_error(error.field, error.message)
        return page(request, form, status=409)
    messages.success(request, f"{provider.name} is set up. Register its redirect URI there, then connect yourself.")
    return redirect("provider-list")


@require(Permission.MANAGE_ORGANIZATION, recently=True)
def provider_change(request: PortalRequest, provider_id: UUID) -> HttpResponse:
    provider = find(request, provider_id)
    form = ProviderForm(request.POST or None, initial=ProviderForm.of(provider))
    form.fields["client_secret"].required = False
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            change_provider(provider, ProviderSettings(**form.cleaned_data), actor=request.actor)
        except DomainError as error:
            form.add_error(error.field, error.message)
            status = 409
        else:
            messages.success(request, f"{form.cleaned_data['name']} is changed.")
            return redirect("provider-list")
    return render(request, "portal/providers/change.html", {"form": form, "provider": provider}, status=status)


@require(Permission.MANAGE_ORGANIZATION, recently=True)
def provider_remove(request: PortalRequest, provider_id: UUID) -> HttpResponse:
    provider = find(request, provider_id)
    if request.method != "POST":
        return render(request, "portal/providers/remove.html", {"provider": provider})
    remove_provider(provider, actor=request.actor)
    messages.success(request, f"{provider.name} is removed.")
    return redirect("provider-list")


def find(request: PortalRequest, provider_id: UUID) -> IdentityProvider:
    return get_object_or_404(IdentityProvider.objects.in_organization(request.organization), pk=provider_id)


def page(request: PortalRequest, form: ProviderForm, *, status: int = 200) -> HttpResponse:
    providers = IdentityProvider.objects.in_organization(request.organization).order_by("name")
    context = {"providers": [(provider, *addresses(provider)) for provider in providers], "form": form}
    return render(request, "portal/providers/list.html", context, status=status)


def addresses(provider: IdentityProvider) -> tuple[str, str]:
    """The redirect URI to register at the provider, and the address at which a sign-in by it begins."""
    where = {"provider_id": provider.pk}
    callback, entry = (reverse(name, kwargs=where) for name in ("openid_connect_callback", "openid_connect_login"))
    return settings.PUBLIC_URL + callback, settings.PUBLIC_URL + entry
