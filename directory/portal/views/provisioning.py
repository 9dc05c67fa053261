"""The Provisioning page of an application: one form, and Test Connection for what it contains."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from controlhub.errors import InvalidSettingError
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.refusals import Refusals, status_of
from directory.actions.provisioning import change_provisioning, require_token, usable_url
from directory.engine.probing import ConnectionTest, run_connection_test
from directory.engine.target_reading import ask_for_schemas
from directory.models import Application
from directory.portal.forms.provisioning import CredentialsForm, ProvisioningForm
from directory.portal.views.applications import find_application, show


@require(Permission.MANAGE_PROVISIONING)
def application_provisioning(request: PortalRequest, application_id: UUID) -> HttpResponse:
    application = find_application(request, application_id)
    initial = ProvisioningForm.of(application)
    form = fill(ProvisioningForm(request.POST or None, initial=initial), draft_of(request))
    if form.is_valid():
        with Refusals(request, form):
            saved = change_provisioning(
                application,
                form.settings,
                secret=form.cleaned_data["client_secret"],
                version=form.cleaned_data["version"],
                actor=request.actor,
            )
            ask_for_schemas(saved)
            messages.success(request, _("{name} saved.").format(name=application.name))
            return redirect("application-provisioning", application_id)
    return _page(request, application, form)


@require(Permission.MANAGE_PROVISIONING, page="application-provisioning")
def application_test(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Test the credentials in the form. Nothing is saved, and the form is shown again unchanged."""
    application = find_application(request, application_id)
    form = ProvisioningForm(request.POST, initial=ProvisioningForm.of(application))
    credentials, test = CredentialsForm(request.POST), None
    if not credentials.is_valid():
        form.add_error("tenant_url", _("Enter the Tenant URL to test."))
    else:
        with Refusals(request, form):
            test = _tested(application, **credentials.cleaned_data)
    return _page(request, application, form, test=test)


def _tested(application: Application, *, tenant_url: str, client_secret: str) -> ConnectionTest:
    """The result of the test. The stored token is sent only to the URL that it was stored for."""
    url = usable_url(tenant_url)
    if client_secret:
        require_token(client_secret)
    token = client_secret or (application.secret if url == application.tenant_url else "")
    if not token:
        raise InvalidSettingError(_("Enter the Secret Token to test."), field="client_secret")
    return run_connection_test(url, token)


def _page(
    request: PortalRequest, application: Application, form: ProvisioningForm, *, test: ConnectionTest | None = None
) -> HttpResponse:
    status = 200 if test else status_of(form)
    return show(request, application, "provisioning", status=status, form=form, test=test)
