"""The formats of streams: every event is valid, and values from users cannot forge records."""

from datetime import UTC, datetime

import orjson
import pytest

from audit.streams.messages import Elastic, Ocsf, Sealed, Splunk, Syslog, Webhook
from audit.streams.ocsf import to_ocsf
from audit.vocabulary import AuditAction
from tests.audit.ocsf import schemas_of_classes

NOW = datetime(2026, 11, 26, tzinfo=UTC)
FORMATS = {
    "webhook": Webhook("hub"),
    "splunk": Splunk("hub"),
    "syslog": Syslog("hub.example"),
    "elastic": Elastic(),
    "ocsf": Ocsf("0190a000-0000-7000-8000-00000000000a"),
}
HOSTILE = '"\\]\u2028\u202e\n<110>1 2026-11-26T09:14:05Z evil app - - [meta sequenceId="1"] forged' + "x" * 9_000


def document(action=AuditAction.USER_CREATED, target="User", kind="admin", **values):
    actor = {"kind": kind, "id": "a1", "name": "Ada", "label": "Ada", "role": "", "address": "192.0.2.7"}
    return {
        "id": "0190a000-0000-7000-8000-000000000001",
        "created": "2026-11-26T09:14:05.123456Z",
        "service": "Core Directory",
        "category": action.category.value,
        "activity": action.activity,
        "action": action.value,
        "result": "success",
        "reason": "",
        "summary": "Ada added Bo",
        "actor": {**actor, "userAgent": "x", "connectionId": None},
        "target": {"type": target, "id": "b1", "name": "Bo"},
        "requestId": "r1",
        "parentId": None,
        "changes": [{"attribute": "title", "op": "added", "old": None, "new": "x"}],
        "details": {"added": {"count": 1, "ids": ["b1"]}},
    } | values


@pytest.fixture(scope="module")
def schemas():
    return schemas_of_classes()


@pytest.mark.parametrize("action", AuditAction)
@pytest.mark.parametrize("kind", ["admin", "client", "system"])
def test_every_event_is_valid_ocsf(schemas, action, kind):
    for target in ("User", "Group", "Organization"):
        event = to_ocsf(document(action, target, kind), position=7, organization="o1")
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert list(schemas[event["class_uid"]].iter_errors(event)) == []


@pytest.mark.parametrize(
    ("values", "class_uid", "activity"),
    [
        ({"action": AuditAction.USER_DEACTIVATED}, 3001, 5),
        ({"action": AuditAction.SIGN_IN_FAILED, "result": "failure"}, 3002, 1),
        ({"action": AuditAction.MEMBERS_CHANGED, "target": "Group"}, 3006, 3),
        ({"action": AuditAction.STREAM_PAUSED, "target": "Stream"}, 3004, 12),
        ({"action": AuditAction.PURGE_STAGED, "target": "Organization"}, 3004, 99),
    ],
)
def test_event_has_its_ocsf_class_and_activity(schemas, values, class_uid, activity):
    empty = {"reason": "Wrong password", "truncated": True} if "result" in values else {}
    event = to_ocsf(document(**values, **empty), position=7, organization="o1")
    assert (event["class_uid"], event["activity_id"]) == (class_uid, activity)
    assert list(schemas[class_uid].iter_errors(event)) == []


def test_ocsf_event_without_names_is_valid(schemas):
    nobody = document(target="User", kind="system")
    nobody |= {"target": {"type": "User", "id": "", "name": ""}, "requestId": ""}
    nobody["actor"] |= {"id": "", "name": "", "address": None}
    assert list(schemas[3001].iter_errors(to_ocsf(nobody, position=0, organization="o1"))) == []


def records(name, body):
    """The events in a message, and the path of the display name in each."""
    if name == "syslog":
        found = []
        while body:
            length, _, body = body.partition(b" ")
            line, body = body[: int(length)], body[int(length) :]
            assert b"\n" not in line
            found.append(orjson.loads(line.decode().partition("\ufeff")[2])["target"]["name"])
        return found
    if name in {"webhook", "ocsf"}:
        events = orjson.loads(body)
        return [event["data"]["target"]["name"] if name == "webhook" else event["user"]["name"] for event in events]
    lines = [orjson.loads(line) for line in body.splitlines()]
    return [(line.get("event") or line)["target"]["name"] for line in lines if "create" not in line]


@pytest.mark.parametrize("name", FORMATS)
def test_values_from_users_cannot_forge_records(name):
    """opentelemetry-collector-contrib#49234: the content of a name stays within the name."""
    format_ = FORMATS[name]
    hostile = document(target="User") | {"target": {"type": "User", "id": "b1", "name": HOSTILE}}
    parts = [format_.encode(Sealed(number, hostile)) for number in (7, 8)]
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = format_.message(parts, message_id="m", secret=secret, now=NOW).body
    assert records(name, body) == [HOSTILE, HOSTILE]


def test_elastic_creates_each_event_under_its_id():
    message = Elastic().message([Elastic().encode(Sealed(7, document()))], message_id="m", secret="key", now=NOW)
    action, source = (orjson.loads(line) for line in message.body.splitlines())
    assert action == {"create": {"_id": document()["id"]}}
    assert (source["@timestamp"], source["sequence"]) == (document()["created"], 7)
    assert message.headers["Authorization"] == "ApiKey key"
    assert message.body.endswith(b"\n")
