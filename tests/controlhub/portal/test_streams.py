"""The pages of streams: add, watch, pause, resume, replay, delete."""

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from audit.seal import seal_events
from audit.vocabulary import AuditAction, Category
from controlhub.actions.streams import StreamSettings, add_stream
from controlhub.models import Stream, StreamKind
from controlhub.models.streams import NO_ANSWER
from tests.factories import COMMAND

URL = "https://siem.example.com/in"
FORM = {"name": "SIEM", "kind": "webhook", "url": URL}


@pytest.fixture
def stream(organization):
    return add_stream(organization, StreamSettings("SIEM", StreamKind.WEBHOOK, URL), actor=COMMAND)


def post(portal, name, stream=None, **values):
    return portal.post(reverse(name, args=[stream.pk] if stream else []), values)


def test_webhook_gets_a_secret_that_is_shown_for_a_while(portal):
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
def test_errors_are_shown_at_their_field(portal, wrong, field, status):
    answer = portal.post(reverse("stream-add"), {**FORM, **wrong})
    assert answer.status_code == status
    assert list(answer.context["form"].errors) == [field]
    assert not Stream.objects.exists()


def test_organization_has_a_bounded_number_of_streams(portal, monkeypatch, stream):
    monkeypatch.setattr("controlhub.actions.streams.MOST_STREAMS", 1)
    answer = portal.post(reverse("stream-add"), FORM)
    assert list(answer.context["form"].errors) == ["name"]


def test_pages_show_what_waits_and_why(portal, stream):
    Stream.objects.update(failures=3, error=NO_ANSWER)
    seal_events()
    (row,) = portal.get(reverse("stream-list")).context["rows"]
    assert row.waiting == AuditEvent.objects.count()
    page = portal.get(reverse("stream-detail", args=[stream.pk])).content.decode()
    assert str(Stream.objects.get().shown_error) in page


def test_pause_resume_and_delete(portal, stream):
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
    ("since", "status"), [("2026-01-01T00:00", 302), ("2999-01-01T00:00", 409), ("1999-12-31T23:59", 422), ("x", 422)]
)
def test_replay_needs_a_time_that_has_been_reached(portal, stream, since, status):
    number = seal_events()
    Stream.objects.update(position=number)
    assert post(portal, "stream-replay", stream, since=since).status_code == status
    assert Stream.objects.get().position == (0 if status == 302 else number)
