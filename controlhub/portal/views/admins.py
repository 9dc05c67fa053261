"""Administrators: who they are, and as what."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.actions.mappings import map_group, unmap_group
from controlhub.models import Account, Permission, Role, RoleMapping
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.admins import GroupRoleForm
from controlhub.portal.refusals import Refusals
from controlhub.portal.tables import Column, Table

ACTIONS = Column("actions", _lazy("Actions"), is_label_shown=False, is_labelled=False)
ACCOUNTS = Table(
    _lazy("Administrators"),
    (
        Column("address", _lazy("Email address"), css="c-name wrap", is_row_header=True, is_labelled=False),
        Column("role", _lazy("Role")),
        Column("status", _lazy("Status")),
        ACTIONS,
    ),
    css="people",
)
ROLES = Table(
    _lazy("Roles and permissions"),
    (
        Column("role", _lazy("Role"), css="c-name", is_row_header=True, is_labelled=False),
        Column("permissions", _lazy("Permissions")),
    ),
)


@require_safe
@require(Permission.VIEW_USERS)
def admin_list(request: PortalRequest) -> HttpResponse:
    return page(request, fill(form_of(request), draft_of(request, reverse("group-map"))))


def form_of(request: PortalRequest, data: object = None) -> GroupRoleForm:
    return GroupRoleForm(data, organization=request.organization, by=Role(request.account.role))


def page(request: PortalRequest, form: GroupRoleForm, *, status: int = 200) -> HttpResponse:
    accounts = Account.objects.in_organization(request.organization).select_related("user")
    mapped = RoleMapping.objects.filter(group__memberships__user=OuterRef("user"))
    accounts = accounts.filter(Q(by_group=False) | Exists(mapped))
    mappings = RoleMapping.objects.in_organization(request.organization).select_related("group")
    context = {
        "accounts": accounts.order_by("by_group", "sign_in_key"),
        "mappings": mappings.order_by("group__display_name_key"),
        "roles": [(role, role.permissions) for role in Role],
        "form": form,
        "accounts_table": ACCOUNTS,
        "roles_table": ROLES,
    }
    return render(request, "portal/admins/list.html", context, status=status)


@require(Permission.MANAGE_ROLES, page="admin-list")
def group_map(request: PortalRequest) -> HttpResponse:
    """Members of a group become administrators."""
    form = form_of(request, request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    group, role = form.cleaned_data["group"], form.cleaned_data["role"]
    with Refusals(request, form) as refused:
        map_group(group, role=role, actor=request.actor)
    if refused:
        return page(request, form, status=409)
    messages.success(
        request,
        _("Members of {display_name} now have the role {label}.").format(
            display_name=group.display_name, label=role.label
        ),
    )
    return redirect("admin-list")


@require(Permission.MANAGE_ROLES, page="admin-list")
def group_unmap(request: PortalRequest, group_id: UUID) -> HttpResponse:
    mapping = find_or_404(request, RoleMapping.objects.select_related("group"), pk=group_id)
    with Refusals(request):
        unmap_group(mapping, actor=request.actor)
        messages.success(
            request,
            _("Members of {display_name} are no longer administrators.").format(
                display_name=mapping.group.display_name
            ),
        )
    return redirect("admin-list")
