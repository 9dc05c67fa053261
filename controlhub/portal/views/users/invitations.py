"""Adding people manually, and inviting them again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from controlhub.actions.invitations import Person, add_user, invite_user
from controlhub.actions.mail import is_mail_sent
from controlhub.models import Permission, Role, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.users import AddForm, AnotherForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.reveals import Reveal, keep_reveal
from controlhub.portal.views.users.detail import find
from controlhub.public_urls import invitation_url


@require(Permission.MANAGE_USERS)
def user_add(request: PortalRequest) -> HttpResponse:
    own = Role(request.account.role)
    form = fill(AddForm(request.POST or None, by=own), draft_of(request))
    again = AnotherForm(request.POST)
    is_another = again.is_valid() and again.cleaned_data["another"]
    if form.is_valid():
        values = form.cleaned_data
        role = values.pop("role")
        with Refusals(request, form, field="address"):
            user, secret = add_user(request.organization, Person(**values), role=role, actor=request.actor)
            messages.success(request, _("{display_label} added.").format(display_label=user.display_label))
            invited(request, user, secret, page=reverse("user-add") if is_another else "")
            return redirect("user-add") if is_another else redirect("user-detail", user.pk)
    return render(request, "portal/users/add.html", {"form": form}, status=status_of(form))


@require(Permission.RECOVER_USERS, page="user-detail")
def user_invite(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    with Refusals(request):
        invited(request, user, invite_user(user, actor=request.actor))
    return redirect("user-detail", user.pk)


def invited(request: PortalRequest, user: User, secret: str, *, page: str = "") -> None:
    """Say that the invitation was sent. If mail is not sent, show the link to the administrator who requested it.

    The link is shown on the page at the address `page`, by default the page of the user.
    """
    if is_mail_sent():
        messages.success(request, _("Invitation sent. Earlier links no longer work."))
        return
    messages.warning(
        request, _("Mail is not set up. The invitation was saved in a file on the server instead of being sent.")
    )
    note = _("Send it to {name}. It works once and expires in 7 days. Earlier links no longer work.").format(
        name=user.display_label
    )
    reveal = Reveal(_("Copy the invitation link"), note, name=_("invitation link"), value=invitation_url(secret))
    keep_reveal(request, page or reverse("user-detail", args=[user.pk]), reveal, key=f"invitation:{user.pk}")
