"""The memory of a web process stays constant whatever clients send and store: real servers, the largest documents."""

import os
import secrets
from pathlib import Path

import httpx2
import pytest

from controlhub.models import User
from controlhub.sql.room import MAX_PAGE
from scim.resources.base import MAX_DOCUMENT
from tests import factories, servers

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
FLAT = 32 * 2**20
ROUNDS = 6
OTHERS = set()
"""Web processes of the server shared by other tests, whose memory is not measured."""
TENANT, WEBEX = "/v1/scim/{}", "/identity/scim/{}/v2"
SEARCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 1_000}


def web_processes():
    """The child processes that run the web server."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, below = [], {os.getpid()}
    while below := {pid for pid, parent in parents.items() if parent in below}:
        found += [pid for pid in below if b"controlhub.web.process" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return set(found)


def resident(name="VmRSS"):
    """Resident bytes of the largest web process of this test's server: current, or peak (VmHWM)."""
    lines = [line for pid in web_processes() - OTHERS for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return max(int(line.split()[1]) * 1_024 for line in lines if line.startswith(name))


@pytest.fixture
def organization(transactional_db):
    return factories.make_organization()


@pytest.fixture
def client(organization):
    _, secret = factories.make_token(organization)
    OTHERS.update(web_processes())
    with (
        servers.web_server() as server,
        httpx2.Client(base_url=server, headers={"Authorization": f"Bearer {secret}"}, timeout=60) as http,
    ):
        yield http


def large_users(organization, number):
    """Users of almost 1 MiB whose documents cannot be compressed."""
    for index in range(number):
        values = [{"value": secrets.token_hex(500)} for _ in range(950)]
        factories.make_user(organization, f"large{index}@example.com", displayName="Large", photos=values)


def test_listing_the_largest_documents_keeps_memory_constant(organization, client):
    large_users(organization, 30)
    tenant, webex = TENANT.format(organization.pk), WEBEX.format(organization.pk)
    attacks = [
        lambda: client.get(f"{tenant}/Users?count=1000"),
        lambda: client.get(f"{webex}/Users?count=1000&sortBy=userName"),
        lambda: client.get(f"{tenant}/Users?count=1000&attributes=userName"),
        lambda: client.get(f'{tenant}/Users?count=1000&filter=displayName eq "Large"'),
        lambda: client.get(f"{webex}/?count=1000&cursor="),
        lambda: client.post(f"{tenant}/.search", json=SEARCH),
    ]
    for _ in range(20):
        assert client.get(f"{tenant}/Users?count=1").status_code == 200
    start = resident()
    for attack in attacks:
        attack()
    before = resident()
    for _ in range(ROUNDS):
        for attack in attacks:
            answer = attack()
            assert answer.status_code == 200
            assert len(answer.content) <= MAX_PAGE + 1_000
            assert answer.json()["totalResults"] >= 30
    assert abs(resident() - before) <= FLAT
    assert resident("VmHWM") - start <= 2 * FLAT, "a page takes more memory than a few copies of it"


def test_adding_values_to_a_large_user_keeps_memory_constant(organization, client):
    large_users(organization, 1)
    path = f"{TENANT.format(organization.pk)}/Users/{User.objects.get().pk}"

    def add(index):
        operation = {"op": "add", "path": "photos", "value": [{"value": f"https://example.com/{index}"}]}
        return client.patch(path, json=factories.patch_body(operation)).status_code

    assert [add(index) for index in range(10)] == [200] * 10
    before = resident()
    answers = [add(index) for index in range(10, 60)]
    assert set(answers) == {200, 400}, "the limit of values was not reached"
    assert len(client.get(path).content) <= MAX_DOCUMENT + 1_000
    assert abs(resident() - before) <= FLAT
