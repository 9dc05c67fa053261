"""A user's access: role, second factor, sessions and tokens."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audit.actor import Actor
from controlhub.actions.access import sign_out_user
from controlhub.actions.admins import assign_role
from controlhub.actions.factors import remove_factors
from controlhub.actions.role_grants import give_role
from controlhub.models import Account, Permission, Role, User
from controlhub.models.role_ways import role_ways
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.admins import NONE, RoleForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.views.users.detail import find


@require(Permission.MANAGE_USERS, page="user-access")
def user_revoke_access(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Revoke all personal tokens and sessions of a user, who stays Active."""
    user = find(request, user_id)
    with Refusals(request):
        tokens, sessions = sign_out_user(user, actor=request.actor)
        done = messages.success if tokens or sessions else messages.info
        done(
            request,
            _("{display_label}: access revoked. Access tokens: {tokens}. Sessions: {sessions}.").format(
                display_label=user.display_label, tokens=tokens, sessions=sessions
            ),
        )
    return redirect("user-access", user.pk)


@require(Permission.MANAGE_ROLES)
def role_assign(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Give, change or remove a person's own role. Roles by group are not affected."""
    user = find(request, user_id)
    account = Account.objects.filter(user=user, by_group=False).first()
    own, current = Role(request.account.role), account.role if account else NONE
    form = fill(RoleForm(request.POST or None, initial={"role": current}, by=own), draft_of(request))
    if form.is_valid():
        with Refusals(request, form, field="role"):
            _set_role(user, account, form.cleaned_data["role"], request.actor)
            messages.success(
                request, _("{name}: {role_label}.").format(name=user.display_label, role_label=form.role_label)
            )
            return redirect("admin-list" if Permission.VIEW_USERS in request.permissions else "home")
    context = {"form": form, "person": user, "ways": role_ways([user])[user.pk]}
    return render(request, "portal/admins/role.html", context, status=status_of(form))


def _set_role(user: User, account: Account | None, role: Role | None, actor: Actor) -> None:
    if account:
        assign_role(account, role=role, actor=actor)
    elif role:
        give_role(user, role=role, actor=actor)


@require(Permission.MANAGE_ROLES, page="user-access")
def user_reset_factors(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Remove the second factors of an administrator who lost their phone and recovery codes.

    Their password is enough until they set up a new factor.
    """
    account = find_or_404(request, Account.objects, user=user_id)
    with Refusals(request):
        if remove_factors(account, actor=request.actor):
            messages.success(request, _("Second factors of {account} removed.").format(account=account))
        else:
            messages.info(request, _("{account} has no second factor.").format(account=account))
    return redirect("user-access", user_id)
