"""Every API method that writes records the expected events, and each event is complete."""

import base64

import pytest
from django.test import Client

from controlhub.actions.connections import issue_client_secret
from controlhub.models import Scope
from scim.api.request_log import REQUESTS
from tests import factories
from tests.architecture.test_access import AUDIT_ROUTES, METHODS, SCIM_ROUTES, address
from tests.audit.recorded import check_event, recorded
from tests.conftest import ScimClient
from tests.scenes import undone
from tests.surfaces import BULK, KINDS, register_types

AGENT = "Client/1"
USER, GROUP, DEVICE = KINDS["user"], KINDS["group"], KINDS["custom"]
TITLE = factories.patch_body({"op": "replace", "path": "title", "value": "Captain"})
RENAME = factories.patch_body({"op": "replace", "path": "displayName", "value": "Crew"})
SERIAL = factories.patch_body({"op": "replace", "path": "serial", "value": "2"})


class Stage:
    """An organization with a client, a user, a group and a resource of a custom type."""

    def __init__(self, organization):
        self.organization = organization
        register_types(organization)
        self.token, secret = factories.make_token(organization)
        self.client = ScimClient(organization, secret)
        self.paths = {}
        for kind in KINDS.values():
            made = self.client.post(kind.endpoint, kind.body()).document
            self.paths[kind.endpoint] = f"{kind.endpoint}/{made['id']}"

    def call(self, method, path, body):
        return self.client.call(method, path, body, **{"User-Agent": AGENT})


@pytest.fixture(autouse=True)
def _empty_queue():
    REQUESTS.__init__()


@pytest.fixture
def stage(organization):
    return Stage(organization)


def members(stage):
    value = [{"value": stage.paths["/Users"].rpartition("/")[2]}]
    return factories.patch_body({"op": "add", "path": "members", "value": value})


def operations(stage):
    delete = {"method": "DELETE", "path": stage.paths["/Groups"]}
    create = {"method": "POST", "path": "/Users", "bulkId": "1", "data": USER.body(7)}
    return {"schemas": [BULK], "Operations": [create, delete]}


WRITES = [
    ("POST", "/Users", lambda _: USER.body(2), "user.created"),
    ("PUT", "/Users/{}", lambda _: USER.body(title="Captain"), "user.updated"),
    ("PATCH", "/Users/{}", lambda _: TITLE, "user.updated"),
    ("DELETE", "/Users/{}", lambda _: None, "user.purged"),
    ("POST", "/Groups", lambda _: GROUP.body(2), "group.created"),
    ("PUT", "/Groups/{}", lambda _: GROUP.body(3), "group.updated"),
    ("PATCH", "/Groups/{}", lambda _: RENAME, "group.updated"),
    ("PATCH", "/Groups/{}", members, "group.members_changed"),
    ("DELETE", "/Groups/{}", lambda _: None, "group.deleted"),
    ("POST", "/Devices", lambda _: DEVICE.body(2), "resource.created"),
    ("PUT", "/Devices/{}", lambda _: DEVICE.body(3), "resource.updated"),
    ("PATCH", "/Devices/{}", lambda _: SERIAL, "resource.updated"),
    ("DELETE", "/Devices/{}", lambda _: None, "resource.deleted"),
    ("POST", "/Bulk", operations, "bulk.requested user.created group.deleted"),
]


def test_each_write_records_its_events_and_each_is_complete(stage, subtests):
    for method, path, body, expected in WRITES:
        with subtests.test(f"{method} {path} {expected}"), undone():
            endpoint = "/" + path.split("/")[1]
            place = path.replace(f"{endpoint}/{{}}", stage.paths.get(endpoint, ""))
            with recorded() as events:
                answer = stage.call(method, place, body(stage))
                REQUESTS.flush()
            assert answer.status_code < 300
            assert [event.action for event in events] == expected.split()
            for event in events:
                request_id = answer["X-Request-Id"]
                check_event(event, organization=stage.organization, **by(stage.token), request_id=request_id)
            assert {event.parent_id for event in events[1:]} <= {events[0].pk}


def by(token):
    """The event values for actions of a client with this token."""
    names = {"actor_kind": "client", "actor_id": str(token.pk), "actor_user_id": None, "actor_role": ""}
    origin = {"actor_address": "127.0.0.1", "user_agent": AGENT, "connection_id": token.connection_id}
    return {**names, **origin, "actor_label": token.name, "result": "success"}


def test_other_scim_requests_record_only_refusals(stage, subtests):
    """The other routes and methods record nothing unless they refuse the request."""
    written = {
        *(("scim-resource", method) for method in ("PUT", "PATCH", "DELETE")),
        *(("scim-collection", "POST"), ("scim-bulk", "POST")),
    }
    for name, pattern in SCIM_ROUTES:
        for method in map(str.upper, METHODS):
            if (name.removesuffix("-v2"), method) in written:
                continue
            with subtests.test(f"{method} {name}"), undone(), recorded() as events:
                stage.client.base = ""
                stage.call(method, address(pattern, stage.organization.pk), TITLE)
                REQUESTS.flush()
            assert {event.action for event in events} <= {"request.refused"}


def test_audit_api_records_reads_and_refusals(organization, subtests):
    token, secret = factories.make_token(organization, scopes=[Scope.AUDIT_READ])
    headers = {"Authorization": f"Bearer {secret}", "User-Agent": AGENT}
    for name, pattern in AUDIT_ROUTES:
        for method in METHODS:
            with subtests.test(f"{method} {name}"), undone(), recorded() as events:
                answer = getattr(Client(), method)(address(pattern, organization.pk), headers=headers)
                REQUESTS.flush()
            actions = [event.action for event in events]
            assert actions == (["events.read"] if answer.status_code == 200 else ["request.refused"] * len(actions))
    with recorded() as events:
        answer = Client().get("/v1/audit/events", headers=headers)
        REQUESTS.flush()
    check_event(events[0], organization=organization, **by(token), request_id=answer["X-Request-Id"])


def test_client_credentials_token_is_recorded(stage):
    connection = stage.token.connection
    secret = issue_client_secret(connection, actor=factories.COMMAND)
    basic = base64.b64encode(f"{connection.pk}:{secret}".encode()).decode()
    form = {"content_type": "application/x-www-form-urlencoded"}
    headers = {"Authorization": f"Basic {basic}", "User-Agent": AGENT}
    with recorded() as events:
        answer = Client().post("/oauth/token", "grant_type=client_credentials", headers=headers, **form)
    assert [event.action for event in events] == ["token.issued"]
    origin = {"actor_address": "127.0.0.1", "user_agent": AGENT, "request_id": answer["X-Request-Id"]}
    facts = {"actor_kind": "client", "connection_id": connection.pk}
    check_event(events[0], organization=stage.organization, **origin, **facts)
