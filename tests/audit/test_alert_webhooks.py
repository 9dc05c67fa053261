"""The requests of alerts: signed, retried until accepted, and finally given up. Those of tests are sent once."""

import http.server
import threading

import orjson
import pytest

from audit.alerts import webhooks
from audit.alerts.evaluation import evaluate_alerts
from audit.streams.messages import signature
from controlhub.actions.firings import send_test
from controlhub.models import AlertFiring, AlertTrigger
from controlhub.security.networks import AllowedNetwork
from tests.audit.alerting import add_people, alert_on
from tests.factories import COMMAND

pytestmark = pytest.mark.django_db


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((dict(self.headers), body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(settings):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.statuses, server.requests = [], []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    yield server
    server.shutdown()
    server.server_close()


def test_webhook_gets_a_signed_request_until_it_accepts_one(organization, receiver, at):
    receiver.statuses = [500]
    url = f"http://127.0.0.1:{receiver.server_port}/in"
    alert = alert_on(organization, threshold=1, emails=(), url=url)
    add_people(organization, 1)
    evaluate_alerts()
    assert (webhooks.send_alerts(), webhooks.send_alerts()) == (0, 0), "it waits before the next attempt"
    assert AlertFiring.objects.get().shown_error == "The receiver responded with HTTP 500."
    at(minutes=5)
    assert (webhooks.send_alerts(), webhooks.send_alerts()) == (1, 0)
    (_, first), (headers, body) = receiver.requests
    assert orjson.loads(first) == orjson.loads(body)
    event = orjson.loads(body)
    assert (event["type"], event["data"]["number"]) == ("controlhub.alert.fired", 1)
    expected = signature(alert.secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == expected
    assert AlertFiring.objects.get().sent_at


def test_request_is_given_up_after_two_days(organization, at):
    alert_on(organization, threshold=1, emails=(), url="https://127.0.0.1/")
    add_people(organization, 1)
    evaluate_alerts()
    webhooks.send_alerts()
    assert "OUTBOUND_ALLOW" in AlertFiring.objects.get().error
    at(days=3)
    webhooks.send_alerts()
    assert AlertFiring.objects.get().try_at is None


@pytest.mark.parametrize("trigger", AlertTrigger)
def test_request_of_a_test_has_its_own_type_and_the_content_of_a_firing(organization, receiver, trigger):
    alert = alert_on(organization, trigger, emails=(), url=f"http://127.0.0.1:{receiver.server_port}/in")
    send_test(alert, actor=COMMAND)
    assert webhooks.send_alerts() == 1
    ((headers, body),) = receiver.requests
    expected = signature(alert.secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == expected
    event = orjson.loads(body)
    assert (event["type"], event["data"]["number"]) == ("controlhub.alert.test", alert.threshold)
    assert ("stream" in event["data"]) == (trigger == AlertTrigger.STREAM)
    assert ("eventsUrl" in event["data"]) == (trigger == AlertTrigger.EVENTS)


def test_request_of_a_test_is_sent_once(organization, receiver, at):
    receiver.statuses = [500]
    send_test(alert_on(organization, url=f"http://127.0.0.1:{receiver.server_port}/in"), actor=COMMAND)
    webhooks.send_alerts()
    test = AlertFiring.objects.get()
    assert (test.shown_error, test.try_at) == ("The receiver responded with HTTP 500.", None)
    at(minutes=5)
    assert (webhooks.send_alerts(), len(receiver.requests)) == (0, 1)
