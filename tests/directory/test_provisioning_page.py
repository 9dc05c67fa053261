"""The Provisioning page is saved and tested. The secret is never shown, and no test reaches internal addresses."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from controlhub.security.networks import AllowedNetwork
from directory.actions.applications import add_application
from directory.gallery import template_of
from directory.models import Application
from tests.factories import COMMAND

URL = "https://webex.example.com/v1/scim/7c0e4f2a"
TOKEN = "s3cret-token-that-nobody-sees-41d8"
HOSTILE = [
    "http://127.0.0.1:{port}/scim",
    "https://127.0.0.1:{port}/scim",
    "https://localhost/scim",
    "https://[::1]/scim",
    "https://[::ffff:127.0.0.1]/scim",
    "https://2130706433/scim",
    "https://10.0.0.5/scim",
    "https://169.254.169.254/latest",
    "https://webex.example.com@127.0.0.1/scim",
    "https://webex.example.com:22/scim",
    "ftp://webex.example.com/scim",
    "//127.0.0.1:{port}/scim",
    "https://",
]


class Target(BaseHTTPRequestHandler):
    """A SCIM service with responses set by the test. Every request is recorded."""

    def do_GET(self):
        self.server.requests.append((self.path, self.headers["Authorization"]))
        status, body = self.server.answers.get(self.path.split("?")[0].rsplit("/", 1)[1], (404, b""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "http://127.0.0.1/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def target():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Target)
    server.requests = []
    empty = json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0}).encode()
    server.answers = {"Users": (200, empty), "Schemas": (200, empty)}
    server.url = f"http://127.0.0.1:{server.server_port}/scim"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def application(organization):
    return add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)


@pytest.fixture
def allowed(settings, target):
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read(f"127.0.0.1:{target.server_port}")]


def form(application, **changed):
    values = {
        "version": application.version,
        "mode": "automatic",
        "interval": "40",
        "tenant_url": URL,
        "client_secret": TOKEN,
        "deletion_threshold": "20",
        "guards_deletions": "on",
        "provisions_users": "on",
        "creates": "on",
        "updates": "on",
        "deletes": "on",
        "scope": "assigned",
    }
    return {name: value for name, value in (values | changed).items() if value is not None}


def save(portal, application, **changed):
    address = reverse("application-provisioning", args=[application.pk])
    answer = portal.post(address, form(Application.objects.get(pk=application.pk), **changed))
    application.refresh_from_db()
    return answer


def run_test(portal, application, **changed):
    address = reverse("application-test", args=[application.pk])
    return portal.post(address, form(Application.objects.get(pk=application.pk), **changed))


def test_settings_are_saved_and_the_token_is_never_shown(portal, application):
    answer = save(portal, application, is_on="on", notification_email="it@example.com", notifies="on")
    assert answer.status_code == 302
    assert (application.is_on, application.is_automatic, application.deletion_threshold) == (True, True, 20)
    assert application.secret == TOKEN
    page = portal.get(answer.url).content.decode()
    assert TOKEN not in page
    assert "ends in 41d8" in page
    event = AuditEvent.objects.get(action=AuditAction.APPLICATION_CONFIGURED)
    assert TOKEN not in json.dumps([str(value) for value in vars(event).values()])


def test_saving_unchanged_settings_records_nothing(portal, application):
    save(portal, application)
    save(portal, application, client_secret="")
    assert AuditEvent.objects.filter(action=AuditAction.APPLICATION_CONFIGURED).count() == 1


@pytest.mark.parametrize("url", [URL + "0", "https://other.example.com/v1/scim/7c0e4f2a"])
def test_token_is_removed_when_the_url_changes(portal, application, url):
    save(portal, application)
    save(portal, application, tenant_url=url, client_secret="")
    assert application.sealed_secret == application.secret_ending == ""
    assert application.tenant_url == url


def test_enabled_application_cannot_lose_its_token(portal, application):
    save(portal, application, is_on="on")
    answer = save(portal, application, is_on="on", tenant_url="https://other.example.com/scim", client_secret="")
    assert answer.status_code == 409
    assert "Enter the Secret Token for it." in answer.content.decode()
    assert application.secret == TOKEN


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"is_on": "on", "tenant_url": "", "client_secret": ""}, "Enter the Tenant URL"),
        ({"is_on": "on", "client_secret": ""}, "Enter the Secret Token"),
        ({"notifies": "on"}, "Enter the email address"),
        ({"notification_email": "nobody"}, "Enter the email address"),
        ({"client_secret": "two words"}, "no spaces"),
        ({"tenant_url": URL + "#users"}, "Remove #"),
        ({"interval": "0"}, "greater than or equal to 1"),
    ],
)
def test_invalid_settings_are_refused_with_a_remedy(portal, application, changed, message):
    answer = save(portal, application, **changed)
    assert answer.status_code in {409, 422}
    assert message in answer.content.decode()
    assert application.version == 1


def test_second_of_two_administrators_sees_that_the_page_is_outdated(portal, application):
    save(portal, application)
    answer = save(portal, application, version="1", scope="all")
    assert answer.status_code == 409
    assert "Somebody else saved this in the meantime." in answer.content.decode()
    assert application.scope == "assigned"


def test_changed_scope_causes_all_objects_to_be_checked_again(portal, application):
    save(portal, application)
    before = application.configured
    save(portal, application, interval="5")
    assert application.configured == before
    save(portal, application, scope="all")
    assert application.configured == before + 1


@pytest.mark.usefixtures("allowed")
def test_connection_test_lists_its_steps(portal, application, target):
    answer = run_test(portal, application, tenant_url=target.url)
    steps = answer.context["test"].steps
    assert [step.is_ok for step in steps] == [True, True]
    assert [path.split("?")[0] for path, _ in target.requests] == ["/scim/Users", "/scim/Schemas"]
    assert {token for _, token in target.requests} == {f"Bearer {TOKEN}"}
    application.refresh_from_db()
    assert application.tenant_url == ""
    assert TOKEN not in answer.content.decode()


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (401, b"", "Create a new one"),
        (404, b"", "no SCIM service at this URL"),
        (429, b"", "Wait a few minutes"),
        (503, b"", "Test again later"),
        (400, b"<script>alert(1)</script>", "&lt;script&gt;"),
        (200, b"<html>", "not a SCIM list"),
        (200, b"[]", "not a SCIM list"),
        (200, b'{"schemas": [], "Resources": [{"id": "1"}]}', "ignores filters"),
        (302, b"", "Redirects are not followed"),
        (200, b"x" * 1_100_000, "too large or too slow"),
    ],
)
def test_connection_test_explains_what_to_do(portal, application, target, status, body, message):
    target.answers["Users"] = (status, body)
    answer = run_test(portal, application, tenant_url=target.url)
    assert not answer.context["test"].is_ok
    page = answer.content.decode()
    assert message in page
    assert "<script>alert" not in page
    assert len(target.requests) == 1


@pytest.mark.usefixtures("allowed")
def test_stored_token_is_sent_only_to_its_own_url(portal, application, target):
    save(portal, application, tenant_url=target.url)
    run_test(portal, application, tenant_url=target.url, client_secret="")
    assert len(target.requests) == 2
    answer = run_test(portal, application, tenant_url=target.url + "/other", client_secret="")
    assert "Enter the Secret Token to test." in answer.content.decode()
    assert len(target.requests) == 2


@pytest.mark.parametrize("url", HOSTILE)
def test_no_internal_address_is_reached(portal, application, target, url):
    url = url.format(port=target.server_port)
    run_test(portal, application, tenant_url=url)
    save(portal, application, tenant_url=url)
    assert target.requests == []
