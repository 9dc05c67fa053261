"""Provisioning: what an identity provider's page asks for, and the access tokens."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from controlhub.actions.tokens import issue_token, revoke_token
from controlhub.models import AccessToken, Permission, Scope
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.tokens import TokenForm
from controlhub.tenants import tenant_url, webex_tenant_url

ATTRIBUTES = (
    ("userName", "userPrincipalName", "Required; by it users are matched"),
    ("active", "Switch([IsSoftDeleted], , “False”, “True”, “True”, “False”)", "Active or Inactive"),
    ("displayName", "displayName", ""),
    ("name.givenName", "givenName", ""),
    ("name.familyName", "surname", ""),
    ("externalId", "objectId", "Stays the same when a name changes"),
)


@require_http_methods(["GET", "HEAD"])
@require(Permission.VIEW_PROVISIONING)
def provisioning(request: PortalRequest) -> HttpResponse:
    return page(request, TokenForm())


@require_http_methods(["POST"])
@require(Permission.MANAGE_PROVISIONING)
def token_issue(request: PortalRequest) -> HttpResponse:
    """The answer itself shows the secret: it is stored nowhere, so no later page could."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    token, secret = issue_token(
        request.organization,
        name=form.cleaned_data["name"],
        scopes=[Scope(scope) for scope in form.cleaned_data["scopes"]],
        days=form.cleaned_data["days"],
        actor=request.actor,
    )
    return page(request, TokenForm(), issued=token, secret=secret, status=201)


@require(Permission.MANAGE_PROVISIONING)
def token_revoke(request: PortalRequest, token_id: UUID) -> HttpResponse:
    token = get_object_or_404(AccessToken.objects.in_organization(request.organization), pk=token_id)
    if request.method != "POST":
        return render(request, "portal/provisioning/revoke.html", {"token": token})
    revoke_token(token, actor=request.actor)
    messages.success(request, f"The token {token.name} is revoked; its next request is refused.")
    return redirect("provisioning")


def page(
    request: PortalRequest, form: TokenForm, *, issued: AccessToken | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    tokens = AccessToken.objects.in_organization(request.organization).select_related("user").order_by("-created_at")
    context = {
        "tenant_url": tenant_url(request.organization.pk),
        "webex_tenant_url": webex_tenant_url(request.organization.pk),
        "tokens": tokens,
        "now": timezone.now(),
        "form": form,
        "issued": issued,
        "secret": secret,
        "attributes": ATTRIBUTES,
    }
    return render(request, "portal/provisioning/page.html", context, status=status)
