"""Fixtures for the whole suite."""

import json
import shutil

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from controlhub.management.commands.create_database_roles import APPEND_ONLY
from tests import app_clock, bloat, databases, factories, flushing, installations, pseudo, servers
from tests.clock import at, install_clock  # noqa: F401 — a fixture
from tests.tiers import (  # noqa: F401 — hooks
    is_ci,
    pytest_collection,
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_make_collect_report,
    pytest_runtest_makereport,
    pytest_xdist_make_scheduler,
)

pytest_sessionfinish = installations.pytest_sessionfinish
pytest_runtest_protocol = bloat.pytest_runtest_protocol
pytest_runtest_teardown = flushing.pytest_runtest_teardown
speaks_pseudo = pseudo.speaks_pseudo


@pytest.fixture(autouse=True)
def _no_attempts_left(request):
    """Attempts for rate limits are counted in a table without a model, so those committed by a test would remain."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:
        cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    with django_db_blocker.unblock():
        databases.copy_migrated()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Disable the TRUNCATE triggers, because transactional tests flush tables. The log's own test enables them."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_truncate")
        install_clock()
        flushing.repeat_refused_flushes()
    app_clock.stop()
    yield
    connection.close()  # the server may have closed it during a test, which shows only at the next use
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # A stopped process may still be connected, and the database is about to be dropped.
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


class ScimClient:
    """A SCIM client for the test server that uses one token."""

    def __init__(self, organization, secret, base="/v1/scim/{}"):
        self.client = Client(raise_request_exception=True)
        self.base = base.format(organization.pk)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def call(self, method, path, body=None, **headers):
        data = json.dumps(body) if isinstance(body, dict | list) else body or ""
        kind = headers.pop("content_type", "application/scim+json")
        response = self.client.generic(
            method, self.base + path, data, content_type=kind, headers={**self.headers, **headers}
        )
        response.document = json.loads(response.content) if response.content else None
        return response

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def post(self, path, body, **headers):
        return self.call("POST", path, body, **headers)

    def put(self, path, body, **headers):
        return self.call("PUT", path, body, **headers)

    def patch(self, path, *operations, **headers):
        return self.call("PATCH", path, factories.patch_body(*operations), **headers)

    def delete(self, path, **headers):
        return self.call("DELETE", path, **headers)


@pytest.fixture
def organization(db):
    return factories.make_organization()


@pytest.fixture
def other_organization(db):
    return factories.make_organization("Machine City")


@pytest.fixture
def scim(organization):
    _, secret = factories.make_token(organization)
    return ScimClient(organization, secret)


@pytest.fixture
def admin(organization):
    """A full administrator's account. The password is `admin.password_shown`."""
    account, password = factories.make_admin(organization)
    account.password_shown = password
    return account


@pytest.fixture
def portal(admin):
    """A browser with the administrator signed in."""
    return factories.browser(admin)


@pytest.fixture(scope="session")
def site(django_db_setup):
    """The URL of a production web server on the test database. All tests in a pytest process share it."""
    with servers.web_server(settings_module="tests.production") as address:
        yield address


def require_program(*names):
    """Returns the first of these programs that is installed."""
    for name in names:
        if found := shutil.which(name):
            return found
    return cannot_run(f"none of {', '.join(names)} is installed")


def cannot_run(reason):
    """Skip the test on a machine without its requirements. In CI it fails."""
    if is_ci():
        pytest.fail(f"{reason}, and CI must run every test")
    pytest.skip(reason)
