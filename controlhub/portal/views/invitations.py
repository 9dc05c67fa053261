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
from django.views.decorators.http import require_POST

from controlhub.actions.invitations import Person, accept_invitation, add_user, find_invitation, invite_user
from controlhub.errors import DomainError, InvalidInvitationError, TooManyAttemptsError
from controlhub.limits import require_rate
from controlhub.models import Account, Permission, Role
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.users import AddForm
from controlhub.portal.views.users import find
from controlhub.requests import client_address


@require(Permission.MANAGE_USERS)
def user_add(request: PortalRequest) -> HttpResponse:
    own = Role(request.account.role)
    form = AddForm(request.POST or None, by=own)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        values = form.cleaned_data
        role = values.pop("role")
        try:
            user = add_user(request.organization, Person(**values), role=role, actor=request.actor)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else "address", error.message)
            status = 409
        else:
            messages.success(request, f"{user.display_label} was added; the invitation is on its way.")
            return redirect("user-detail", user.pk)
    return render(request, "portal/users/add.html", {"form": form}, status=status)


@require_POST
@require(Permission.RECOVER_USERS)
def user_invite(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    try:
        invite_user(user, actor=request.actor)
        messages.success(request, "The invitation is on its way; an earlier link has ended.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("user-detail", user.pk)


@sensitive_post_parameters("password")
@never_cache
def invitation_accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Open to whoever has the link. GET shows it, so that a mail scanner that follows links accepts nothing."""
    page, problem = "portal/session/invitation.html", ""
    try:
        require_rate(request, "invitation")
        invitation = find_invitation(secret)
        if request.method == "POST":
            password = request.POST.get("password")
            account = accept_invitation(secret, password=password, address=client_address(request))
            return accepted(request, account)
    except TooManyAttemptsError as error:
        return render(request, page, {"problem": error.message}, status=429)
    except InvalidInvitationError as error:
        return render(request, page, {"problem": error.message}, status=404)
    except ValidationError as error:
        problem = " ".join(error.messages)
    context = {"invitation": invitation, "problem": problem}
    context["account"] = Account.objects.filter(user=invitation.user, by_group=False).first()
    return render(request, page, context, status=422 if problem else 200)


def accepted(request: HttpRequest, account: Account | None) -> HttpResponse:
    """An administrator signs in, with the second factor if there is one; for everybody else that was all."""
    if account is None:
        return render(request, "portal/session/invitation.html", {"is_done": True})
    response: HttpResponse = perform_login(request, account, redirect_url=reverse("home"))
    return response
