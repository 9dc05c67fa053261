"""Provisioning: what an identity provider's page asks for, and the connections with their credentials."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.actions.connections import issue_client_secret
from controlhub.actions.pauses import pause_connection, resume_connection
from controlhub.actions.tokens import MOST_LIVE, issue_token, revoke_connection, revoke_token, rotate_token
from controlhub.models import AccessToken, Connection, Permission, Scope, TokenKind
from controlhub.models.activity import Activity, activity_of
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.tokens import TokenForm
from controlhub.portal.refusals import Refusals
from controlhub.portal.reveals import Reveal, keep_reveal
from controlhub.portal.tables import Column, Table
from controlhub.public_urls import tenant_url, token_url, webex_tenant_url

TOKENS = Table(
    _lazy("Access tokens"),
    (
        Column("token", _lazy("Token"), css="c-name mono", is_row_header=True, is_labelled=False),
        Column("status", _lazy("Status")),
        Column("expires", _lazy("Expires"), css="hide-md muted"),
        Column("used", _lazy("Last used"), css="muted"),
        Column("actions", _lazy("Actions"), is_label_shown=False, is_labelled=False),
    ),
)
MAPPING = Table(
    _lazy("Default attribute mapping of Entra ID"),
    (
        Column("name", _lazy("Control Hub attribute"), css="c-name mono", is_row_header=True, is_labelled=False),
        Column("source", _lazy("Entra ID attribute"), css="mono wrap"),
        Column("note", _lazy("Note"), css="hide-md muted"),
    ),
)
ATTRIBUTES = (
    ("userName", "userPrincipalName", _lazy("Required. Users are matched by it")),
    ("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', _lazy("Active or Inactive")),
    ("displayName", "displayName", ""),
    ("name.givenName", "givenName", ""),
    ("name.familyName", "surname", ""),
    ("externalId", "objectId", _lazy("Does not change with the name")),
)


@dataclass(frozen=True)
class Line:
    """A connection with the tokens that are worth showing."""

    connection: Connection
    tokens: list[AccessToken]
    activity: Activity

    @property
    def may_rotate(self) -> bool:
        return sum(token.is_live for token in self.tokens) < MOST_LIVE


@require_safe
@require(Permission.VIEW_PROVISIONING)
def provisioning(request: PortalRequest) -> HttpResponse:
    return page(request, fill(TokenForm(), draft_of(request, reverse("token-issue"))))


@require(Permission.MANAGE_PROVISIONING, page="provisioning")
def token_issue(request: PortalRequest) -> HttpResponse:
    """A new connection."""
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
    return reveal(request, shown(token, secret))


@require(Permission.MANAGE_PROVISIONING, page="provisioning")
def token_rotate(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """A second token in addition to the current one, so that the provider can switch without interruption."""
    connection = find(request, connection_id)
    with Refusals(request):
        token, secret = rotate_token(connection, actor=request.actor)
        return reveal(request, shown(token, secret))
    return redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING)
def token_revoke(request: PortalRequest, token_id: UUID) -> HttpResponse:
    token = find_or_404(request, AccessToken.objects, pk=token_id)
    if request.method != "POST":
        return render(request, "portal/provisioning/revoke.html", {"token": token})
    revoke_token(token, actor=request.actor)
    messages.success(request, _("Token {name} revoked.").format(name=token.name))
    return redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING)
def connection_revoke(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """All tokens and the client credentials of a connection."""
    connection = find(request, connection_id)
    if request.method != "POST":
        return render(request, "portal/provisioning/revoke_all.html", {"connection": connection})
    revoke_connection(connection, actor=request.actor)
    messages.success(request, _("All credentials of {name} revoked.").format(name=connection.name))
    return redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING, page="provisioning")
def connection_pause(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """Its requests get 503 until it is resumed."""
    connection = find(request, connection_id)
    pause_connection(connection, actor=request.actor)
    messages.success(request, _("{name} is paused.").format(name=connection.name))
    return redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING, page="provisioning")
def connection_resume(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """Its requests are answered again."""
    connection = find(request, connection_id)
    resume_connection(connection, actor=request.actor)
    messages.success(request, _("{name} is resumed.").format(name=connection.name))
    return redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING, page="provisioning")
def client_issue(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    connection = find(request, connection_id)
    value = issue_client_secret(connection, actor=request.actor)
    title = _("Copy the client secret of {name} now").format(name=connection.name)
    note = _("Enter all three values in your identity provider. Earlier client secrets no longer work.")
    secret = Reveal(title, note, name=_("client secret"), value=value, client_id=str(connection.pk))
    return reveal(request, secret, key=f"client:{connection.pk}")


def shown(token: AccessToken, value: str) -> Reveal:
    note = _("Anyone with this token can act for this organization until {date}.").format(
        date=date_format(token.expires_at, "DATE_FORMAT")
    )
    return Reveal(_("Copy the token {name} now").format(name=token.name), note, name=_("secret token"), value=value)


def reveal(request: PortalRequest, secret: Reveal, *, key: str = "") -> HttpResponse:
    """Show the secret on the Provisioning page, which can be reloaded."""
    keep_reveal(request, reverse("provisioning"), secret, key=key)
    return redirect("provisioning")


def find(request: PortalRequest, connection_id: UUID) -> Connection:
    return find_or_404(request, Connection.objects.select_related("organization"), pk=connection_id)


def lines(request: PortalRequest) -> Iterator[Line]:
    """Newest first; of each connection all static tokens, and none of those that live for an hour."""
    connections = Connection.objects.in_organization(request.organization).order_by("-created_at", "pk")
    tokens: dict[UUID, list[AccessToken]] = {}
    active = activity_of(request.organization)
    own = AccessToken.objects.in_organization(request.organization)
    for token in own.filter(connection__isnull=False, kind=TokenKind.STATIC).order_by("-created_at"):
        if token.connection_id:
            tokens.setdefault(token.connection_id, []).append(token)
    return (
        Line(connection, tokens.get(connection.pk, []), active.get(connection.pk, Activity()))
        for connection in connections
    )


def page(request: PortalRequest, form: TokenForm, *, status: int = 200) -> HttpResponse:
    context = {
        "tenant_url": tenant_url(request.organization.pk),
        "webex_tenant_url": webex_tenant_url(request.organization.pk),
        "token_url": token_url(),
        "lines": list(lines(request)),
        "form": form,
        "attributes": ATTRIBUTES,
        "tokens_table": TOKENS,
        "mapping_table": MAPPING,
    }
    return render(request, "portal/provisioning/page.html", context, status=status)
