"""HTTP behavior that clients rely on, against the production web server."""

import http.client
import json

import pytest
from django.db import connection

from tests import factories

pytestmark = pytest.mark.processes


@pytest.fixture
def http_client(transactional_db, site):
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    client = http.client.HTTPConnection(site.removeprefix("http://"), timeout=10)

    def call(method, path, body=None, **headers):
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/scim+json", **headers}
        client.request(method, f"/v1/scim/{organization.pk}{path}", body, headers)
        answer = client.getresponse()
        return answer, answer.read()

    yield call
    client.close()


def test_chunked_body_is_accepted(http_client):
    answer, body = http_client("POST", "/Users", iter([b'{"userName":', b' "neo@example.com"}']))
    assert answer.status == 201
    assert json.loads(body)["userName"] == "neo@example.com"


def test_head_response_has_headers_and_no_body(http_client):
    answer, body = http_client("HEAD", "/Users")
    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_clients_do_not_notice_a_closed_database_connection(http_client):
    for _ in range(2):
        assert http_client("GET", "/Users?count=1")[0].status == 200
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert [http_client("GET", "/Users?count=1")[0].status for _ in range(4)] == [200] * 4
