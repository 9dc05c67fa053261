"""Setting up, changing and removing the identity providers of an organization."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controlhub.actions.providers import ProviderSettings, add_provider, change_provider, remove_provider
from controlhub.models import IdentityProvider, Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.providers import ProviderForm
from controlhub.portal.refusals import Refusals, status_of
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
    with Refusals(request, form) as refused:
        provider = add_provider(request.organization, ProviderSettings(**form.cleaned_data), actor=request.actor)
    if refused:
        return page(request, form, status=409)
    messages.success(
        request,
        _("{name} added. Register the redirect URI with the provider, then connect your own account.").format(
            name=provider.name
        ),
    )
    return redirect("provider-list")


@require(Permission.MANAGE_ORGANIZATION)
def provider_change(request: PortalRequest, provider_id: UUID) -> HttpResponse:
    provider = find_or_404(request, IdentityProvider.objects, pk=provider_id)
    form = fill(ProviderForm(request.POST or None, initial=ProviderForm.of(provider)), draft_of(request))
    form.fields["client_secret"].required = False
    if form.is_valid():
        with Refusals(request, form):
            change_provider(provider, ProviderSettings(**form.cleaned_data), actor=request.actor)
            messages.success(request, _("{name} saved.").format(name=form.cleaned_data["name"]))
            return redirect("provider-list")
    context = {"form": form, "provider": provider}
    return render(request, "portal/providers/change.html", context, status=status_of(form))


@require(Permission.MANAGE_ORGANIZATION)
def provider_remove(request: PortalRequest, provider_id: UUID) -> HttpResponse:
    provider = find_or_404(request, IdentityProvider.objects, pk=provider_id)
    if request.method != "POST":
        return render(request, "portal/providers/remove.html", {"provider": provider})
    remove_provider(provider, actor=request.actor)
    messages.success(request, _("{name} removed.").format(name=provider.name))
    return redirect("provider-list")


def page(request: PortalRequest, form: ProviderForm, *, status: int = 200) -> HttpResponse:
    providers = IdentityProvider.objects.in_organization(request.organization).order_by("name")
    context = {"providers": [(provider, *addresses(provider)) for provider in providers], "form": form}
    context["sign_in_address"] = sign_in_url(request.organization.pk)
    return render(request, "portal/providers/list.html", context, status=status)


def addresses(provider: IdentityProvider) -> tuple[str, str]:
    """The redirect URI to register with the provider, and the URL that starts a sign-in with it."""
    where = {"provider_id": provider.pk}
    callback, entry = (reverse(name, kwargs=where) for name in ("openid_connect_callback", "openid_connect_login"))
    return settings.PUBLIC_URL + callback, settings.PUBLIC_URL + entry
