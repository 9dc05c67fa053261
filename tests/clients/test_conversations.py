"""Complete conversations of clients, replayed from `conversations/*.json`.

Each step is one request as sent by its client, and the expected parts of the response: `expect` by paths
(`emails.0.value`, with `|` between steps if a name contains dots), `absent` by paths, `event` for the newest event in
the audit log. `${name}` is replaced with a value saved in an earlier step.
"""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from audit.models import AuditEvent
from tests import factories
from tests.conftest import ScimClient

FOLDER = Path(__file__).parent / "conversations"
FILES = sorted(FOLDER.glob("*.json"))
LEGACY, WEBEX = "/v1/scim/{}", "/identity/scim/{}/v2"
MISSING = object()


def filled(value, saved):
    text = json.dumps(value)
    return json.loads(re.sub(r"\$\{(\w+)\}", lambda match: saved[match[1]], text))


def at(document, path):
    for step in path.split("|") if "|" in path else path.split("."):
        if isinstance(document, list):
            document = document[int(step)] if int(step) < len(document) else MISSING
        else:
            document = document.get(step, MISSING) if isinstance(document, dict) else MISSING
    return document


def replay(conversation, client):
    saved = {}
    for raw in conversation["steps"]:
        step = filled(raw, saved)
        query = f"?{urlencode(step['query'])}" if "query" in step else ""
        headers = step.get("headers", {})
        kind = headers.pop("Content-Type", "application/scim+json")
        answer = client.call(step["method"], step["path"] + query, step.get("body"), content_type=kind, **headers)
        shown = f"{step['what']}: {answer.document}"
        assert answer.status_code == step["status"], shown
        for path, value in step.get("expect", {}).items():
            assert at(answer.document, path) == value, f"{path} in {shown}"
        for path in step.get("absent", []):
            assert at(answer.document, path) is MISSING, f"{path} in {shown}"
        for name, path in step.get("save", {}).items():
            saved[name] = at(answer.document, path)
        if "event" in step:
            assert AuditEvent.objects.latest("created_at").action == step["event"], shown


@pytest.mark.parametrize("base", [LEGACY, WEBEX])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_conversation_gets_the_expected_responses(organization, file, base):
    conversation = json.loads(file.read_text())
    if file.stem == "webex" and base == LEGACY:
        base = WEBEX
    _, secret = factories.make_token(organization)
    replay(conversation, ScimClient(organization, secret, base))


def test_conversation_files_are_found():
    assert {file.stem for file in FILES} >= {
        "entra",
        "entra_aadOptscim062020",
        "okta_patch",
        "okta_put",
        "okta_rename",
        "webex",
    }
