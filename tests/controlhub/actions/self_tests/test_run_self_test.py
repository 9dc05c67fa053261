"""Self-tests: each client's conversation passes, and a run leaves only its result and one event."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db.models import F

from audit.models import AuditEvent, AuditPersonal
from controlhub.actions.bursts import flag_bursts
from controlhub.actions.organizations import change_policies
from controlhub.actions.pauses import pause_connection
from controlhub.actions.schemas import extend_resource_type, register_schema
from controlhub.actions.self_tests import playing, run_self_test
from controlhub.actions.self_tests.client_requests import DOMAIN, ClientRequest
from controlhub.actions.self_tests.conversations import CONVERSATIONS
from controlhub.actions.self_tests.playing import filled
from controlhub.models import AccessToken, Client, Connection, OutgoingMail, ScimDelete, Scope, SelfTest, User
from controlhub.models.ids import new_id
from controlhub.models.self_tests import Difference, Outcome, StepName
from scim.api import views
from scim.api.request_log import REQUESTS
from scim.api.throttling import Throttle
from scim.protocol.leniency import ALL, Tolerance
from tests import factories
from tests.threads import at_once

CONVERSATIONS_OF_TESTS = Path(__file__).parents[3] / "clients" / "conversations"
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(autouse=True)
def _empty_queue():
    REQUESTS.__init__()


def connect(organization, client, **more):
    token, _ = factories.make_token(organization, **more)
    Connection.objects.filter(pk=token.connection_id).update(client=client)
    return Connection.objects.select_related("organization").get(pk=token.connection_id)


def run(connection):
    return run_self_test(connection, actor=factories.COMMAND).played


def named(outcome, steps):
    return [step.name for step in steps if step.outcome is outcome]


def rows():
    """All rows of the database except self-tests and events, which a run writes."""
    models = [model for model in apps.get_models() if model not in {SelfTest, AuditEvent, AuditPersonal}]
    return {model: sorted(map(repr, model._base_manager.annotate(place=F("pk")).values())) for model in models}


@pytest.fixture
def settled(organization):
    """An organization with people, groups and counters."""
    factories.make_user(organization, externalId="7")
    return organization


# --- The conversations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("client", Client)
def test_conversation_passes(organization, client):
    steps = run(connect(organization, client))
    assert [step for step in steps if step.outcome is not Outcome.PASSED] == []
    assert {StepName.LOOK_UP_USER, StepName.CREATE_USER, StepName.UPDATE_USER} <= {step.name for step in steps}
    assert all(step.milliseconds > 0 for step in steps)


@pytest.mark.parametrize("client", Client)
def test_conversation_passes_under_other_policies(organization, client):
    changes = {"scim_delete": ScimDelete.SOFT, "unique_group_names": True, "purge_share": 1, "purge_floor": 0}
    organization = change_policies(organization, changes=changes, actor=factories.COMMAND)
    organization.hold_reason = "Case 7"
    organization.save(update_fields=["hold_reason"])
    assert named(Outcome.PASSED, run(connect(organization, client))) == [
        request.name for request in CONVERSATIONS[client].requests
    ]


def test_only_a_refused_tolerance_fails_its_steps(organization):
    change_policies(organization, changes={"refused_tolerances": ["boolean-as-string"]}, actor=factories.COMMAND)
    steps = run(connect(organization, Client.ENTRA))
    failed = [step for step in steps if step.outcome is Outcome.FAILED]
    assert {step.name for step in failed} >= {StepName.DEACTIVATE_USER, StepName.SOFT_DELETE}
    assert {tuple(step.refused) for step in failed if step.status == 400} == {(Tolerance.BOOLEAN_AS_STRING,)}
    assert StepName.DELETE_GROUP in named(Outcome.PASSED, steps)


def test_generic_client_needs_no_tolerance(organization):
    change_policies(organization, changes={"refused_tolerances": sorted(ALL)}, actor=factories.COMMAND)
    assert named(Outcome.FAILED, run(connect(organization, Client.GENERIC))) == []


def test_steps_without_their_resource_are_skipped(organization):
    steps = run(connect(organization, Client.GENERIC, scopes=[Scope.SCIM_READ]))
    assert named(Outcome.FAILED, steps) == [StepName.CREATE_USER, StepName.CREATE_GROUP]
    assert [step.status for step in steps if step.outcome is Outcome.FAILED] == [403, 403]
    assert StepName.UPDATE_USER in named(Outcome.SKIPPED, steps)
    assert named(Outcome.PASSED, steps) == [StepName.READ_CONFIG, StepName.LOOK_UP_USER]


def test_paused_connection_responds_with_503(organization):
    connection = connect(organization, Client.OKTA)
    pause_connection(connection, actor=factories.COMMAND)
    connection.refresh_from_db()
    steps = run(connection)
    assert {step.status for step in steps if step.outcome is Outcome.FAILED} == {503}
    assert named(Outcome.PASSED, steps) == []


def test_required_extension_is_reported(organization):
    schema = {"id": "urn:example:Badge", "name": "Badge", "attributes": [{"name": "n", "type": "string"}]}
    kept = register_schema(organization, definition=schema, actor=factories.COMMAND)
    extend_resource_type(organization, resource_type="User", schema=kept, required=True, actor=factories.COMMAND)
    organization.refresh_from_db()
    step = next(step for step in run(connect(organization, Client.OKTA)) if step.name == StepName.CREATE_USER)
    assert (step.outcome, step.status, step.scim_type) == (Outcome.FAILED, 400, "invalidValue")
    assert "Badge" in step.detail


def test_disallowed_host_is_reported(organization, settings):
    settings.PUBLIC_URL = "https://hub.elsewhere.example"
    steps = run(connect(organization, Client.GENERIC))
    assert "ALLOWED_HOSTS" in steps[0].detail


def test_unexpected_response_fails_with_both_values(organization, monkeypatch):
    conversation = CONVERSATIONS[Client.GENERIC]
    request = ClientRequest(StepName.READ_CONFIG, "GET", "/ServiceProviderConfig", expect={"patch.supported": False})
    monkeypatch.setitem(CONVERSATIONS, Client.GENERIC, replace(conversation, requests=[request]))
    (step,) = run(connect(organization, Client.GENERIC))
    (difference,) = step.differences
    assert (step.outcome, difference.expected, difference.received) == (Outcome.FAILED, False, True)


def test_value_that_must_be_absent_fails_the_step(organization, monkeypatch):
    conversation = CONVERSATIONS[Client.GENERIC]
    absent = ("patch.supported", "patch.nothing")
    request = ClientRequest(StepName.READ_CONFIG, "GET", "/ServiceProviderConfig", absent=absent)
    monkeypatch.setitem(CONVERSATIONS, Client.GENERIC, replace(conversation, requests=[request]))
    (step,) = run(connect(organization, Client.GENERIC))
    assert (step.outcome, step.differences) == (Outcome.FAILED, [Difference("patch.supported", None, True)])


def test_step_that_would_fail_at_commit_fails(organization, monkeypatch):
    """Foreign keys are checked at commit, which a self-test never reaches."""
    resolve = playing.resolve

    def with_dangling_row(path):
        match = resolve(path)

        def view(request, *args, **kwargs):
            if request.method == "POST" and path.endswith("/Users"):
                OutgoingMail.objects.create(organization_id=new_id(), address="a@example.com", subject="S", body="B")
            return match.func(request, *args, **kwargs)

        return SimpleNamespace(func=view, args=match.args, kwargs=match.kwargs)

    connection = connect(organization, Client.GENERIC)
    monkeypatch.setattr(playing, "resolve", with_dangling_row)
    steps = {step.name: step for step in run(connection)}
    created = steps[StepName.CREATE_USER]
    assert (created.outcome, created.status, created.differences) == (Outcome.FAILED, 201, [])
    assert steps[StepName.READ_USER].status == 404, "it was rolled back, as a commit would have"
    assert steps[StepName.CREATE_GROUP].outcome is Outcome.PASSED


def shapes(requests):
    """The structure of each write: a PATCH by its operations, others by the names in the body."""
    for request in requests:
        method, path, body = request["method"], request["path"], request.get("body") or {}
        for operation in body.get("Operations", [None]):
            if operation is None:
                yield method, path, frozenset(body)
            else:
                value = operation.get("value")
                form = frozenset(value) if isinstance(value, dict) else type(value).__name__
                yield method, path, operation["op"], re.sub(r"\$\{\w+\}", "*", operation.get("path", "")), form


@pytest.mark.parametrize(("client", "files"), [(Client.ENTRA, ["entra"]), (Client.OKTA, ["okta_patch", "okta_put"])])
def test_writes_have_the_same_structure_as_the_recorded_ones(client, files):
    recorded = [json.loads((CONVERSATIONS_OF_TESTS / f"{name}.json").read_text())["steps"] for name in files]
    known = set(shapes(itertools.chain(*recorded)))
    known = {(method, path, frozenset(names - {"password"}) if isinstance(names, frozenset) else names, *rest)
             for method, path, names, *rest in known}  # fmt: skip
    played = [vars_of(request) for request in CONVERSATIONS[client].requests if request.method in WRITES]
    assert set(shapes(played)) - known == set()


def vars_of(request):
    return {"method": request.method, "path": request.path, "body": request.body}


# --- Side effects ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", Client)
def test_run_leaves_no_row(settled, client):
    connection = connect(settled, client)
    before, events = rows(), AuditEvent.objects.count()
    run(connection)
    assert rows() == before
    assert AuditEvent.objects.count() == events + 1


def test_run_is_neither_logged_nor_counted(settled):
    run(connect(settled, Client.ENTRA))
    assert REQUESTS.flush() == 0
    assert flag_bursts() == 0


def test_rate_limit_does_not_stop_a_run(settled, monkeypatch):
    monkeypatch.setattr(views, "THROTTLE", Throttle(0.2))
    assert named(Outcome.FAILED, run(connect(settled, Client.ENTRA))) == []


def test_run_sends_no_mail(settled, django_capture_on_commit_callbacks, mailoutbox):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        run(connect(settled, Client.ENTRA))
    assert callbacks == []
    assert mailoutbox == []


def test_event_contains_the_result(organization):
    change_policies(organization, changes={"revive_on_create": False}, actor=factories.COMMAND)
    connection = connect(organization, Client.OKTA)
    run(connection)
    event = AuditEvent.objects.get(action="connection.tested")
    assert (event.result, event.target_id, event.actor_label) == ("failure", str(connection.pk), "Command line")
    assert event.details["failed"] == ["recreate-user"]
    assert event.details["passed"] == event.details["steps"] - 1


def test_newest_run_replaces_the_previous_one(organization):
    connection = connect(organization, Client.GENERIC)
    run(connection)
    first = SelfTest.objects.get()
    run(connection)
    assert SelfTest.objects.get().finished_at > first.finished_at


def test_test_user_has_an_unusable_address(organization):
    steps = run(connect(organization, Client.ENTRA))
    filters = [step.path for step in steps if "userName eq" in step.path]
    assert filters
    assert all(f'@{DOMAIN}"' in path for path in filters)
    assert DOMAIN.endswith(".invalid")


# --- Failures -------------------------------------------------------------------------------------------


class Crash(Exception):
    pass


def refused(request):
    """The request sent to a URL that does not exist."""
    return replace(request, path=f"/Nowhere{request.path}")


def places(fast, deep):
    """Every step of two clients. Those of one client belong to the deep tier."""
    return [
        pytest.param(client, place, id=f"{client}-{place}", marks=marks)
        for client, marks in ((fast, ()), (deep, pytest.mark.deep))
        for place in range(len(CONVERSATIONS[client].requests))
    ]


@pytest.mark.parametrize(("client", "place"), places(fast=Client.ENTRA, deep=Client.OKTA))
def test_refused_step_leaves_no_row(settled, monkeypatch, client, place):
    conversation = CONVERSATIONS[client]
    requests = [*conversation.requests]
    requests[place] = replace(refused(requests[place]), status=200)
    monkeypatch.setitem(CONVERSATIONS, client, replace(conversation, requests=requests))
    connection = connect(settled, client)
    before = rows()
    assert named(Outcome.FAILED, run(connection))[0] == requests[place].name
    assert rows() == before


@pytest.mark.parametrize(("client", "place"), places(fast=Client.OKTA, deep=Client.ENTRA))
def test_crash_in_a_step_leaves_nothing(settled, monkeypatch, client, place):
    conversation = CONVERSATIONS[client]

    def until_crash():
        yield from conversation.requests[:place]
        raise Crash

    monkeypatch.setitem(CONVERSATIONS, client, replace(conversation, requests=until_crash()))
    connection = connect(settled, client)
    before, events = rows(), AuditEvent.objects.count()
    with pytest.raises(Crash):
        run(connection)
    assert rows() == before
    assert not SelfTest.objects.exists()
    assert AuditEvent.objects.count() == events


@pytest.mark.django_db(transaction=True)
def test_other_connections_see_none_of_its_changes(monkeypatch):
    organization = factories.make_organization()
    connection = connect(organization, Client.ENTRA)
    conversation, seen = CONVERSATIONS[Client.ENTRA], []

    def look(_):
        return User.objects.count(), AccessToken.objects.count(), AuditEvent.objects.count()

    def watched():
        for request in conversation.requests:
            yield request
            seen.extend(at_once(1, look))

    monkeypatch.setitem(CONVERSATIONS, Client.ENTRA, replace(conversation, requests=watched()))
    before = look(None)
    assert named(Outcome.PASSED, run(connection))[-1] == StepName.DELETE_GROUP
    assert len(seen) == len(conversation.requests)
    assert set(seen) == {before}


def test_placeholder_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        filled({"a": ["${missing}"]}, {})
    assert filled({"a": ["${known}"]}, {"known": "x"}) == {"a": ["x"]}
