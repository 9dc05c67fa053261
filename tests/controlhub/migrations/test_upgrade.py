"""A database made by migrations that were later squashed upgrades automatically and then equals a new one."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder

from audit.models import AuditEvent, AuditSeal
from audit.old_seals import digest
from controlhub.database import releases
from tests import catalogue
from tests.conftest import cannot_run

pytestmark = pytest.mark.django_db(databases="__all__")
DUMP = Path(__file__).with_name("0048.sql")
LAST = "0048_overdue_jobs"
NEW_COLUMNS = {"controlhub_accesstoken": 1, "controlhub_account": 3, "controlhub_connection": 3, "controlhub_group": 1}
NEW_COLUMNS |= {"audit_auditevent": 9, "controlhub_purgeduser": 1, "controlhub_organization": 7, "controlhub_session": 2, "controlhub_user": 1}
"""The number of columns that each table in the dump has gained since."""
FILLED = {"controlhub_tokenaddress"}
RENAMED = {"controlhub_job": "controlhub_scheduledjob"}
GROWING = {"django_migrations", "django_content_type", "auth_permission"}


@contextmanager
def restored(alias):
    """A connection to a new database restored from the dump."""
    if connection.pg_version < 170000:
        cannot_run("the dump needs PostgreSQL 17")
    name = f"{connection.settings_dict['NAME']}_{alias}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    connections.settings[alias] = {**connection.settings_dict, "NAME": name}
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(DUMP.read_text())
        connections[alias].close()  # use the settings in the dump
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias], connections.settings[alias]
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


def migrate(database, **options):
    call_command("migrate", database=database.alias, interactive=False, verbosity=0, skip_checks=True, **options)


def applied(database):
    return MigrationRecorder(database).applied_migrations().keys()


def content(database):
    """Maps tables to rows, without the tables that Django adds rows to."""
    return {
        name: catalogue.rows(database, name) for name in database.introspection.table_names() if name not in GROWING
    }


@pytest.fixture(scope="module")
def before():
    """The content of the database before the upgrade. Filled by `upgraded`."""
    return {}


@pytest.fixture(scope="module")
def upgraded(django_db_setup, django_db_blocker, before):
    with django_db_blocker.unblock(), restored("upgraded") as database:
        before |= {"applied": set(applied(database)), "content": content(database)}
        migrate(database)
        yield database


def test_upgrade_makes_the_schema_of_a_new_database(upgraded):
    assert catalogue.schema(upgraded) == catalogue.schema(connection)


def test_upgrade_keeps_the_rows(upgraded, before):
    assert len(before["content"]["controlhub_user"]) == 15
    rows = content(upgraded)
    for name, number in NEW_COLUMNS.items():
        rows[name] = [f"{row.rsplit(',', number)[0]})" for row in rows[name]]
    expected = {RENAMED.get(name, name): found for name, found in before["content"].items()}
    assert {name: rows[name] for name in expected} == expected
    filled = {name for name in rows.keys() - expected.keys() if rows[name]}
    assert filled == FILLED, "other new tables are empty"


def test_upgrade_knows_the_addresses_that_tokens_were_used_from(upgraded):
    with upgraded.cursor() as cursor:
        cursor.execute("SELECT id, host(last_used_address) FROM controlhub_accesstoken WHERE last_used_at IS NOT NULL")
        used = set(cursor.fetchall())
        cursor.execute("SELECT token_id, host(address) FROM controlhub_tokenaddress")
        assert set(cursor.fetchall()) == {(pk, address) for pk, address in used if address}


def test_upgraded_database_has_every_migration(upgraded, before):
    migrate(upgraded, check_unapplied=True)
    assert releases.missing(applied(upgraded)) == []
    assert any(missing.startswith("controlhub ") for missing in releases.missing(before["applied"]))


def test_audit_events_still_match_the_digests_of_their_seals(upgraded):
    digests = dict(AuditSeal.objects.using(upgraded.alias).values_list("event_id", "digest"))
    events = AuditEvent.objects.using(upgraded.alias)
    assert len(digests) == 47
    assert {event.pk: digest(event) for event in events} == {pk: bytes(sealed) for pk, sealed in digests.items()}


def test_neither_database_is_newer_than_this_release(upgraded, before):
    assert releases.newer(before["applied"]) == []
    assert releases.newer(applied(upgraded)) == []


def test_release_before_the_squash_refuses_the_upgraded_database(upgraded):
    """It compares names: a migration after the last known one belongs to a newer release."""
    assert max(name for app, name in applied(upgraded) if app == "controlhub") > LAST


@pytest.mark.parametrize("lacking", [("controlhub", LAST), ("audit", "0003_event_version")])
def test_database_with_only_some_of_the_replaced_migrations_is_refused(upgraded, before, lacking):
    assert releases.refusal(before["applied"]) is None
    assert f"lacks a migration ({' '.join(lacking)})" in releases.refusal(before["applied"] - {lacking})
