"""The test database is a copy of a migrated one and contains everything that migrations make."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests import databases


@pytest.mark.django_db
def test_no_migration_is_pending():
    executor = MigrationExecutor(connection)
    assert not executor.migration_plan(executor.loader.graph.leaf_nodes())


def test_different_migrations_use_a_different_database(monkeypatch, tmp_path):
    before = databases.fingerprint()
    folder = tmp_path / "extra" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_initial.py").write_text("operations = []")
    folders = databases.migration_folders()
    assert len(folders) > 4
    monkeypatch.setattr(databases, "migration_folders", lambda: [*folders, folder])
    added = databases.fingerprint()
    (folder / "0001_initial.py").write_text("operations = [1]")
    assert len({before, added, databases.fingerprint()}) == 3
