"""The first steps of a new organization. The list disappears when they are done."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from controlhub.actions.mail import is_mail_sent
from controlhub.models import AccessToken, Account, Organization

ENOUGH_ADMINS = 2


@dataclass(frozen=True, slots=True)
class Step:
    """`url` is the page where the step is done; "" if it is confirmed on this page."""

    title: str
    detail: str
    is_done: bool
    url: str = ""
    button: str = ""


def first_steps(organization: Organization) -> list[Step]:
    """All steps in order; empty if all are done."""
    steps = [
        Step(
            _("Connect a directory"),
            _("Its first request completes this step."),
            _is_connected(organization),
            reverse("provisioning"),
            _("Connect"),
        ),
        Step(
            _("Invite a second administrator"),
            _("If one administrator is locked out, the other can help."),
            _has_second_admin(organization),
            reverse("user-add"),
            _("Invite"),
        ),
        Step(
            _("Set up mail"),
            _("Set EMAIL_URL. Until then, mail is written to files."),
            is_mail_sent(),
            reverse("job-list"),
            _("Open"),
        ),
        Step(
            _("Back up the secret keys"),
            _("Without them, a restored backup cannot be read."),
            _is_backup_confirmed(organization),
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _is_connected(organization: Organization) -> bool:
    used = AccessToken.objects.in_organization(organization).filter(connection__isnull=False)
    return used.filter(last_used_at__isnull=False).exists()


def _has_second_admin(organization: Organization) -> bool:
    accounts = Account.objects.in_organization(organization).values_list("pk")
    return len(accounts[:ENOUGH_ADMINS]) == ENOUGH_ADMINS


def _is_backup_confirmed(organization: Organization) -> bool:
    events = AuditEvent.objects.in_organization(organization).about(organization.pk)
    return events.filter(action=AuditAction.BACKUP_CONFIRMED).exists()
