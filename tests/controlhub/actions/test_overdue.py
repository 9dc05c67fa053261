"""A job that has not succeeded for several periods is shown on Jobs and reported once by mail."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from controlhub.models import OutgoingMail, Role, ScheduledJob
from controlhub.tasks import purge_users, report_overdue_jobs, seal_audit
from tests import factories
from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(organization, admin):
    """An installation whose jobs have all just succeeded."""
    report_overdue_jobs()
    ScheduledJob.objects.update(
        started_at=Now(), finished_at=Now(), succeeded_at=Now(), expected_since=Now() - timedelta(days=9)
    )


def last_success(name, **ago):
    ScheduledJob.objects.filter(name=name).update(succeeded_at=Now() - timedelta(**ago))


def reported():
    return list(OutgoingMail.objects.order_by("pk").values_list("address", flat=True))


@pytest.mark.parametrize(
    ("name", "minutes", "overdue"),
    [
        ("purge_users", 31, True),  # every 10 minutes
        ("purge_users", 29, False),
        ("seal_audit", 11, True),  # every minute, but the minimum is 10 minutes
        ("seal_audit", 9, False),
        ("sweep_sessions", 181, True),  # every hour
        ("sweep_sessions", 179, False),
    ],
)
def test_job_is_overdue_after_three_periods_without_success(running, portal, name, minutes, overdue):
    last_success(name, minutes=minutes)
    assert report_overdue_jobs() == overdue
    assert reported() == ["neo@example.com"] * overdue
    assert ("Overdue" in read(portal.get("/jobs/")).text) is overdue


def test_each_incident_is_mailed_once(running):
    last_success("purge_users", hours=1)
    assert [report_overdue_jobs() for _ in range(3)] == [1, 0, 0]
    assert "purge_users\n- Last success: " in OutgoingMail.objects.get().body
    purge_users()
    assert report_overdue_jobs() == 0
    last_success("purge_users", hours=1)
    assert report_overdue_jobs() == 1, "the next incident"
    assert len(reported()) == 2


@pytest.mark.django_db(transaction=True)
def test_job_that_starts_but_keeps_failing_is_overdue(running, monkeypatch):
    last_success("purge_users", hours=1)
    monkeypatch.setattr("controlhub.tasks.purge_due_users", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        purge_users()
    assert report_overdue_jobs() == 1
    assert "UTC, ZeroDivisionError" in OutgoingMail.objects.get().body


def test_jobs_overdue_at_the_same_time_are_reported_in_one_mail(running):
    ScheduledJob.objects.exclude(name="report_overdue_jobs").update(succeeded_at=Now() - timedelta(days=1))
    assert report_overdue_jobs() > 5
    assert len(reported()) == 1


def test_new_installation_has_no_overdue_jobs(organization, admin, portal):
    assert report_overdue_jobs() == 0
    assert "Overdue" not in read(portal.get("/jobs/")).text
    ScheduledJob.objects.exclude(name="report_overdue_jobs").update(expected_since=Now() - timedelta(days=1))
    assert report_overdue_jobs() > 5, "a job that never succeeds"
    assert "Last success: none yet" in OutgoingMail.objects.get().body


def test_nothing_is_overdue_after_the_installation_was_stopped_overnight(running, portal):
    ScheduledJob.objects.update(succeeded_at=Now() - timedelta(hours=10))
    assert "Overdue" in read(portal.get("/jobs/")).text
    assert [report_overdue_jobs(), report_overdue_jobs()] == [0, 0]
    assert "Overdue" not in read(portal.get("/jobs/")).text
    ScheduledJob.objects.update(expected_since=Now() - timedelta(hours=5))
    seal_audit()
    assert report_overdue_jobs() > 5, "but if they do not succeed within their time, they are"


def test_full_administrators_of_the_first_organization_get_the_mail(running, organization, other_organization):
    factories.make_admin(organization, "help@example.com", Role.HELP_DESK)
    factories.make_admin(organization, "trinity@example.com")
    factories.make_admin(other_organization, "smith@machine.example")
    last_success("purge_users", hours=1)
    report_overdue_jobs()
    assert sorted(reported()) == ["neo@example.com", "trinity@example.com"]


def test_operators_get_the_mail_if_configured(running, settings):
    settings.OPERATOR_EMAIL = ["ops@example.com", "oncall@example.com"]
    last_success("purge_users", hours=1)
    report_overdue_jobs()
    assert reported() == ["ops@example.com", "oncall@example.com"]
