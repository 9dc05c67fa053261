"""`python -m controlhub.launch.prepare N [VAR_DIR]`: prepares the database and the static files for this code.

A separate process that loads Django and ends, so that the launcher stays small. It writes JSON to the file descriptor
N: `welcome`, the text to print when the portal is up, or `error`, the reason why Control Hub cannot start.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from controlhub.launch import database
from controlhub.launch.errors import StartError
from controlhub.launch.progress import step

SOURCES = ".sources"
"""A file in the folder of static files with the digest of the files that were collected."""


def main() -> None:
    number, *embedded = sys.argv[1:]
    try:
        answer = {"welcome": prepare(Path(embedded[0]) if embedded else None)}
    except StartError as error:
        answer = {"error": str(error)}
    with os.fdopen(int(number), "w") as target:
        json.dump(answer, target)


def prepare(embedded: Path | None) -> str:
    """Returns the text to print when the portal is up. StartError says what prevents the start."""
    from controlhub.launch.installation import ensure_installation

    if embedded:
        database.make_embedded(embedded)
    else:
        with step("Reaching the database at DATABASE_URL"):
            database.require_database(database.owner_url())
    load()
    migrate()
    with step("Collecting static files"):
        collect_static()
    with step("Looking for the first organization"):
        return str(ensure_installation())


def load() -> None:
    """Load Django. StartError if a setting cannot be read."""
    try:
        django.setup()
    except (ImproperlyConfigured, ValueError) as error:
        raise StartError(f"A setting cannot be read: {error}") from error


def migrate() -> None:
    """Migrate the tables as the owner, and grant the runtime role its privileges.

    StartError if a newer release has migrated them, or if it is not safe to serve from this database.
    """
    with step("Migrating the database"):
        with _connected_as(database.owner_url()):
            require_our_release()
            if _has_new_migrations():
                _command("migrate", interactive=False, verbosity=0)
        if os.environ.get("DATABASE_OWNER_URL"):
            _command("create_database_roles", stdout=Path(os.devnull).open("w"))  # noqa: SIM115 — ends with the process
    with step("Checking the settings"):
        require_safety()


@contextmanager
def _connected_as(url: str) -> Iterator[None]:
    """In the block, the default connection uses this URL."""
    from django.db import connection

    from controlhub.env import env

    before, ours = connection.settings_dict, env.db_url_config(os.environ.get("DATABASE_URL") or url)
    address = env.db_url_config(url)
    options = {name: value for name, value in before["OPTIONS"].items() if name not in ours.get("OPTIONS", {})}
    connection.close()
    connection.settings_dict = {
        **before,
        **{name: address[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")},
        "OPTIONS": {**options, **address.get("OPTIONS", {})},
    }
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = before


def _has_new_migrations() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_our_release() -> None:
    """StartError if the database was migrated by a newer release."""
    from controlhub.database import releases

    if refusal := releases.refusal(releases.applied()):
        raise StartError(refusal)


def require_safety() -> None:
    """StartError with the reasons of `controlhub.launch.startup` against starting."""
    from controlhub.launch import startup

    if found := startup.reasons():
        raise StartError("\n".join(found))


def collect_static() -> None:
    """Collect the static files that pages use, unless nothing has changed since the last time."""
    from django.conf import settings

    collected, digest = Path(settings.STATIC_ROOT) / SOURCES, _digest_of_sources()
    if collected.exists() and collected.read_text() == digest:
        return
    collected.unlink(missing_ok=True)
    _command("collectstatic", interactive=False, verbosity=0)
    collected.write_text(digest)


def _digest_of_sources() -> str:
    """Returns a digest of the name, size and time of each file, and of the settings that bundle and store them."""
    from django.apps import apps
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    stores = f"{settings.STORAGES['staticfiles']} {settings.PIPELINE}"
    digest = hashlib.sha256(f"{django.__version__} {stores}".encode())
    for finder in get_finders():
        for name, storage in finder.list(apps.get_app_config("staticfiles").ignore_patterns):  # type: ignore[attr-defined]
            status = Path(storage.path(name)).stat()
            digest.update(f"\n{name} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()


def _command(name: str, **options: object) -> None:
    """Run a management command. StartError with its reason if it fails."""
    from django.db import Error

    try:
        call_command(name, **options)
    except (CommandError, Error, psycopg.Error, OSError) as error:
        raise StartError(f"`manage.py {name}` failed: {' '.join(str(error).split())}") from error


if __name__ == "__main__":
    main()
