"""Two real web servers on one VAR_DIR: each reports for both, and the counters survive a killed server."""

import urllib.request

import pytest

from tests import factories, servers
from tests.controlhub.metrics.conftest import BEARER, TOKEN, Samples

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
LABELS = {"kind": "scim", "resource": "Users", "method": "GET"}


def ask(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:
        return answer.read().decode()


def requests(server):
    found = Samples(ask(f"{server}/metrics", **BEARER))
    return found.value("request_seconds_count", **LABELS), found.value("web_processes")


def test_one_scrape_covers_all_processes_of_a_node(tmp_path):
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    path = f"/v1/scim/{organization.pk}/Users"
    metrics = {"METRICS_TOKEN": TOKEN, "VAR_DIR": str(tmp_path)}
    with servers.web_server(**metrics) as first:
        with servers.web_server(**metrics) as second:
            for server, times in ((first, 2), (second, 3)):
                for _ in range(times):
                    ask(server + path, Authorization=f"Bearer {secret}")
            assert requests(first) == requests(second) == (5, 2)
        assert requests(first) == (5, 1), "what the ended one counted is kept"
