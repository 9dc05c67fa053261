"""Overdue jobs: the operators get one mail about each incident."""

import logging

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from controlhub.actions.mail import mail_operators
from controlhub.models import ScheduledJob

logger = logging.getLogger(__name__)
OWN_NAME = "report_overdue_jobs"


def report_overdue_jobs() -> int:
    """Send mail about jobs that have become overdue. Returns the number of jobs."""
    ScheduledJob.objects.bulk_create(
        [ScheduledJob(name=name) for name in settings.JOB_INTERVALS], ignore_conflicts=True
    )
    if ScheduledJob.objects.scheduled().get(name=OWN_NAME).is_overdue:
        _expect_anew()
    return _report()


def _expect_anew() -> None:
    """Give the other jobs time before they are overdue, because the whole installation was stopped."""
    ScheduledJob.objects.scheduled().update(expected_since=Now())


@transaction.atomic
def _report() -> int:
    unreported = ScheduledJob.objects.scheduled().filter(overdue_reported_at__isnull=True)
    jobs = [job for job in unreported.select_for_update(skip_locked=True).order_by("name") if job.is_overdue]
    if jobs:
        names = ", ".join(job.name for job in jobs)
        logger.error("Overdue jobs: %s", names)
        mail_operators(
            subject=lambda: _("Overdue: {names}").format(names=names),
            template="mail/jobs_overdue.txt",
            context={"jobs": jobs},
        )
        ScheduledJob.objects.filter(pk__in=[job.pk for job in jobs]).update(overdue_reported_at=Now())
    return len(jobs)
