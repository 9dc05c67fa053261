"""The steps before the first cycle of an application."""

from django.urls import reverse
from django.utils.translation import gettext as _

from controlhub.models import Job
from controlhub.portal.overview.steps import Step
from directory.engine.dry_runs import DryRun
from directory.models import Application, ProvisioningScope


def first_steps(application: Application) -> list[Step]:
    """All steps in Entra's order; empty after the first cycle has begun."""
    if application.cycles.exists():
        return []
    return [
        Step(
            _("Enter the credentials"),
            _("The Tenant URL and the Secret Token. Test Connection says whether they work."),
            bool(application.tenant_url and application.sealed_secret),
            reverse("application-provisioning", args=[application.pk]),
            _("Open"),
        ),
        Step(
            _("Assign users and groups"),
            _("Only assigned users and groups are provisioned, unless the scope is all users and groups."),
            application.scope == ProvisioningScope.ALL or application.assignments.exists(),
            reverse("application-assign", args=[application.pk]),
            _("Assign"),
        ),
        Step(
            _("Start a dry run"),
            _("It shows what the first cycle would do, and changes nothing."),
            _is_tried(application),
            reverse("application-dry-run", args=[application.pk]),
            _("Open"),
        ),
        Step(
            _("Turn provisioning on"),
            _("Set the provisioning status to On. The first cycle begins."),
            application.is_on,
            reverse("application-provisioning", args=[application.pk]),
            _("Open"),
        ),
    ]


def _is_tried(application: Application) -> bool:
    jobs = Job.objects.in_organization(application.organization).filter(kind=DryRun.name)
    return jobs.filter(parameters__application=str(application.pk)).exists()
