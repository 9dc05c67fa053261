"""The sign-in policy of the organization: second factors, length of sessions, allowed networks."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.actions.organizations import change_policies
from controlhub.middleware.client_addresses import client_address
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.organization import SignInPolicyForm
from controlhub.portal.refusals import Refusals
from controlhub.portal.sign_ins import factor_holders, open_sessions
from controlhub.portal.tables import Column, Table

SESSIONS = Table(
    caption=_lazy("Open sessions"),
    columns=(
        Column("person", _lazy("Administrator"), is_row_header=True),
        Column("address", _lazy("IP address")),
        Column("started", _lazy("Signed in")),
        Column("seen", _lazy("Last activity")),
    ),
)


@require_safe
@require(Permission.VIEW_USERS)
def sign_in_policy(request: PortalRequest) -> HttpResponse:
    form = SignInPolicyForm(organization=request.organization)
    return page(request, fill(form, draft_of(request, reverse("sign-in-policy-change"))))


@require(Permission.MANAGE_ORGANIZATION, page="sign-in-policy")
def sign_in_policy_change(request: PortalRequest) -> HttpResponse:
    form = SignInPolicyForm(request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    with Refusals(request, form) as refused:
        change_policies(request.organization, changes=form.changes(), actor=request.actor)
    if refused:
        return page(request, form, status=409)
    messages.success(request, _("Saved. The sign-in policy takes effect with each administrator's next request."))
    return redirect("sign-in-policy")


def page(request: PortalRequest, form: SignInPolicyForm, *, status: int = 200) -> HttpResponse:
    is_readonly = Permission.MANAGE_ORGANIZATION not in request.permissions
    if is_readonly:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "is_readonly": is_readonly,
        "holders": factor_holders(request.organization),
        "sessions": None if is_readonly else open_sessions(request.organization),
        "sessions_table": SESSIONS,
        "own_address": client_address(request),
    }
    return render(request, "portal/organization/sign_in.html", context, status=status)
