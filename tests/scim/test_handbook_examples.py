"""Every request in docs/scim.md is sent unchanged, in order, and succeeds."""

import argparse
import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlencode

import pytest

from audit.actor import COMMAND
from controlhub.actions.schemas import extend_resource_type, register_schema

PAGE = (Path(__file__).parents[2] / "docs" / "scim.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


def curl(words):
    """The request of a curl command: method, path with query, body, headers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-sS", "-s", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-G", dest="in_url", action="store_true")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data", action="append", default=[])
    parser.add_argument("--data-urlencode", dest="encoded", action="append", default=[])
    options = parser.parse_args(words)
    url, body = options.url, None
    if options.in_url:
        encoded = urlencode([value.partition("=")[::2] for value in options.encoded])
        url += "?" + "&".join([*options.data, *filter(None, [encoded])])
    elif options.data:
        body = json.loads(options.data[0])
    headers = dict(header.split(": ", 1) for header in options.headers if not header.startswith("$"))
    return options.method or ("POST" if body is not None else "GET"), url, body, headers


def commands(block, values):
    """The curl commands of a block as words, with their variables filled in."""
    text = block
    for name, value in values.items():
        text = re.sub(rf"\${name}\b", value, text)
    text = re.sub(r"cat > .*?\nJSON\n", "", text, flags=re.DOTALL).replace("\\\n", " ")
    found = re.split(r"^(?=curl )", text, flags=re.MULTILINE)
    return [shlex.split(command)[1:] for command in found if command.startswith("curl ")]


@pytest.fixture
def badge(organization):
    """The schema that the handbook registers."""
    definition = json.loads(re.search(r"<<'JSON'\n(.*?)JSON\n", PAGE, re.DOTALL)[1])
    schema = register_schema(organization, definition=definition, actor=COMMAND)
    extend_resource_type(organization, resource_type="User", schema=schema, actor=COMMAND)


def test_every_example_succeeds(scim, badge):
    values = {"TENANT_URL": "", "AUTH": "Authorization: -", "TYPE": "Content-Type: -"}
    sent = 0
    for block in BLOCKS:
        for number in range(len(commands(block, values))):
            method, path, body, headers = curl(commands(block, values)[number])  # filled in from the previous response
            answer = scim.call(method, path, body, **{name: value for name, value in headers.items() if value != "-"})
            assert answer.status_code in {200, 201, 204}, (method, path, body, answer.content)
            document = answer.document or {}
            if answer.status_code == 201:
                values["GROUP" if path.startswith("/Groups") else "ID"] = document["id"]
            values["NEXT"] = document.get("nextCursor", "")
            assert all(outcome["status"] in {"200", "201"} for outcome in document.get("Operations", []))
            sent += 1
    assert sent >= 20
