"""Provisioning: the values to enter in an identity provider, and the connections with their credentials."""

from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.actions.connections import delete_connection, issue_client_secret, rename_connection
from controlhub.actions.pauses import pause_connection, resume_connection
from controlhub.actions.tokens import issue_token, revoke_connection, revoke_token, rotate_token
from controlhub.models import AccessToken, Client, Connection, Permission, Scope
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.connection_cards import card_page, connection_card
from controlhub.portal.connection_progress import progress_of
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.filters import CursorForm
from controlhub.portal.forms.tokens import ConnectionForm, ConnectionNameForm
from controlhub.portal.guides import GUIDES
from controlhub.portal.partials import render_whole_or_part
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.reveals import Reveal, keep_reveal
from controlhub.portal.tables import Column, Table
from controlhub.public_urls import tenant_url, token_url, webex_tenant_url
from controlhub.security.token_secrets import LENGTH, PREFIX

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
    _lazy("Attribute mapping"),
    (
        Column("name", _lazy("Control Hub attribute"), css="c-name mono", is_row_header=True, is_labelled=False),
        Column("source", _lazy("Attribute of the identity provider"), css="mono wrap"),
        Column("note", _lazy("Note"), css="hide-md muted"),
    ),
)


@require_safe
@require(Permission.VIEW_PROVISIONING)
def provisioning(request: PortalRequest) -> HttpResponse:
    """A card for each connection, newest first."""
    cursor = CursorForm(request.GET).cursor
    page = card_page(request.organization, after=cursor["after"], before=cursor["before"])
    context = {
        "tenant_url": tenant_url(request.organization.pk),
        "webex_tenant_url": webex_tenant_url(request.organization.pk),
        "cards": page.cards,
        "first": request.path if page.has_previous else "",
        "previous": f"?before={page.cards[0].connection.pk}" if page.has_previous and page.cards else "",
        "next": f"?after={page.cards[-1].connection.pk}" if page.has_next else "",
    }
    return render(request, "portal/provisioning/page.html", context)


@require_safe
@require(Permission.MANAGE_PROVISIONING)
def connection_add(request: PortalRequest) -> HttpResponse:
    """The first step of the setup: the client that sends the requests, and the name."""
    return add_page(request, fill(ConnectionForm(), draft_of(request, reverse("token-issue"))))


def add_page(request: PortalRequest, form: ConnectionForm, *, status: int = 200) -> HttpResponse:
    return render(request, "portal/provisioning/add.html", {"form": form}, status=status)


@require_safe
@require(Permission.VIEW_PROVISIONING)
def connection_detail(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """The setup of a connection with its progress, tokens and accepted deviations."""
    card = connection_card(find(request, connection_id))
    context = {
        "card": card,
        "progress": progress_of(card),
        "guide": GUIDES[Client(card.connection.client)],
        "tenant_url": tenant_url(request.organization.pk),
        "tenant_host": urlsplit(tenant_url(request.organization.pk)).netloc,
        "token_prefix": PREFIX,
        "token_length": LENGTH,
        "token_url": token_url(),
        "tokens_table": TOKENS,
        "mapping_table": MAPPING,
    }
    return render_whole_or_part(
        request, "portal/provisioning/detail.html", "portal/provisioning/_progress.html", context
    )


@require(Permission.MANAGE_PROVISIONING, page="connection-add")
def token_issue(request: PortalRequest) -> HttpResponse:
    """Create a connection with its first token."""
    form = ConnectionForm(request.POST)
    if not form.is_valid():
        return add_page(request, form, status=422)
    token, secret = issue_token(
        request.organization,
        name=form.cleaned_data["name"],
        scopes=[Scope(scope) for scope in form.cleaned_data["scopes"]],
        days=form.cleaned_data["days"],
        client=Client(form.cleaned_data["client"] or Client.GENERIC),
        actor=request.actor,
    )
    return reveal(request, token.connection_id, shown(token, secret))


@require(Permission.MANAGE_PROVISIONING, page="connection-detail")
def token_rotate(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """Issue another token in addition to the current one, so that the provider can switch without interruption."""
    connection = find(request, connection_id)
    with Refusals(request):
        token, secret = rotate_token(connection, actor=request.actor)
        return reveal(request, connection.pk, shown(token, secret))
    return redirect("connection-detail", connection.pk)


@require(Permission.MANAGE_PROVISIONING)
def token_revoke(request: PortalRequest, token_id: UUID) -> HttpResponse:
    token = find_or_404(request, AccessToken.objects, pk=token_id)
    if request.method != "POST":
        return render(request, "portal/provisioning/revoke.html", {"token": token})
    revoke_token(token, actor=request.actor)
    messages.success(request, _("Token {name} revoked.").format(name=token.name))
    return redirect("connection-detail", token.connection_id) if token.connection_id else redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING)
def connection_revoke(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """Revoke all tokens and the client credentials of a connection."""
    connection = find(request, connection_id)
    if request.method != "POST":
        return render(request, "portal/provisioning/revoke_all.html", {"connection": connection})
    revoke_connection(connection, actor=request.actor)
    messages.success(request, _("All credentials of {name} revoked.").format(name=connection.name))
    return redirect("connection-detail", connection.pk)


@require(Permission.MANAGE_PROVISIONING)
def connection_rename(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    connection = find(request, connection_id)
    form = ConnectionNameForm(request.POST or None, initial={"name": connection.name})
    if form.is_valid():
        with Refusals(request, form, field="name"):
            rename_connection(connection, name=form.cleaned_data["name"], actor=request.actor)
            messages.success(request, _("The connection is now named {name}.").format(name=form.cleaned_data["name"]))
            return redirect("connection-detail", connection.pk)
    context = {"connection": connection, "form": form}
    return render(request, "portal/provisioning/rename.html", context, status=status_of(form))


@require(Permission.MANAGE_PROVISIONING)
def connection_delete(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """Delete a connection and its credentials, but not its users and groups."""
    connection = find(request, connection_id)
    if request.method != "POST":
        return render(request, "portal/provisioning/delete.html", {"connection": connection})
    delete_connection(connection, actor=request.actor)
    messages.success(request, _("{name} deleted.").format(name=connection.name))
    return redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING, page="provisioning")
def connection_pause(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """Pause a connection: its requests get 503 until it is resumed."""
    connection = find(request, connection_id)
    pause_connection(connection, actor=request.actor)
    messages.success(request, _("{name} paused.").format(name=connection.name))
    return redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING, page="provisioning")
def connection_resume(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    """Resume a connection: its requests are answered again."""
    connection = find(request, connection_id)
    resume_connection(connection, actor=request.actor)
    messages.success(request, _("{name} resumed.").format(name=connection.name))
    return redirect("provisioning")


@require(Permission.MANAGE_PROVISIONING, page="connection-detail")
def client_issue(request: PortalRequest, connection_id: UUID) -> HttpResponse:
    connection = find(request, connection_id)
    value = issue_client_secret(connection, actor=request.actor)
    title = _("Copy the client secret of {name} now").format(name=connection.name)
    note = _("Enter all three values in your identity provider. Earlier client secrets no longer work.")
    secret = Reveal(title, note, name=_("client secret"), value=value, client_id=str(connection.pk))
    return reveal(request, connection.pk, secret, key=f"client:{connection.pk}")


def shown(token: AccessToken, value: str) -> Reveal:
    note = _("Anyone with this token can act for this organization until {date}.").format(
        date=date_format(localtime(token.expires_at), "DATE_FORMAT")
    )
    return Reveal(_("Copy the token of {name} now").format(name=token.name), note, name=_("secret token"), value=value)


def reveal(request: PortalRequest, connection_id: UUID | None, secret: Reveal, *, key: str = "") -> HttpResponse:
    """Show the secret on the page of the connection, which can be reloaded."""
    address = reverse("connection-detail", args=[connection_id])
    keep_reveal(request, address, secret, key=key)
    return redirect(address)


def find(request: PortalRequest, connection_id: UUID) -> Connection:
    return find_or_404(request, Connection.objects.select_related("organization"), pk=connection_id)
