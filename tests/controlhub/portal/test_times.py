"""Times in words."""

from datetime import timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime

from controlhub.database.clock import machine_now
from controlhub.templatetags.portal import relative


def test_times_are_relative_only_up_to_a_day_ago():
    now = machine_now()
    assert relative(now) == relative(now + timedelta(seconds=30)) == "Just now"
    assert relative(now - timedelta(minutes=5)) == "5 min ago"
    assert relative(now - timedelta(hours=23, minutes=5)) == "23 hours ago"
    for far in (now - timedelta(days=2), now + timedelta(hours=2), now + timedelta(days=300)):
        assert relative(far) == date_format(localtime(far), "SHORT_DATE_FORMAT")
