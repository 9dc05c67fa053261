"""The pages of streams: add, watch, pause, resume, replay, delete."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent, AuditLeaf, AuditPersonal
from audit.seal import seal_events
from audit.vocabulary import AuditAction, Category
from controlhub.actions.alerts import AlertSettings, add_alert
from controlhub.actions.streams import StreamSettings, add_stream, pause_stream
from controlhub.database.clock import machine_now
from controlhub.models import (
    AlertTrigger,
    Role,
    Stream,
    StreamDelivery,
    StreamHour,
    StreamKind,
    StreamLag,
    StreamRange,
    StreamState,
)
from controlhub.models.streams import NO_ANSWER
from tests import pages
from tests.factories import COMMAND, browser, make_admin

URL = "https://siem.example.com/in"
FORM = {"name": "SIEM", "kind": "webhook", "url": URL}


@pytest.fixture
def stream(organization):
    return add_stream(organization, StreamSettings("SIEM", StreamKind.WEBHOOK, URL), actor=COMMAND)


def post(portal, name, stream=None, **values):
    return portal.post(reverse(name, args=[stream.pk] if stream else []), values)


def test_webhook_gets_a_secret_that_is_shown_for_a_limited_time(portal):
    added = portal.post(reverse("stream-add"), {**FORM, "categories": [Category.USER_MANAGEMENT]})
    stream = Stream.objects.get()
    assert added.url == reverse("stream-detail", args=[stream.pk])
    assert stream.secret in portal.get(added.url).content.decode()
    assert stream.categories == [Category.USER_MANAGEMENT]


@pytest.mark.parametrize(
    ("wrong", "field", "status"),
    [
        ({"url": "http://siem.example.com/in"}, "url", 409),
        ({"url": "https://10.0.0.1:8088/in"}, "url", 409),
        ({"kind": "splunk"}, "client_secret", 409),
        ({"client_secret": "whsec_short"}, "client_secret", 409),
        ({"kind": "mail"}, "kind", 422),
        ({"categories": ["Weather"]}, "categories", 422),
        ({"name": ""}, "name", 422),
    ],
)
def test_errors_are_shown_next_to_their_fields(portal, wrong, field, status):
    answer = portal.post(reverse("stream-add"), {**FORM, **wrong})
    assert answer.status_code == status
    assert list(answer.context["form"].errors) == [field]
    assert not Stream.objects.exists()


def test_number_of_streams_per_organization_is_limited(portal, monkeypatch, stream):
    monkeypatch.setattr("controlhub.actions.streams.MOST_STREAMS", 1)
    answer = portal.post(reverse("stream-add"), FORM)
    assert list(answer.context["form"].errors) == ["name"]


def test_list_links_to_the_form_for_roles_that_manage_the_organization(portal, organization):
    assert reverse("stream-add") in portal.get(reverse("stream-list")).content.decode()
    assert "form" in portal.get(reverse("stream-add")).context
    account, _ = make_admin(organization, "auditor@example.com", Role.AUDITOR)
    assert reverse("stream-add") not in browser(account).get(reverse("stream-list")).content.decode()


def test_pages_show_waiting_events_and_the_reason(portal, stream):
    Stream.objects.update(failures=3, error=NO_ANSWER)
    seal_events()
    (row,) = portal.get(reverse("stream-list")).context["rows"]
    assert row.waiting == AuditEvent.objects.count()
    page = portal.get(reverse("stream-detail", args=[stream.pk])).content.decode()
    assert str(Stream.objects.get().shown_error) in page


def test_pages_show_the_last_response_of_a_failing_receiver(portal, stream):
    Stream.objects.update(failures=2, error="HTTP 503")
    for answer in ("Starting", "Server is busy"):
        attempt = {"position": 0, "number": 1, "milliseconds": 1_250, "error": "HTTP 503", "answer": answer}
        StreamDelivery.objects.create(stream=stream, at=machine_now(), **attempt)
    for page in (reverse("stream-list"), reverse("stream-detail", args=[stream.pk])):
        assert "siem.example.com responded: Server is busy" in portal.get(page).content.decode()
    Stream.objects.update(failures=0, error="")
    (row,) = portal.get(reverse("stream-list")).context["rows"]
    assert row.answer == ""


def test_list_shows_the_figures_of_the_last_day(portal, stream, organization):
    other = add_stream(organization, StreamSettings("Lake", StreamKind.WEBHOOK, URL), actor=COMMAND)
    sealed = seal_events()
    Stream.objects.filter(pk=stream.pk).update(position=sealed)
    Stream.objects.filter(pk=other.pk).update(failures=2, error=NO_ANSWER)
    now = machine_now().replace(minute=0, second=0, microsecond=0)
    hours = ((stream, 0, 5, 0), (stream, 23, 7, 1), (stream, 24, 100, 100), (other, 1, 0, 2))
    for each, ago, delivered, failed in hours:
        hour = now - timedelta(hours=ago)
        StreamHour.objects.create(stream=each, hour=hour, delivered=delivered, failed=failed)
    context = portal.get(reverse("stream-list")).context
    figures, rows = context["figures"], context["rows"]
    assert (figures.newest, figures.last_hour) == (sealed - 1, sealed)
    assert figures.at == AuditEvent.objects.latest("pk").created_at
    assert [row.sent_up_to for row in rows] == [None, sealed - 1]
    assert (figures.delivered, figures.receivers, figures.failed, figures.failing) == (12, 1, 3, 1)
    assert (figures.waiting, figures.since) == (sealed, AuditEvent.objects.earliest("pk").created_at)
    assert [str(row.day) for row in rows] == [
        "Last 24 hours: 0 events delivered, 2 failed attempts",
        "Last 24 hours: 12 events delivered, 1 failed attempt",
    ]
    bars = rows[0].day.chart.bars
    assert len(bars) == 24
    assert [bool(bar.failed_height) for bar in bars[-3:]] == [False, True, False], "a bar for attempts that all failed"


def test_paused_stream_shows_who_paused_it_last(portal, admin, stream):
    def pause():
        (row,) = portal.get(reverse("stream-list")).context["rows"]
        assert portal.get(reverse("stream-detail", args=[stream.pk])).context["row"].pause == row.pause
        return row.pause

    assert pause() is None
    pause_stream(stream, actor=COMMAND)
    assert pause().by == "Command line"
    post(portal, "stream-resume", stream)
    assert pause() is None
    post(portal, "stream-pause", stream)
    assert pause().by == admin.user.display_label
    assert pause().at == AuditEvent.objects.filter(action=AuditAction.STREAM_PAUSED).latest("created_at").created_at


def test_list_needs_nine_queries_for_any_number_of_streams(portal, stream, organization):
    for name in ("Lake", "Archive"):
        add_stream(organization, StreamSettings(name, StreamKind.WEBHOOK, URL), actor=COMMAND)
    Stream.objects.update(failures=1, error=NO_ANSWER)
    seal_events()
    portal.get(reverse("stream-list"))
    with CaptureQueriesContext(connection) as queries:
        portal.get(reverse("stream-list"))
    own = [
        query["sql"]
        for query in queries
        if "stream" in query["sql"] or "alert" in query["sql"] or "audit_leaf" in query["sql"]
    ]
    assert len(own) == 9, own


def test_change_keeps_the_position_and_rotates_the_secret(portal, stream):
    page = reverse("stream-change", args=[stream.pk])
    assert portal.get(page).context["form"].initial["name"] == "SIEM"
    before = Stream.objects.get()
    Stream.objects.update(position=7, failures=3, error=NO_ANSWER, try_at=machine_now() + timedelta(hours=1))
    key = "whsec_" + "A" * 40
    values = {"name": "Lake", "client_secret": key, "categories": [Category.USER_MANAGEMENT]}
    assert portal.post(page, values).url == reverse("stream-detail", args=[stream.pk])
    after = Stream.objects.get()
    assert (after.name, after.secret, after.categories, after.position) == ("Lake", key, [Category.USER_MANAGEMENT], 7)
    assert after.try_at <= machine_now(), "a new secret is tried at once"
    recorded = AuditEvent.objects.get(action=AuditAction.STREAM_CHANGED)
    assert recorded.details == {"secret_changed": True}
    assert key not in str(AuditPersonal.objects.filter(event_id=recorded.pk).values())
    portal.post(page, {"name": "Lake", "categories": [Category.USER_MANAGEMENT]})
    assert Stream.objects.get().secret == key != before.secret
    assert AuditEvent.objects.filter(action=AuditAction.STREAM_CHANGED).count() == 1, "nothing has changed"
    refused = portal.post(page, {"name": "Lake", "client_secret": "short"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (409, ["client_secret"])


def test_stream_without_a_secret_does_not_ask_for_one(portal, organization):
    wanted = StreamSettings("Syslog", StreamKind.SYSLOG, "tls://siem.example.com:443")
    page = reverse("stream-change", args=[add_stream(organization, wanted, actor=COMMAND).pk])
    assert "client_secret" not in portal.get(page).context["form"].fields
    portal.post(page, {"name": "Rsyslog"})
    assert Stream.objects.get().name == "Rsyslog"


def test_stream_can_be_paused_resumed_and_deleted(portal, stream):
    post(portal, "stream-pause", stream)
    assert Stream.objects.get().is_paused
    post(portal, "stream-pause", stream)
    post(portal, "stream-resume", stream)
    assert not Stream.objects.get().is_paused
    post(portal, "stream-delete", stream)
    assert not Stream.objects.exists()
    recorded = AuditEvent.objects.filter(target_id=str(stream.pk)).order_by("pk").values_list("action", flat=True)
    names = ("ADDED", "PAUSED", "RESUMED", "DELETED")
    assert list(recorded) == [AuditAction[f"STREAM_{name}"].value for name in names]


@pytest.mark.parametrize(
    ("since", "until", "status"),
    [
        ("2026-01-01T00:00", "", 302),
        ("2026-01-01T00:00", "2999-01-01T00:00", 302),
        ("2999-01-01T00:00", "", 409),
        ("2026-01-01T00:00", "2026-01-01T00:00", 422),
        ("1999-12-31T23:59", "", 422),
        ("x", "", 422),
        ("2026-01-01T00:00", "x", 422),
    ],
)
def test_replay_needs_a_time_that_the_stream_has_reached(portal, stream, since, until, status):
    number = seal_events()
    Stream.objects.update(position=number)
    answer = post(portal, "stream-replay", stream, since=since, until=until, is_confirmed="on")
    assert answer.status_code == status
    replays = [(found.first, found.stop) for found in StreamRange.objects.filter(is_replay=True)]
    assert replays == ([(0, number)] if status == 302 else [])
    assert Stream.objects.get().position == number


def test_replay_shows_the_number_of_events_before_sending(portal, stream):
    number = seal_events()
    Stream.objects.update(position=number - 1)
    page = post(portal, "stream-replay", stream, since="2026-01-01T00:00")
    replay = page.context["replay"]
    assert (replay.first, replay.last, replay.number, page.context["waiting"]) == (0, number - 2, number - 1, 1)
    assert not StreamRange.objects.exists(), "nothing is replayed yet"
    post(portal, "stream-replay", stream, since=page.context["since"], is_confirmed="on")
    (row,) = portal.get(reverse("stream-list")).context["rows"]
    assert (row.replayed, row.waiting) == (number - 1, AuditLeaf.objects.count() - number + 1)


@pytest.mark.parametrize(
    ("milliseconds", "seconds", "minutes"), [(None, 0, 0), (10, 1, 0), (40_000, 80, 0), (60_000, 0, 2)]
)
def test_replay_shows_its_duration_at_the_current_speed(portal, stream, milliseconds, seconds, minutes):
    seal_events()
    Stream.objects.update(position=2)
    if milliseconds:
        StreamDelivery.objects.create(stream=stream, at=machine_now(), position=0, number=1, milliseconds=milliseconds)
    context = post(portal, "stream-replay", stream, since="2026-01-01T00:00").context
    assert (context["seconds"], context["minutes"]) == (seconds, minutes)


def test_gaps_are_shown_and_replayed_or_dismissed(portal, stream):
    seal_events()
    Stream.objects.update(position=3)
    gap = {"stream": stream, "is_replay": False}
    StreamRange.objects.create(first=0, stop=1, **gap)
    StreamRange.objects.create(first=2, stop=3, **gap)
    for page in (reverse("stream-list"), reverse("stream-detail", args=[stream.pk])):
        context = portal.get(page).context
        row = context["rows"][0] if "rows" in context else context["row"]
        assert (row.state, row.lost) == (StreamState.GAPS, 2)
    post(portal, "stream-gaps-replay", stream)
    assert list(StreamRange.objects.order_by("first").values_list("first", "stop", "is_replay")) == [
        (0, 1, True),
        (2, 3, True),
    ]
    StreamRange.objects.create(first=1, stop=2, **gap)
    post(portal, "stream-gaps-dismiss", stream)
    assert not StreamRange.objects.filter(is_replay=False).exists()
    (row,) = portal.get(reverse("stream-list")).context["rows"]
    assert (row.state, row.lost, row.replayed) == (StreamState.RUNNING, 0, 2)
    for name in ("stream-gaps-replay", "stream-gaps-dismiss"):
        answer = portal.post(reverse(name, args=[stream.pk]), follow=True)
        assert "has no gaps" in answer.content.decode()


def test_page_of_a_stream_shows_its_lag_and_the_threshold_of_an_alert(portal, stream, organization):
    now = machine_now()
    at = now - timedelta(minutes=now.minute % 10, seconds=now.second, microseconds=now.microsecond)
    for minutes, waiting in ((0, 7), (350, 5), (360, 99)):
        StreamLag.objects.create(stream=stream, at=at - timedelta(minutes=minutes), waiting=waiting)
    chart = portal.get(reverse("stream-detail", args=[stream.pk])).context["lag"]
    assert ([bar.value for bar in chart.bars], chart.threshold) == ([5, *[0] * 34, 7], 0)
    for threshold in (6, 9):
        wanted = AlertSettings("Lag", AlertTrigger.STREAM, "", threshold, emails=("ops@example.com",))
        add_alert(organization, wanted, actor=COMMAND)
    chart = portal.get(reverse("stream-detail", args=[stream.pk])).context["lag"]
    assert chart.threshold == 6
    assert [bar.failed for bar in chart.bars] == [*[0] * 35, 7]


def test_refused_confirmation_is_requested_again(portal, stream, organization):
    seal_events()
    page = pages.read(post(portal, "stream-replay", stream, since="3026-01-01T00:00", is_confirmed="on"))
    assert page.all("input[name=since]")
    assert not page.all("input[name=is_confirmed]"), "the next time is counted first"


@pytest.mark.parametrize(("since", "status"), [("2999-01-01T00:00", 409), ("x", 422)])
def test_replay_without_events_is_refused_before_confirmation(portal, stream, since, status):
    Stream.objects.update(position=seal_events())
    answer = post(portal, "stream-replay", stream, since=since)
    assert (answer.status_code, list(answer.context["form"].errors)) == (status, ["since"])
