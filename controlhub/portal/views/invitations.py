"""The page on which an invitation is accepted."""

from allauth.account.utils import perform_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from controlhub.actions.invitations import accept_invitation, find_invitation
from controlhub.errors import InvalidInvitationError, TooManyAttemptsError
from controlhub.models import Account
from controlhub.portal.access import visitor
from controlhub.portal.forms.session import InvitationForm
from controlhub.security.rate_limits import require_rate


@sensitive_post_parameters("password")
@never_cache
def invitation_accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Open to anyone with the link. GET only shows the page, so that mail scanners that follow links accept nothing."""
    page = "portal/session/invitation.html"
    try:
        require_rate(request, "invitation")
        invitation = find_invitation(secret)
        invited_account = Account.objects.filter(user=invitation.user, by_group=False).first()
        form = InvitationForm(request.POST if request.method == "POST" else None)
        form.fields["password"].required = invited_account is not None
        if form.is_valid():
            password = form.cleaned_data["password"] or None
            account = accept_invitation(secret, password=password, visitor=visitor(request))
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
    """Signs in administrators, with their second factor if they have one; other users only see that they are done."""
    if account is None:
        return render(request, "portal/session/invitation.html", {"is_done": True})
    response: HttpResponse = perform_login(request, account, redirect_url=reverse("home"))
    return response
