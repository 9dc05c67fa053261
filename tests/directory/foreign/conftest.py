"""External SCIM servers, each as a separate process with an empty memory."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from bench.peers import FOLDER
from controlhub.security.networks import AllowedNetwork
from tests.conftest import cannot_run, require_program
from tests.directory.engine.conftest import World
from tests.servers import free_port, wait_for

SCIMMY = Path(__file__).with_name("scimmy.mjs")
TOKEN = "a secret token of some length"
STOP_SECONDS = 15


class Server:
    """The content of a server, read over HTTP without the engine's client."""

    def __init__(self, url):
        self.url = url

    def resources(self, kind):
        """All resources of a kind. scimmy, as used here, returns at most 20, whatever is requested."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.get(f"{self.url}/{kind}", params={"count": 100}, headers=headers, timeout=30)
        answer.raise_for_status()
        page = answer.json()
        found = page.get("Resources", [])
        assert len(found) == page["totalResults"]
        return found

    def users(self):
        return {user["userName"]: user for user in self.resources("Users")}

    def members(self):
        """The userNames of the members, by the display name of the group."""
        names = {user["id"]: user["userName"] for user in self.resources("Users")}
        return {
            group["displayName"]: {names[member["value"]] for member in group.get("members", ())}
            for group in self.resources("Groups")
        }


def scim2_server(port):
    program = Path(sys.executable).with_name("scim2-server")
    return [program, "--port", str(port), "--bearer-token", TOKEN]


def scimmy_routers(port):
    node = require_program("node")
    if not (FOLDER / "node_modules" / "scimmy-routers").exists():
        cannot_run(f"{FOLDER} has no scimmy-routers (bench/peers/__init__.py says how to install it)")
    return [node, SCIMMY, str(port)]


@contextmanager
def started(command, url, log):
    FOLDER.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=FOLDER, stdout=output, stderr=output)
        try:
            wait_for(lambda: process.poll() is not None or answers(url), message="the server did not answer")
            assert process.poll() is None, log.read_text()[-2000:]
            yield url
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def answers(url):
    """Whether the server responds, or refuses a request without a token."""
    try:
        requests.get(f"{url}/Users?count=1", timeout=5)
    except requests.ConnectionError:
        return False
    return True


@pytest.fixture(params=[scim2_server, scimmy_routers], ids=lambda each: each.__name__)
def server(request, tmp_path):
    port = free_port()
    with started(request.param(port), f"http://127.0.0.1:{port}", tmp_path / "server.log") as url:
        yield Server(url)


@pytest.fixture
def world(server, db, settings):
    """An application with the mappings and quirks of the gallery template for any SCIM 2.0 service."""
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    world = World(None)
    world.apply_template("scim")
    world.application.tenant_url = server.url
    world.application.keep_secret(TOKEN)
    world.application.save()
    return world
