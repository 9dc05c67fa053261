"""The organization's rules for keeping and permanently deleting Inactive users."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from controlhub.actions.mail import is_mail_sent, send_again, send_test_mail
from controlhub.actions.organizations import change_policies, rename_organization
from controlhub.models import OutgoingMail, Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.organization import NameForm, PoliciesForm
from controlhub.portal.forms.users import HoldForm
from controlhub.portal.refusals import Refusals
from controlhub.text.readable import plain


@require_safe
@require(Permission.VIEW_USERS)
def organization_detail(request: PortalRequest) -> HttpResponse:
    rules = PoliciesForm(organization=request.organization)
    return page(
        request,
        fill(rules, draft_of(request, reverse("organization-change"))),
        fill(HoldForm(), draft_of(request, reverse("organization-hold"))),
    )


@require(Permission.MANAGE_ORGANIZATION, page="organization-detail")
def organization_hold(request: PortalRequest) -> HttpResponse:
    """Places a legal hold on all users."""
    form = HoldForm(request.POST)
    if not form.is_valid():
        rules = PoliciesForm(organization=request.organization)
        return page(request, rules, form, status=422)
    return _hold(request, form.cleaned_data["reason"])


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_ORGANIZATION)
def organization_release(request: PortalRequest) -> HttpResponse:
    """Asks for confirmation, because it ends the protection of all users."""
    if not request.organization.hold_reason:
        return redirect("organization-detail")
    if request.method != "POST":
        return render(request, "portal/organization/release.html")
    return _hold(request, "")


def _hold(request: PortalRequest, reason: str) -> HttpResponse:
    with Refusals(request):
        change_policies(request.organization, changes={"hold_reason": reason}, actor=request.actor)
    return redirect("organization-detail")


@require(Permission.MANAGE_ORGANIZATION, page="organization-detail")
def organization_change(request: PortalRequest) -> HttpResponse:
    form = PoliciesForm(request.POST)
    if not form.is_valid():
        return page(request, form, HoldForm(), status=422)
    with Refusals(request, form) as refused:
        change_policies(request.organization, changes=form.changes(), actor=request.actor)
    if refused:
        return page(request, form, HoldForm(), status=409)
    messages.success(request, _("Saved. The changes also apply to users who are already Inactive."))
    return redirect("organization-detail")


@require(Permission.MANAGE_ORGANIZATION, page="organization-detail")
def organization_rename(request: PortalRequest) -> HttpResponse:
    form = NameForm(request.POST)
    if form.is_valid():
        with Refusals(request, form) as refused:
            rename_organization(request.organization, name=form.cleaned_data["name"], actor=request.actor)
        if not refused:
            messages.success(request, _("The organization was renamed."))
            return redirect("organization-detail")
    return page(request, PoliciesForm(organization=request.organization), HoldForm(), name=form, status=422)


@require(Permission.MANAGE_ORGANIZATION, page="organization-detail")
def mail_test(request: PortalRequest) -> HttpResponse:
    """Send a test message to the administrator's own address."""
    with Refusals(request) as refused:
        send_test_mail(request.account)
    if not refused:
        text = _("A test message to {address} was queued. If it does not arrive, see the undelivered mail under Jobs.")
        messages.success(request, text.format(address=plain(request.account.sign_in_address)))
    return redirect("organization-detail")


@require(Permission.MANAGE_ORGANIZATION, page="job-list")
def mail_retry(request: PortalRequest, mail_id: UUID) -> HttpResponse:
    if send_again(find_or_404(request, OutgoingMail.objects, pk=mail_id)):
        messages.success(request, _("The message is sent again within a minute."))
    else:
        messages.info(request, _("The message has been sent in the meantime."))
    return redirect("job-list")


def page(
    request: PortalRequest,
    form: PoliciesForm,
    hold: HoldForm,
    *,
    name: NameForm | None = None,
    status: int = 200,
) -> HttpResponse:
    name = name or NameForm(initial={"name": request.organization.name})
    is_readonly = Permission.MANAGE_ORGANIZATION not in request.permissions
    if is_readonly:
        for field in (*form.fields.values(), *name.fields.values()):
            field.disabled = True
    context = {
        "form": form,
        "hold": hold,
        "name_form": name,
        "is_readonly": is_readonly,
        "is_mail_sent": is_mail_sent(),
        "mail_from": settings.DEFAULT_FROM_EMAIL,
    }
    return render(request, "portal/organization/detail.html", context, status=status)
