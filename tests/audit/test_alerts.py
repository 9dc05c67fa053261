"""Alerts fire once for the same events, whatever happens to the process that evaluates them."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.alerts import evaluation
from audit.alerts.evaluation import evaluate_alerts
from audit.models import AuditCheckpoint, AuditEvent
from audit.seal import DivergedError, seal_events
from audit.vocabulary import AuditAction
from controlhub.actions import firings
from controlhub.actions.admins import assign_role
from controlhub.actions.alerts import (
    AlertSettings,
    change_alert,
    delete_alert,
    pause_alert,
    resume_alert,
)
from controlhub.actions.groups import add_member
from controlhub.actions.mappings import map_group
from controlhub.actions.replays import replay_stream
from controlhub.actions.streams import StreamSettings, add_stream, pause_stream, resume_stream
from controlhub.database.clock import machine_now
from controlhub.errors import AlertStateError, InvalidSettingError
from controlhub.models import Alert, AlertFiring, AlertTrigger, OutgoingMail, Role, Stream, StreamKind
from controlhub.tasks import seal_audit
from tests import factories
from tests.audit.alerting import ADDED, OPS, add_people, alert_on, fired
from tests.factories import COMMAND

pytestmark = pytest.mark.django_db


# --- Events ---------------------------------------------------------------------------------------------------


def test_enough_events_cause_mail_history_and_an_event(organization):
    alert = alert_on(organization)
    add_people(organization, 2)
    assert evaluate_alerts() == 0
    add_people(organization, 1)
    assert evaluate_alerts() == 1
    assert fired(alert) == [3]
    mail = OutgoingMail.objects.get()
    assert mail.address == OPS
    assert "Many people" in mail.subject
    assert f"/audit/?{ADDED}&date_from=" in mail.body
    event = AuditEvent.objects.get(action=AuditAction.ALERT_FIRED)
    assert (event.target_id, event.details["number"], event.actor_label) == (str(alert.pk), 3, "Control Hub")


def test_events_before_the_alert_or_of_other_organizations_do_not_count(organization, other_organization):
    add_people(organization, 3)
    alert = alert_on(organization)
    add_people(other_organization, 3)
    assert evaluate_alerts() == 0
    add_people(organization, 2)
    assert evaluate_alerts() == 0
    assert fired(alert) == []


def test_events_too_far_apart_do_not_count_together(organization, at):
    alert_on(organization)
    add_people(organization, 2)
    at(minutes=11)
    add_people(organization, 1)
    assert evaluate_alerts() == 0


def test_one_mail_per_window_and_no_event_forgotten(organization, at):
    alert = alert_on(organization, threshold=1)
    add_people(organization, 1)
    assert evaluate_alerts() == 1
    for _ in range(3):
        add_people(organization, 2)
        assert evaluate_alerts() == 0
    at(minutes=9)
    assert evaluate_alerts() == 0
    at(minutes=11)
    assert evaluate_alerts() == 1, "what happened meanwhile is in one message"
    assert fired(alert) == [1, 6]
    at(minutes=30)
    assert evaluate_alerts() == 0
    assert OutgoingMail.objects.count() == 2


def test_burst_is_found_in_a_late_evaluation(organization, at):
    alert = alert_on(organization)
    add_people(organization, 4)
    at(hours=5)
    assert evaluate_alerts() == 1
    assert fired(alert) == [4]


def test_many_events_are_evaluated_in_steps(organization, monkeypatch):
    monkeypatch.setattr(evaluation, "WINDOW", 2)
    alert = alert_on(organization, threshold=5)
    add_people(organization, 6)
    assert evaluate_alerts() == 1
    alert.refresh_from_db()
    assert alert.position == AuditEvent.objects.count() - 1, "the event of the firing is not sealed yet"
    seal_events()
    assert evaluate_alerts() == 0


def test_alert_fires_once_although_a_process_dies(organization, monkeypatch):
    alert = alert_on(organization)
    add_people(organization, 3)
    real = evaluation.fire

    def die(*args):
        real(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "fire", die)
    with pytest.raises(KeyboardInterrupt):
        evaluate_alerts()
    assert (fired(alert), OutgoingMail.objects.count()) == ([], 0)
    monkeypatch.setattr(evaluation, "fire", real)
    assert [evaluate_alerts(), evaluate_alerts()] == [1, 0]
    assert (fired(alert), OutgoingMail.objects.count()) == ([3], 1)


def test_failing_alert_does_not_delay_others(organization, monkeypatch):
    broken, fine = alert_on(organization), alert_on(organization)
    add_people(organization, 3)
    real = evaluation.question_of

    def ask(alert):
        if alert.pk == broken.pk:
            raise LookupError
        return real(alert)

    monkeypatch.setattr(evaluation, "question_of", ask)
    assert evaluate_alerts() == 1
    assert (fired(broken), fired(fine)) == ([], [3])


def test_invalid_filter_is_reported_on_the_alert(organization):
    alert = alert_on(organization)
    Alert.objects.filter(pk=alert.pk).update(query="activity=Gone")
    add_people(organization, 3)
    assert evaluate_alerts() == 0
    alert.refresh_from_db()
    assert "activity" in alert.error


def test_alert_does_not_fire_because_of_alerts(organization, at):
    alert = alert_on(organization, query="", threshold=1)
    add_people(organization, 1)
    evaluate_alerts()
    for hours in (1, 2):
        at(hours=hours)
        seal_events()
        evaluate_alerts()
    assert len(fired(alert)) == 1


def test_evaluation_without_new_events_costs_three_statements(organization):
    for _ in range(3):
        alert_on(organization)
    add_people(organization, 5)
    evaluate_alerts()
    seal_events()
    evaluate_alerts()
    with CaptureQueriesContext(connection) as queries:
        assert evaluate_alerts() == 0
    own = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(own) == 3, own
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + evaluation.DUE.replace("%(but)s", "'{}'"))
        assert "audit_leaf_position" in "\n".join(row[0] for row in cursor)


def test_mail_is_in_the_language_of_the_administrator(organization, settings, monkeypatch):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    account, _ = factories.make_admin(organization, "Ada@example.com")
    account.language = "de"
    account.save()
    used, real = {}, firings.written

    def write(organization, email, *, language, **values):
        used[email] = language
        return real(organization, email, language=language, **values)

    monkeypatch.setattr(firings, "written", write)
    alert_on(organization, threshold=1, emails=("Ada@example.com", OPS))
    add_people(organization, 1)
    evaluate_alerts()
    assert used == {"Ada@example.com": "de", OPS: "en"}


# --- New full administrators ------------------------------------------------------------------------------------


def test_new_full_administrators_fire_by_role_and_by_group(organization, scim, at):
    factories.make_admin(organization, "first@example.com")
    account, _ = factories.make_admin(organization, "help@example.com", Role.HELP_DESK)
    alert = alert_on(organization, AlertTrigger.FULL_ADMIN, threshold=1)
    person = factories.make_user(organization, "member@example.com")
    help_desk, full = (factories.make_mapped_group(scim, name, role) for name, role in ROLES.items())
    AlertFiring.objects.all().delete()
    seal_events()
    evaluate_alerts()
    for hours, act in enumerate(
        (
            lambda: assign_role(account, role=Role.FULL_ADMIN, actor=COMMAND),
            lambda: add_member(full, person.pk, actor=COMMAND),
            lambda: map_group(help_desk, role=Role.FULL_ADMIN, actor=COMMAND),
        ),
        start=1,
    ):
        at(hours=hours)
        act()
        seal_events()
        assert evaluate_alerts() == 1
    at(hours=9)
    assign_role(account, role=Role.HELP_DESK, actor=COMMAND)
    seal_events()
    assert evaluate_alerts() == 0
    assert alert.trigger == AlertTrigger.FULL_ADMIN


ROLES = {"Crew": Role.HELP_DESK, "Captains": Role.FULL_ADMIN}


# --- The log itself ---------------------------------------------------------------------------------------------


def test_log_that_cannot_be_sealed_fires_once_per_window(organization, other_organization, at, monkeypatch):
    monkeypatch.setattr(connection, "close", lambda: None)  # it contains the test's transaction
    alert = alert_on(organization, AlertTrigger.VERIFICATION, window=timedelta(hours=24))
    other = alert_on(other_organization, AlertTrigger.VERIFICATION)
    seal_events()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_checkpoint SET subtrees = '\\x00' WHERE organization_id = %s", [organization.pk])
    factories.make_user(organization, "late@example.com")
    for hours in (0, 1, 25):
        at(hours=hours)
        with pytest.raises(DivergedError):
            seal_audit()
    assert (fired(alert), fired(other)) == ([1, 1], [])


def test_fault_found_by_the_command_fires(organization):
    alert = alert_on(organization, AlertTrigger.VERIFICATION)
    seal_events()
    call_command("verify_audit")
    assert fired(alert) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_checkpoint")
    assert not AuditCheckpoint.objects.exists()
    with pytest.raises(CommandError):
        call_command("verify_audit")
    assert fired(alert) == [1]


# --- Streams ----------------------------------------------------------------------------------------------------


def stream_of(organization):
    wanted = StreamSettings("SIEM", StreamKind.WEBHOOK, "https://siem.example.com/in")
    return add_stream(organization, wanted, actor=COMMAND)


def test_stalled_stream_fires_once_until_it_resumes(organization, at):
    stream = stream_of(organization)
    alert = alert_on(organization, AlertTrigger.STREAM, threshold=2, window=timedelta(minutes=15))
    add_people(organization, 3)
    assert evaluate_alerts() == 0
    at(minutes=16)
    assert evaluate_alerts() == 1
    for hours in (1, 24, 48):
        at(hours=hours)
        assert evaluate_alerts() == 0, "one mail for one failure"
    firing = AlertFiring.objects.get(alert=alert)
    assert (firing.subject_label, firing.ended_at) == ("SIEM", None)
    assert "SIEM" in OutgoingMail.objects.get().body
    Stream.objects.filter(pk=stream.pk).update(position=AuditEvent.objects.count())
    evaluate_alerts()
    firing.refresh_from_db()
    assert firing.ended_at


def test_paused_resumed_and_replayed_streams_are_not_stalled(organization, at):
    stream = stream_of(organization)
    alert_on(organization, AlertTrigger.STREAM, threshold=1, window=timedelta(minutes=15))
    add_people(organization, 3)
    pause_stream(stream, actor=COMMAND)
    at(hours=5)
    assert evaluate_alerts() == 0
    resume_stream(stream, actor=COMMAND)
    assert evaluate_alerts() == 0
    Stream.objects.filter(pk=stream.pk).update(position=AuditEvent.objects.count())
    at(hours=9)
    replay_stream(stream, stream.created_at, actor=COMMAND)
    assert evaluate_alerts() == 0
    at(hours=10)
    assert evaluate_alerts() == 1


# --- Actions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"emails": ()}, "emails"),
        ({"emails": ("nobody",)}, "emails"),
        ({"emails": tuple(f"{number}@example.com" for number in range(21))}, "emails"),
        ({"url": "http://example.com"}, "url"),
        ({"url": "tls://example.com:443"}, "url"),
        ({"threshold": 0}, "threshold"),
        ({"threshold": 1_001}, "threshold"),
        ({"window": timedelta(0)}, "window"),
        ({"window": timedelta(days=31)}, "window"),
    ],
)
def test_invalid_settings_are_refused(organization, wrong, field):
    with pytest.raises(InvalidSettingError) as refused:
        alert_on(organization, **wrong)
    assert refused.value.field == field


def test_changed_filter_restarts_and_a_new_url_gets_a_new_secret(organization):
    alert = alert_on(organization, url="https://example.com/a")
    add_people(organization, 2)
    evaluate_alerts()
    alert.refresh_from_db()
    assert len(alert.recent) == 2
    same = AlertSettings("Many people", AlertTrigger.EVENTS, ADDED, 3, alert.window, (OPS,), "https://example.com/a")
    assert not change_alert(alert, same, actor=COMMAND)
    other = AlertSettings(
        "Many", AlertTrigger.EVENTS, "activity=Update+user", 3, alert.window, (OPS,), "https://b.example/"
    )
    assert change_alert(alert, other, actor=COMMAND)
    changed = Alert.objects.get()
    assert changed.recent == []
    assert changed.secret != alert.secret


def test_paused_alert_counts_no_events(organization):
    alert = alert_on(organization)
    pause_alert(alert, actor=COMMAND)
    with pytest.raises(AlertStateError):
        pause_alert(alert, actor=COMMAND)
    add_people(organization, 3)
    assert evaluate_alerts() == 0
    resume_alert(alert, actor=COMMAND)
    with pytest.raises(AlertStateError):
        resume_alert(alert, actor=COMMAND)
    add_people(organization, 2)
    assert evaluate_alerts() == 0


def test_number_of_alerts_and_kept_firings_is_limited(organization, monkeypatch, at):
    monkeypatch.setattr("controlhub.actions.alerts.MOST_ALERTS", 1)
    monkeypatch.setattr("controlhub.actions.firings.MOST_FIRINGS", 2)
    alert = alert_on(organization, threshold=1)
    with pytest.raises(AlertStateError):
        alert_on(organization)
    for hours in range(3):
        at(hours=hours)
        add_people(organization, 1)
        evaluate_alerts()
    assert AlertFiring.objects.count() == 2
    stalled = AlertFiring.objects.create(alert=alert, number=1, since=machine_now(), until=machine_now(), subject="s")
    monkeypatch.setattr("controlhub.actions.firings.MOST_TESTS", 1)
    for hours in range(4, 7):
        at(hours=hours)
        firings.send_test(alert, actor=COMMAND)
        firings.fire(alert, firings.Cause(1, machine_now(), machine_now()))
    kept = AlertFiring.objects.exclude(pk=stalled.pk)
    assert (kept.filter(is_test=True).count(), kept.filter(is_test=False).count()) == (1, 2)
    assert AlertFiring.objects.filter(pk=stalled.pk).exists(), "it has not ended, and would fire again"
    delete_alert(alert, actor=COMMAND)
    assert not AlertFiring.objects.exists()
