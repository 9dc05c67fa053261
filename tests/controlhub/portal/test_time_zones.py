"""The time zone of pages: the browser's, or the one chosen by an administrator. The title of a time is in UTC."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from controlhub.actions.mail import written
from controlhub.models import OutgoingMail
from controlhub.text.time_zones import COOKIE, time_zone_of
from tests import factories, pages

LATE = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Europe/Berlin",), "Europe/Berlin"),
        (("", "Asia/Karachi"), "Asia/Karachi"),
        (("Mars/Olympus", "UTC"), "UTC"),
        (("../../etc/passwd",), "UTC"),
        (("\0", "x" * 5_000), "UTC"),
        ((), "UTC"),
    ],
)
def test_first_known_zone_is_used(names, expected):
    assert str(time_zone_of(*names)) == expected


def time_of_event(portal):
    """The text and title of the time of an audit event, as shown on its page."""
    event = AuditEvent.objects.earliest("id")
    time = pages.read(portal.get(reverse("event-detail", args=[event.pk]))).one("time")
    return time.text, time["title"]


def test_pages_use_the_time_zone_of_the_browser(portal):
    portal.cookies[COOKIE] = "Asia/Karachi"
    text, title = time_of_event(portal)
    assert text.endswith(" PKT")
    assert title.endswith(" UTC")
    assert timezone.get_current_timezone_name() == "UTC", "the time zone ends with the request"


def test_choice_of_an_administrator_has_precedence(portal, admin):
    portal.cookies[COOKIE] = "Asia/Karachi"
    portal.post(reverse("time-zone-choose"), {"time_zone": "Asia/Tokyo"})
    assert time_of_event(portal)[0].endswith(" JST")
    form = pages.read(portal.get(reverse("account-detail"))).form(reverse("time-zone-choose"))
    assert form.fields["time_zone"] == "Asia/Tokyo"
    portal.post(reverse("time-zone-choose"), {"time_zone": ""})
    assert time_of_event(portal)[0].endswith(" PKT")


def test_unknown_time_zone_is_not_saved(portal, admin):
    portal.post(reverse("time-zone-choose"), {"time_zone": "Mars/Olympus"})
    admin.refresh_from_db()
    assert admin.time_zone == ""


def test_audit_log_groups_events_by_days_in_the_viewers_time_zone(portal, at):
    portal.cookies[COOKIE] = "Pacific/Kiritimati"
    page = pages.read(portal.get(reverse("event-list")))
    latest = AuditEvent.objects.latest("id").created_at
    day = timezone.localtime(latest, time_zone_of("Pacific/Kiritimati"))
    assert pages.text_of(page.all("tr.day")[0]) == f"{day:%A}, {day.day} {day:%B} {day.year}"


def test_activity_of_a_user_is_grouped_by_days_in_the_viewers_time_zone(portal, organization):
    user = factories.make_user(organization, "late@example.com")
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        portal.cookies[COOKIE] = zone
        page = pages.read(portal.get(reverse("user-activity", args=[user.pk])))
        day = timezone.localtime(user.created_at, time_zone_of(zone))
        assert pages.text_of(page.all(".days h2")[0]) == f"{day:%A}, {day.day} {day:%B} {day.year}"


def test_mail_always_uses_utc(organization):
    with timezone.override("Asia/Tokyo"):
        mail = written(
            organization,
            "a@example.com",
            language="en",
            subject=lambda: f"{timezone.localtime(LATE):%H:%M}",
            template="mail/factors_removed.txt",
            context={},
        )
    assert isinstance(mail, OutgoingMail)
    assert mail.subject == "23:30"
