"""The pages of alerts: create one from a template or a filter, change, pause, resume and delete it; its history."""

from datetime import timedelta

import pytest
from django.urls import reverse

from audit.alerts.counting import Rule
from audit.alerts.events import outlook
from audit.models import AuditEvent
from audit.portal.alerts import READY, in_words, rule_in_words
from audit.seal import seal_events
from audit.vocabulary import AuditAction
from controlhub.actions.alerts import AlertSettings, add_alert
from controlhub.actions.firings import Cause, fire
from controlhub.actions.saved_views import ViewContent, save_view
from controlhub.database.clock import machine_now
from controlhub.models import Alert, AlertTrigger, ViewPage
from tests import factories
from tests.factories import COMMAND

FORM = {
    "name": "Deletions",
    "trigger": "events",
    "query": "activity=Delete+user",
    "threshold": "5",
    "window": "60",
    "emails": "ops@example.com, sec@example.com",
    "url": "",
}


@pytest.fixture
def alert(organization):
    wanted = AlertSettings("People", AlertTrigger.EVENTS, "activity=Add+user", 2, emails=("ops@example.com",))
    return add_alert(organization, wanted, actor=COMMAND)


@pytest.fixture
def view(organization):
    return save_view(organization, ViewPage.AUDIT, ViewContent("Ours", True, "activity=Delete+user"), actor=COMMAND)


def post(portal, name, alert=None, **values):
    return portal.post(reverse(name, args=[alert.pk] if alert else []), values)


def form_of(answer):
    return answer.context["form"]


def test_saved_view_becomes_an_alert(portal, view):
    added = portal.post(reverse("alert-add"), FORM)
    alert = Alert.objects.get()
    assert added.url == reverse("alert-detail", args=[alert.pk])
    assert (alert.query, alert.threshold, alert.window) == (view.query, 5, timedelta(hours=1))
    assert alert.emails == ["ops@example.com", "sec@example.com"]
    assert "Activity: Delete user" in portal.get(added.url).content.decode()


def test_signing_secret_of_a_webhook_is_shown_for_a_limited_time(portal, view):
    added = portal.post(reverse("alert-add"), {**FORM, "url": "https://example.com/in"})
    assert Alert.objects.get().secret in portal.get(added.url).content.decode()


@pytest.mark.parametrize("ready", READY, ids=[ready.key for ready in READY])
def test_ready_made_alerts_fill_the_form_and_can_be_saved(portal, ready):
    form = form_of(portal.get(f"{reverse('alert-add')}?ready={ready.key}"))
    values = {name: "" if form[name].value() is None else str(form[name].value()) for name in form.fields}
    assert values["emails"], "the administrator's own address"
    assert portal.post(reverse("alert-add"), values).status_code == 302
    saved = Alert.objects.get()
    assert (saved.trigger, saved.threshold, saved.query) == (ready.trigger, ready.threshold, ready.query)
    shown = [left.key for left in portal.get(reverse("alert-list")).context["ready"]]
    assert shown == [other.key for other in READY if other is not ready]


def test_filters_of_the_log_become_an_alert(portal):
    address = f"{reverse('alert-add')}?category=RoleManagement&not=category&date=hour&columns=who"
    form = form_of(portal.get(address))
    assert form["query"].value() == "category=RoleManagement&not=category"
    assert form.fields["query"].choices[-1][1] == "Category: not Role management"
    values = {**FORM, "query": form["query"].value()}
    assert portal.post(address, values).status_code == 302
    assert Alert.objects.get().query == "category=RoleManagement&not=category"


@pytest.mark.parametrize("query", ["q=Ada", "activity=Nonsense"])
def test_search_and_invalid_filters_are_explained(portal, query):
    answer = portal.get(f"{reverse('alert-add')}?{query}")
    assert answer.context["problem"]
    assert form_of(answer)["query"].value() == ""


@pytest.mark.parametrize("query", ["q=Ada", "activity=Gone"])
def test_views_unsuitable_for_alerts_are_not_offered(portal, organization, query):
    save_view(organization, ViewPage.AUDIT, ViewContent("Not this", True, query), actor=COMMAND)
    labels = [label for _query, label in form_of(portal.get(reverse("alert-add"))).fields["query"].choices]
    assert "Not this" not in labels


@pytest.mark.parametrize(
    ("wrong", "field", "status"),
    [
        ({"emails": ""}, "emails", 409),
        ({"emails": "x"}, "emails", 409),
        ({"url": "http://example.com"}, "url", 409),
        ({"query": "activity=Delete+user&x=y"}, "query", 422),
        ({"threshold": "0"}, "threshold", 422),
        ({"window": "61"}, "window", 422),
        ({"trigger": "weather"}, "trigger", 422),
        ({"name": ""}, "name", 422),
    ],
)
def test_errors_are_shown_next_to_their_fields(portal, view, wrong, field, status):
    answer = portal.post(reverse("alert-add"), {**FORM, **wrong})
    assert answer.status_code == status
    assert list(form_of(answer).errors) == [field]
    assert not Alert.objects.exists()


def test_alert_can_be_changed_paused_resumed_and_deleted(portal, alert):
    page = portal.get(reverse("alert-change", args=[alert.pk]))
    assert form_of(page)["query"].value() == alert.query
    values = {**FORM, "query": alert.query, "name": "Others"}
    assert portal.post(reverse("alert-change", args=[alert.pk]), values).status_code == 302
    post(portal, "alert-pause", alert)
    assert Alert.objects.get().is_paused
    post(portal, "alert-pause", alert)
    post(portal, "alert-resume", alert)
    assert not Alert.objects.get().is_paused
    post(portal, "alert-delete", alert)
    recorded = AuditEvent.objects.filter(target_id=str(alert.pk)).order_by("pk").values_list("action", flat=True)
    names = ("ADDED", "CHANGED", "PAUSED", "RESUMED", "DELETED")
    assert list(recorded) == [AuditAction[f"ALERT_{name}"].value for name in names]


def test_list_shows_how_often_the_alert_would_have_fired(portal, organization, alert, at):
    for hours in (0, 1, 5):
        at(hours=hours)
        for number in range(3):
            factories.make_user(organization, f"{hours}-{number}@example.com")
    (row,) = portal.get(reverse("alert-list")).context["rows"]
    assert (str(row.past.fired), str(row.past.events)) == ("3", "10")
    at(days=31)
    rule = Rule(alert.threshold, alert.window)
    assert str(outlook(organization, AlertTrigger.EVENTS, alert.query, rule).fired) == "0"


def test_past_firings_are_estimated_from_a_limited_number_of_events(portal, organization, alert, monkeypatch):
    monkeypatch.setattr("audit.alerts.events.MOST_SIMULATED", 3)
    for number in range(5):
        factories.make_user(organization, f"{number}@example.com")
    (row,) = portal.get(reverse("alert-list")).context["rows"]
    assert (str(row.past.fired), str(row.past.events)) == ("more than 1", "more than 3")


def test_page_shows_daily_peaks_and_the_threshold(portal, organization, alert, at):
    for days, number in ((-2, 4), (0, 1)):
        at(days=days)
        for each in range(number):
            factories.make_user(organization, f"{days}-{each}@example.com")
    chart = portal.get(reverse("alert-detail", args=[alert.pk])).context["chart"]
    assert [bar.value for bar in chart.bars] == [0] * 27 + [4, 0, 2], "the administrator was added, too"
    assert chart.threshold == alert.threshold
    assert [bool(bar.failed) for bar in chart.bars[-3:]] == [True, False, True]


def test_change_form_shows_the_chart_of_the_saved_alert(portal, organization, alert):
    factories.make_user(organization, "ada@example.com")
    page = reverse("alert-change", args=[alert.pk])
    refused = portal.post(page, FORM | {"name": "", "threshold": "9"})
    assert form_of(refused).errors
    for answer in (portal.get(page), refused):
        chart = answer.context["chart"]
        assert (chart.bars[-1].value, chart.threshold) == (2, 2), "the administrator was added, too"


def test_chart_begins_with_the_first_event_considered(portal, organization, alert, at, monkeypatch):
    monkeypatch.setattr("audit.alerts.events.MOST_SIMULATED", 4)
    for days in (-9, -2, -1, 0):
        at(days=days)
        factories.make_user(organization, f"{days}@example.com")
    chart = portal.get(reverse("alert-detail", args=[alert.pk])).context["chart"]
    assert [bar.value for bar in chart.bars] == [1, 2]


def test_history_shows_each_firing_with_its_events(portal, alert):
    now = machine_now()
    fire(alert, Cause(7, now - timedelta(minutes=5), now))
    answer = portal.get(reverse("alert-detail", args=[alert.pk]))
    ((firing, log),) = answer.context["firings"]
    assert (firing.number, firing.mails) == (7, 1)
    seal_events()
    path = log.partition("/audit/")[2]
    assert portal.get(f"/audit/{path}").context["errors"] == {}
    (row,) = portal.get(reverse("alert-list")).context["rows"]
    assert row.alert.state == "firing"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Every event"),
        ("tab=sign-ins&status=failure", "Sign-ins. Status: Failure"),
        ("target=Ada&target=Bo&not=target", "Target: not Ada, Bo"),
    ],
)
def test_filters_are_described_in_words(organization, query, words):
    assert in_words(organization, query) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"trigger": "events", "threshold": 1}, "Any event, at most one alert within 1 hour"),
        ({"trigger": "events", "threshold": 25}, "25 events within 1 hour"),
        ({"trigger": "stream", "threshold": 1}, "1 event has been waiting for 1 hour"),
        ({"trigger": "verification", "threshold": 1}, "Each time, at most once within 1 hour"),
        ({"trigger": "events", "threshold": 2, "window": timedelta(minutes=7)}, "2 events within 7 minutes"),
    ],
)
def test_rule_is_described_in_words(values, words):
    assert rule_in_words(Alert(**{"window": timedelta(hours=1)} | values)) == words
