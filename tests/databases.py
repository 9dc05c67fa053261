"""A database with all migrations applied, which every test process copies.

It stays in the test suite's own PostgreSQL until a migration changes. Django needs longer to build the model states for
all migrations than PostgreSQL needs for the changes themselves.
"""

import fcntl
import hashlib
import os
from importlib import import_module
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db import connection

from tests.settings import CLUSTER, OWN_CLUSTER

PREFIX = "migrated_"
_OTHERS = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datname <> %s"


def copy_migrated():
    """Make the test database a copy in which Django has nothing to migrate. On other servers, nothing changes."""
    if OWN_CLUSTER not in os.environ:
        return
    name = PREFIX + fingerprint()
    with (CLUSTER / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not exists(name):
            make(name)
    connection.settings_dict["TEST"] |= {"TEMPLATE": name, "MIGRATE": False}


def fingerprint():
    """A fingerprint of the migrations of the product and of the packages that it uses."""
    digest = hashlib.sha256(django.__version__.encode())
    for file in sorted(file for folder in migration_folders() for file in folder.glob("*.py")):
        digest.update(f"{file.parent.parent.name}/{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def migration_folders():
    folders = (Path(import_module(app.name).__file__).parent / "migrations" for app in apps.get_app_configs())
    return [folder for folder in folders if folder.is_dir()]


def exists(name):
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def make(name):
    """Migrate an empty database, and rename it when done. Databases of other migrations are dropped."""
    own, partial = connection.settings_dict["NAME"], f"{name}_partial"
    wanted = connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = partial
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = own
        connection.settings_dict["TEST"]["NAME"] = wanted
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(_OTHERS, [PREFIX, partial])
        for (old,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE "{old}"')
        cursor.execute(f'ALTER DATABASE "{partial}" RENAME TO "{name}"')
