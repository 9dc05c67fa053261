"""The identity providers of an organization: set up, changed, removed."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from controlhub.actions.providers import ProviderSettings, add_provider, change_provider, remove_provider
from controlhub.errors import DomainError
from controlhub.models import IdentityProvider, Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.providers import ProviderForm
from controlhub.public_urls import sign_in_url


@require_safe
@require(Permission.MANAGE_ORGANIZATION)
def provider_list(request: PortalRequest) -> HttpResponse:
    return page(request, fill(ProviderForm(), draft_of(request, reverse("provider-add"))))


@require(Permission.MANAGE_ORGANIZATION, page="provider-list")
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


@require(Permission.MANAGE_ORGANIZATION)
def provider_change(request: PortalRequest, provider_id: UUID) -> HttpResponse:
    provider = find(request, provider_id)
    form = fill(ProviderForm(request.POST or None, initial=ProviderForm.of(provider)), draft_of(request))
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


@require(Permission.MANAGE_ORGANIZATION)
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
    context["sign_in_address"] = sign_in_url(request.organization.pk)
    return render(request, "portal/providers/list.html", context, status=status)


def addresses(provider: IdentityProvider) -> tuple[str, str]:
    """The redirect URI to register at the provider, and the address at which a sign-in by it begins."""
    where = {"provider_id": provider.pk}
    callback, entry = (reverse(name, kwargs=where) for name in ("openid_connect_callback", "openid_connect_login"))
    return settings.PUBLIC_URL + callback, settings.PUBLIC_URL + entry
