"""Bidirectional controls, zero-width characters and line breaks from clients reach no page, mail or log line.

Everything that a client or a person may write is filled with them. Then every page of the resolver is opened, every
mail template is rendered, and every log record is formatted.
"""

import logging
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.template import engines
from django.template.base import VariableNode
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.alerts import AlertSettings, add_alert
from controlhub.actions.connections import issue_client_secret
from controlhub.actions.firings import Cause, fire
from controlhub.actions.groups import add_member, create_group
from controlhub.actions.invitations import Person, add_user, invite_user
from controlhub.actions.mappings import map_group
from controlhub.actions.outbox import send_due_mail
from controlhub.actions.providers import ProviderSettings, add_provider
from controlhub.actions.schemas import extend_resource_type, register_resource_type, register_schema
from controlhub.actions.streams import StreamSettings, add_stream
from controlhub.actions.tokens import warn_of_expiry
from controlhub.actions.users import deactivate_user, delete_user, hold_user
from controlhub.middleware.log_lines import RequestIdFilter
from controlhub.models import (
    AccessToken,
    AlertTrigger,
    Group,
    Job,
    Organization,
    OutgoingMail,
    PurgeRun,
    PurgeState,
    Role,
    SavedView,
    ScimRequest,
    StreamKind,
    User,
    UserImport,
)
from controlhub.models.ids import new_id
from controlhub.text.readable import escaped, is_unreadable, plain
from directory import models as directory
from directory.actions.applications import add_application
from directory.gallery import template_of
from scim.protocol.resource_types import USER_RESOURCE
from tests import factories, pages
from tests.architecture.test_access import PAGES
from tests.conftest import ScimClient

BAD = {
    "right-to-left override": "\u202e",
    "left-to-right embedding": "\u202a",
    "isolate": "\u2067",
    "left-to-right mark": "\u200e",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "Hangul filler": "\u3164",
    "tag": "\U000e0041",
    "line feed": "\n",
    "carriage return": "\r",
    "tab": "\t",
    "vertical tab": "\x0b",
    "escape": "\x1b",
    "next line": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
}
NAME = "Mallory" + "".join(BAD.values()) + "Smith"
AGENT = "curl\xad/1\x85\x80"
ROOT = Path(__file__).resolve().parents[2]
LISTS = ("user-list", "event-list", "user-deleted-list")
HEADINGS = {"h1", "h2", "h3", "title", "option", "label", "button"}


@pytest.mark.parametrize("character", BAD.values(), ids=BAD)
def test_plain_removes_the_character_and_escaped_shows_it(character):
    assert is_unreadable(character)
    assert plain(f"a{character}b") in {"ab", "a b"}
    assert re.fullmatch(r"a\\([nrt]|u[0-9a-f]{4}|U[0-9a-f]{8})b", escaped(f"a{character}b"))


@pytest.mark.parametrize("text", ["Žofie Ångström", "山田太郎", "O'Brien", "محمد", "नमस्ते", "👍", "ｱ", "€5"])
def test_text_in_any_script_is_unchanged(text):
    assert plain(text) == escaped(text) == text


@pytest.mark.parametrize(("text", "shown"), [("a \u00a0  b", "a b"), (" a ", "a"), ("\n\u202e", ""), (None, "None")])
def test_plain_returns_one_line_with_single_spaces(text, shown):
    assert plain(text) == shown


# --- Pages --------------------------------------------------------------------------------------


def hostile_document():
    """A value for every attribute of a user that accepts text."""

    def value_of(attribute):
        if attribute.type == "complex":
            inner = {part.name: value_of(part) for part in attribute.sub_attributes if is_text(part)}
            return [inner] if attribute.multi_valued else inner
        return [NAME] if attribute.multi_valued else NAME

    def is_text(attribute):
        is_ours = attribute.mutability == "readOnly" or attribute.name == "$ref"
        return attribute.type in {"string", "complex"} and not is_ours

    left_out = {"id", "meta", "groups", "userName", "password", "schemas", "x509Certificates"}
    core = USER_RESOURCE.core.attributes
    found = {part.name: value_of(part) for part in core if is_text(part) and part.name not in left_out}
    return found | {"userName": "mallory@example.com", "externalId": NAME}


@pytest.fixture
def world(organization):  # noqa: PLR0915 — one thing of each kind
    """An organization in which everything has a hostile name, and the IDs of its objects by route parameter."""
    Organization.objects.filter(pk=organization.pk).update(name=NAME)
    organization.refresh_from_db()
    account, password = factories.make_admin(organization)
    token, secret = factories.make_token(organization)
    AccessToken.objects.filter(pk=token.pk).update(name=NAME, last_used_agent=AGENT)
    organization.connections.update(name=NAME)
    scim = ScimClient(organization, secret)
    scim.headers["User-Agent"] = AGENT
    made = scim.post("/Users", hostile_document())
    assert made.status_code == 201, made.document
    user = User.objects.get(pk=made.document["id"])
    title = {"op": "replace", "path": "title", "value": NAME + "2"}
    assert scim.patch(f"/Users/{user.pk}", title).status_code == 200
    group = create_group(organization, document={"displayName": "Crew", "externalId": NAME}, actor=factories.COMMAND)
    Group.objects.filter(pk=group.pk).update(display_name=NAME)  # like rows from before names were validated
    map_group(group, role=Role.AUDITOR, actor=factories.COMMAND)
    add_member(group, user.pk, actor=factories.COMMAND)
    connection = organization.connections.get()
    issue_client_secret(connection, actor=factories.COMMAND)
    provider = add_provider(
        organization, ProviderSettings(NAME[:40], "https://idp.example", "hub", "s3cret"), actor=factories.COMMAND
    )
    parts = [{"name": "arms", "type": "integer"}]
    schema = {"id": "urn:example:2.0:Sentinel", "name": NAME, "description": NAME, "attributes": parts}
    kept = register_schema(organization, definition=schema, actor=factories.COMMAND)
    extension = {"id": "urn:example:2.0:Extra", "name": NAME, "description": NAME, "attributes": parts}
    extra = register_schema(organization, definition=extension, actor=factories.COMMAND)
    extend_resource_type(organization, resource_type="User", schema=extra, actor=factories.COMMAND)
    kind = register_resource_type(
        organization,
        definition={"name": "Sentinel", "endpoint": "/Sentinels", "schema": schema["id"], "description": NAME},
        actor=factories.COMMAND,
    )
    twin = factories.make_user(organization, "twin@example.com", displayName=NAME, externalId=NAME)
    deactivate_user(twin, actor=factories.COMMAND)
    hold_user(twin, reason=NAME, actor=factories.COMMAND)
    gone = factories.make_user(organization, "gone@example.com", displayName=NAME)
    delete_user(gone, actor=factories.COMMAND)
    guest, _ = add_user(organization, Person("guest@example.com", NAME, NAME, NAME), role=None, actor=factories.COMMAND)
    User.objects.filter(pk=user.pk).update(source_label=NAME)
    User.objects.filter(pk__in=[twin.pk, gone.pk]).update(deactivated_by=NAME)
    run = PurgeRun.objects.create(
        organization=organization, state=PurgeState.STAGED, due=1, decided_by=NAME, staged_at=gone.created_at
    )
    mail = OutgoingMail.objects.create(
        organization=organization, address="a@example.com", subject=NAME, body="", error="X"
    )
    job = Job.objects.create(
        organization=organization, kind="unknown", origin={"kind": "admin", "label": NAME}, total=3, done=1
    )
    upload = UserImport.objects.create(
        organization=organization, file_name=NAME, header=[NAME], row_count=1, mapping=["userName"],
        columns=[{"samples": [NAME], "empty": 0, "is_unique": True}], check_job=job, created_by_label=NAME,
    )  # fmt: skip
    view = SavedView.objects.create(organization=organization, page="users", name=NAME, is_shared=True)
    stream = add_stream(
        organization, StreamSettings(NAME[:40], StreamKind.WEBHOOK, "https://siem.example/in"), actor=factories.COMMAND
    )
    alert = add_alert(
        organization,
        AlertSettings(NAME[:40], AlertTrigger.STREAM, emails=("a@example.com",)),
        actor=factories.COMMAND,
    )
    fire(alert, Cause(1, gone.created_at, gone.created_at, str(stream.pk), NAME))
    application = add_application(organization, template_of("scim"), name=NAME[:100], actor=factories.COMMAND)
    person, team = factories.make_person(organization), factories.make_directory_group(organization)
    directory.Person.objects.filter(pk=person.pk).update(display_name=NAME, attributes={"jobTitle": NAME})
    directory.Group.objects.filter(pk=team.pk).update(display_name=NAME, description=NAME)
    group_view = SavedView.objects.create(organization=organization, page="groups", name=NAME, is_shared=True)
    entry = ScimRequest.objects.create(
        organization_id=organization.pk, id=new_id(), at=Now(), method="GET", path=f"/Users/{NAME}", status=400,
        milliseconds=1.5, agent=NAME, answer=NAME,
    )  # fmt: skip
    browser = Client(headers={"User-Agent": AGENT})
    browser.post("/sign-in/", {"login": account.sign_in_address, "password": password})
    own, _ = factories.make_token(organization, user=account.user)
    AccessToken.objects.filter(pk=own.pk).update(name=NAME)
    return browser, {
        "mail_id": [mail.pk],
        "job_id": [job.pk],
        "alert_id": [alert.pk],
        "application_id": [application.pk],
        "change_id": [_outcome(application).pk],
        "assignment_id": [],
        "person_id": [person.pk],
        "directory_group_id": [team.pk],
        "stream_id": [stream.pk],
        "view_id": [view.pk],
        "group_view_id": [group_view.pk],
        "import_id": [upload.pk],
        "directory_import_id": [_people_import(organization, job).pk],
        "entry_id": [entry.pk],
        "user_id": [user.pk, twin.pk, gone.pk, guest.pk, account.user_id],
        "group_id": [group.pk],
        "provider_id": [provider.pk],
        "run_id": [run.pk],
        "token_id": [token.pk, own.pk],
        "connection_id": [connection.pk],
        "schema_id": [kept.pk, extra.pk],
        "type_id": [kind.pk],
        "event_id": list(AuditEvent.objects.values_list("pk", flat=True)),
        "pk": [],
        "identity_id": [],
        "size": [],
    }


def _people_import(organization, job):
    found = directory.PeopleImport.objects.create(
        organization=organization, file_name=NAME, header=["userPrincipalName", NAME], row_count=1, check_job=job,
        created_by_label=NAME,
    )  # fmt: skip
    details = {"changes": [[NAME, NAME, NAME]], "problems": [[NAME, NAME, NAME]]}
    directory.PersonRow.objects.create(
        people_import=found, number=2, cells=[NAME, NAME], label=NAME, user_name=NAME, result="error", details=details
    )
    return found


def _outcome(application):
    request = {"method": "POST", "path": f"/Users/{NAME}", "status": 409, "answer": NAME}
    modified = [{"name": NAME, "old": NAME, "new": [NAME], "operation": "replace"}]
    details = {"request": request, "owner": NAME}
    return factories.make_outcome(application, NAME, remote_id=NAME, modified=modified, details=details)


class _Page(HTMLParser):
    """All texts and attributes of a page, with the element that contains them."""

    def __init__(self, answer):
        super().__init__()
        self.open, self.found = [], []
        self.feed(answer.getvalue().decode())

    def handle_starttag(self, tag, attributes):
        self.found += [(f"{tag} {name}", value or "") for name, value in attributes]
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        self.found.append((self.open[-1] if self.open else "", data))


def faults_of(answer):
    """Texts with unreadable characters, and headings that show them escaped. Line breaks in the markup are fine."""
    for place, text in _Page(answer).found:
        if place in {"input value", "textarea"}:  # edited values are returned unchanged
            continue
        inner = text.replace("\n", "").replace("\t", "").replace("\r", "") if " " not in place else text
        if any(map(is_unreadable, inner)) or (place in HEADINGS and re.search(r"\\(u|U|n|r|t)[0-9a-f]*", text)):
            yield f"{place}: {text!r}"


@pytest.mark.parametrize("everything", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_no_page_shows_unreadable_text(world, everything):
    """Opens each page once, with one event per action. The deep tier opens all events, also as htmx does."""
    browser, ids = world
    if not everything:
        of_action = dict(AuditEvent.objects.values_list("action", "pk"))
        ids = ids | {"event_id": of_action.values()}
    opened, shown = 0, ""
    for name, pattern in PAGES:
        parameter = re.search(r"<(?:uuid|int):(\w+)>", pattern)
        for pk in ids[parameter[1]] if parameter else [None]:
            path = "/" + re.sub(r"<(?:uuid|int):\w+>", str(pk), pattern)
            for headers in ({}, {"HX-Request": "true"}) if everything or name.startswith(LISTS) else ({},):
                answer = browser.get(path, headers=headers)
                if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                    opened += 1
                    shown += answer.getvalue().decode()
                    assert not list(faults_of(answer)), f"{name} {headers}"
    assert opened > (100 if everything else 60)
    assert "Mallory" in shown
    assert r"\u202e" in shown, "where the value matters it is shown escaped"


@pytest.mark.parametrize("page", ["deactivate", "delete", "hold", "extend", "purge"])
def test_messages_about_actions_are_readable(world, page):
    browser, ids = world
    user = ids["user_id"][0 if page in {"deactivate", "delete", "hold"} else 2]
    fields = {"reason": "x", "days": 1, "confirm": "gone@example.com"}
    answer = browser.post(f"/users/{user}/{page}/", fields, follow=True)
    text = pages.read(answer).text
    assert "Mallory Smith" in text or "MallorySmith" in text
    assert not list(faults_of(answer))


def test_invitation_and_provider_pages_are_readable(world, organization):
    _, ids = world
    secret = invite_user(User.objects.get(user_name="guest@example.com"), actor=factories.COMMAND)
    for path in (
        f"/invitations/{secret}/",
        f"/sign-in/{organization.pk}/",
        f"/sign-in/sso/{ids['provider_id'][0]}/",
    ):
        answer = Client().get(path)
        assert answer.status_code == 200
        assert "Mallory" in answer.getvalue().decode()
        assert not list(faults_of(answer)), path


# --- Mails --------------------------------------------------------------------------------------

MAILS = [
    path.relative_to(ROOT / "templates")
    for folder in ("mail", "account/email", "mfa/email")
    for path in sorted((ROOT / "templates" / folder).glob("*.txt"))
]
SAFE_FILTERS = {"plain", "date"}


def variables_of(nodes):
    for node in nodes:
        if isinstance(node, VariableNode):
            yield node.filter_expression
        for name in node.child_nodelists:
            yield from variables_of(getattr(node, name, None) or [])


@pytest.mark.parametrize("path", MAILS, ids=str)
def test_every_variable_in_a_mail_uses_a_safe_filter(path):
    template = engines["django"].get_template(str(path)).template
    for expression in variables_of(template.nodelist):
        used = {function.__name__.removesuffix("_filter") for function, _ in expression.filters}
        assert used & SAFE_FILTERS, f"{{{{ {expression.token} }}}} needs the filter `plain`"


def test_mail_templates_are_found():
    assert len(MAILS) >= 8
    text = "".join((ROOT / "templates" / path).read_text() for path in MAILS)
    assert text.count("|plain") >= 15


def test_no_mail_begins_with_a_hostile_name(world, organization, admin):
    """The original example: the invitation began with text from a directory."""
    _, ids = world
    AccessToken.objects.filter(pk=ids["token_id"][0]).update(expires_at="2026-01-01T00:00:00Z")
    AccessToken.objects.filter(pk=ids["token_id"][0]).update(
        expires_at=User.objects.values_list("created_at", flat=True)[0].replace(year=2126)
    )
    organization.refresh_from_db()
    invite_user(User.objects.get(user_name="guest@example.com"), actor=factories.COMMAND)
    warn_of_expiry()
    send_due_mail()
    invitations = [message for message in mail.outbox if "have been added" in message.body]
    assert invitations
    for message in mail.outbox:
        lines = message.body.split("\n")
        assert not any(is_unreadable(character) for line in lines for character in line), repr(message.body)
        assert not any(map(is_unreadable, message.subject))
    first = invitations[-1].body.split("\n")[0]
    assert first.startswith("Mallory")
    assert first.endswith(".")
    assert len(first.split("have been added to")) == 2


# --- Log lines ----------------------------------------------------------------------------------


@pytest.mark.parametrize("character", BAD.values(), ids=BAD)
@pytest.mark.parametrize("arguments", [("{}",), ("user %s", "{}"), ("%(name)s", {"name": "{}"}), ("100% {}",)])
def test_log_record_is_one_readable_line(character, arguments):
    def filled(value):
        if isinstance(value, dict):
            return {key: filled(part) for key, part in value.items()}
        return value.replace("{}", f"a{character}b")

    message, *rest = (filled(part) for part in arguments)
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, message, tuple(rest), None)
    if len(rest) == 1 and isinstance(rest[0], dict):
        record.args = rest[0]
    assert RequestIdFilter().filter(record)
    line = logging.Formatter("{message}", style="{").format(record)
    assert not any(map(is_unreadable, line)), repr(line)
    assert escaped(f"a{character}b") in line


def test_worker_keeps_the_log_handlers_of_the_settings():
    from controlhub.celery import app

    before = list(logging.root.handlers)
    app.log.setup_logging_subsystem(loglevel="WARNING")
    assert logging.root.handlers == before


def test_address_with_line_breaks_makes_no_second_log_line(db, caplog):
    caplog.handler.addFilter(RequestIdFilter())
    Client().get("/nowhere%0aERROR%20forged%0d%E2%80%AE")
    assert len(caplog.handler.stream.getvalue().splitlines()) == 1
    assert r"/nowhere\nERROR forged" in caplog.text
