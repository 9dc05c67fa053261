"""Tests of alerts: they send what a firing would send, marked as a test, and do not affect when the alert fires."""

import pytest
from django.urls import reverse

from audit.alerts import webhooks
from audit.alerts.evaluation import evaluate_alerts, report_stalled_streams
from audit.models import AuditEvent
from audit.seal import seal_events
from audit.vocabulary import AuditAction
from controlhub.actions.alerts import pause_alert
from controlhub.actions.firings import send_test
from controlhub.errors import AlertStateError
from controlhub.models import Alert, AlertFiring, AlertState, AlertTrigger, OutgoingMail
from tests.audit.alerting import OPS, add_people, alert_on, fired
from tests.factories import COMMAND

pytestmark = pytest.mark.django_db
URL = "https://127.0.0.1/"
"""A receiver that the outbound client refuses."""


@pytest.mark.parametrize("trigger", AlertTrigger)
def test_mail_is_marked_as_a_test(organization, trigger):
    send_test(alert_on(organization, trigger, emails=(OPS, "sec@example.com")), actor=COMMAND)
    mails = OutgoingMail.objects.order_by("address")
    assert [mail.address for mail in mails] == [OPS, "sec@example.com"]
    assert all(mail.subject == f"Test alert: Many people · {organization.name}" for mail in mails)
    assert all(mail.body.startswith("This is a test of the alert Many people.") for mail in mails)


def test_mail_of_a_firing_is_not_marked_as_a_test(organization):
    alert_on(organization, threshold=1)
    add_people(organization, 1)
    evaluate_alerts()
    mail = OutgoingMail.objects.get()
    assert "test" not in f"{mail.subject} {mail.body}".lower()


def test_testing_does_not_affect_when_the_alert_fires(organization):
    alert = alert_on(organization)
    add_people(organization, 2)
    evaluate_alerts()
    before = Alert.objects.filter(pk=alert.pk).values().get()
    send_test(alert, actor=COMMAND)
    assert Alert.objects.filter(pk=alert.pk).values().get() == before
    assert Alert.objects.with_state().get().state == AlertState.ON
    add_people(organization, 1)
    assert evaluate_alerts() == 1
    assert fired(alert) == [3, 3], "the example of the test, and three people"


def test_event_of_a_test_fires_no_alert(organization):
    send_test(alert_on(organization, query="activity=Test+alert", threshold=1), actor=COMMAND)
    seal_events()
    assert evaluate_alerts() == 0


def test_testing_a_stalled_stream_alert_keeps_nothing_open(organization):
    alert = alert_on(organization, AlertTrigger.STREAM)
    send_test(alert, actor=COMMAND)
    report_stalled_streams()
    assert Alert.objects.with_state().get().state == AlertState.ON
    assert AlertFiring.objects.get().ended_at is None


def test_event_names_the_administrator_who_sent_the_test(organization):
    alert = alert_on(organization, url=URL)
    send_test(alert, actor=COMMAND)
    event = AuditEvent.objects.get(action=AuditAction.ALERT_TESTED)
    assert (event.target_id, event.actor_label) == (str(alert.pk), COMMAND.label)
    assert event.details == {"mails": 1, "webhook": True}


def test_paused_alert_can_be_tested(organization):
    pause_alert(alert := alert_on(organization, url=URL), actor=COMMAND)
    send_test(alert, actor=COMMAND)
    webhooks.send_alerts()
    assert "OUTBOUND_ALLOW" in AlertFiring.objects.get().error


def test_second_test_is_refused_while_the_first_is_pending(organization, at):
    send_test(alert := alert_on(organization, url=URL), actor=COMMAND)
    at(minutes=5)
    with pytest.raises(AlertStateError, match="still waiting"):
        send_test(alert, actor=COMMAND)
    webhooks.send_alerts()
    send_test(alert, actor=COMMAND)
    assert AlertFiring.objects.count() == 2


def test_tests_send_at_most_one_mail_a_minute(organization, at):
    send_test(alert := alert_on(organization), actor=COMMAND)
    with pytest.raises(AlertStateError, match="Wait a minute"):
        send_test(alert, actor=COMMAND)
    at(minutes=2)
    send_test(alert, actor=COMMAND)
    assert OutgoingMail.objects.count() == 2


def test_page_sends_a_test_and_shows_it_in_the_history(portal, organization):
    alert = alert_on(organization, url=URL)
    page = reverse("alert-detail", args=[alert.pk])
    answers = [portal.post(reverse("alert-test", args=[alert.pk]), follow=True) for _ in range(2)]
    said = [[message.level_tag for message in answer.context["messages"]] for answer in answers]
    assert said == [["success"], ["error"]]
    ((test, link),) = portal.get(page).context["firings"]
    assert (test.is_test, test.mails, link) == (True, 1, "")
    (row,) = portal.get(reverse("alert-list")).context["rows"]
    assert row.alert.fired_at is None
