"""Administrators: who they are, and as what."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from controlhub.actions.admins import assign_role
from controlhub.errors import DomainError
from controlhub.models import Account, Permission, Role
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.admins import RoleForm


@require_safe
@require(Permission.VIEW_USERS)
def admin_list(request: PortalRequest) -> HttpResponse:
    accounts = Account.objects.filter(user__organization=request.organization).select_related("user")
    context = {"accounts": accounts.order_by("sign_in_key"), "roles": [(role, role.permissions) for role in Role]}
    return render(request, "portal/admins/list.html", context)


@require(Permission.MANAGE_ROLES)
def role_assign(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Another role for an administrator, or none. A user without a sign-in gets one by an invitation, not here."""
    accounts = Account.objects.filter(user__organization=request.organization).select_related("user")
    account = get_object_or_404(accounts, user_id=user_id)
    own = Role(request.account.role)
    form = RoleForm(request.POST or None, initial={"role": account.role}, by=own)
    status = 200
    if form.is_valid():
        try:
            assign_role(account, role=form.cleaned_data["role"], by=own, actor=request.actor)
        except DomainError as error:
            form.add_error(None, error.message)
            status = 409
        else:
            messages.success(request, f"{account.sign_in_address}: {form.role_label}.")
            return redirect("admin-list" if Permission.VIEW_USERS in request.permissions else "home")
    elif form.is_bound:
        status = 422
    return render(request, "portal/admins/role.html", {"form": form, "account": account}, status=status)
