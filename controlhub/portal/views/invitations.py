"""Adding people by hand, inviting them again, and the page on which an invitation is accepted."""

from uuid import UUID

from allauth.account.utils import perform_login
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from controlhub.actions.invitations import Person, accept_invitation, add_user, find_invitation, invite_user
from controlhub.actions.mail import is_mail_sent
from controlhub.errors import DomainError, InvalidInvitationError, TooManyAttemptsError
from controlhub.middleware.client_addresses import client_address
from controlhub.models import Account, Permission, Role, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.session import InvitationForm
from controlhub.portal.forms.users import AddForm
from controlhub.portal.reveals import Reveal, keep_reveal
from controlhub.portal.views.users.detail import find
from controlhub.public_urls import invitation_url
from controlhub.security.rate_limits import require_rate


@require(Permission.MANAGE_USERS)
def user_add(request: PortalRequest) -> HttpResponse:
    own = Role(request.account.role)
    form = fill(AddForm(request.POST or None, by=own), draft_of(request))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        values = form.cleaned_data
        role = values.pop("role")
        try:
            user, secret = add_user(request.organization, Person(**values), role=role, actor=request.actor)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else "address", error.message)
            status = 409
        else:
            messages.success(request, f"{user.display_label} was added.")
            invited(request, user, secret)
            return redirect("user-detail", user.pk)
    return render(request, "portal/users/add.html", {"form": form}, status=status)


@require(Permission.RECOVER_USERS, page="user-detail")
def user_invite(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    try:
        invited(request, user, invite_user(user, actor=request.actor))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("user-detail", user.pk)


def invited(request: PortalRequest, user: User, secret: str) -> None:
    """Say where the invitation went. Where mail is not sent, whoever asked for it gets the link."""
    if is_mail_sent():
        messages.success(request, "The invitation is on its way. An earlier link no longer works.")
        return
    messages.warning(request, "Mail is not set up: the invitation was not sent, only written to a file on the server.")
    note = f"Give it to {user.display_label} yourself. It works once, for 7 days. An earlier link no longer works."
    reveal = Reveal("Copy the invitation link", note, name="invitation link", value=invitation_url(secret))
    keep_reveal(request, reverse("user-detail", args=[user.pk]), reveal, key=f"invitation:{user.pk}")


@sensitive_post_parameters("password")
@never_cache
def invitation_accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Open to whoever has the link. GET shows it, so that a mail scanner that follows links accepts nothing."""
    page = "portal/session/invitation.html"
    try:
        require_rate(request, "invitation")
        invitation = find_invitation(secret)
        invited_account = Account.objects.filter(user=invitation.user, by_group=False).first()
        form = InvitationForm(request.POST if request.method == "POST" else None)
        form.fields["password"].required = invited_account is not None
        if form.is_valid():
            password = form.cleaned_data["password"] or None
            account = accept_invitation(secret, password=password, address=client_address(request))
            return accepted(request, account)
    except TooManyAttemptsError as error:
        return render(request, page, {"problem": error.message}, status=429)
    except InvalidInvitationError as error:
        return render(request, page, {"problem": error.message}, status=404)
    except ValidationError as error:
        form.add_error("password", error)
    context = {"invitation": invitation, "form": form, "account": invited_account}
    return render(request, page, context, status=422 if form.is_bound else 200)


def accepted(request: HttpRequest, account: Account | None) -> HttpResponse:
    """An administrator signs in, with the second factor if there is one; for everybody else that was all."""
    if account is None:
        return render(request, "portal/session/invitation.html", {"is_done": True})
    response: HttpResponse = perform_login(request, account, redirect_url=reverse("home"))
    return response
