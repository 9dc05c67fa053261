"""The database of this deployment: the one that DATABASE_URL names, else the embedded one; migrated, with its roles."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.core.exceptions import ImproperlyConfigured

from controlhub.launch.cluster import Cluster
from controlhub.launch.errors import StartError
from controlhub.launch.places import keep_secret
from controlhub.launch.progress import step

RUNTIME = "controlhub_runtime"


@contextmanager
def running(var_dir: Path) -> Iterator[Cluster | None]:
    """A database that answers, named in the environment by DATABASE_URL and, where there are two roles,
    DATABASE_OWNER_URL. Yields the embedded one, which stops at the end, or None for another.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        with step("Connecting to the database at DATABASE_URL"):
            require_database(owner_url())
        yield None
        return
    cluster = Cluster(var_dir / "postgres", var_dir / "secrets")
    try:
        with step("Starting PostgreSQL"):
            cluster.start()
            cluster.make_database()
        password = keep_secret(var_dir / "secrets" / "database_password")
        os.environ["DATABASE_OWNER_URL"] = cluster.owner_url
        os.environ["DATABASE_URL"] = cluster.url(RUNTIME, password)
        keep_secret(var_dir / "secrets" / "database_url", os.environ["DATABASE_URL"])
        yield cluster
    finally:
        cluster.stop()


def owner_url() -> str:
    """The address that may change tables: DATABASE_OWNER_URL, or DATABASE_URL where there is one role only."""
    if url := os.environ.get("DATABASE_OWNER_URL"):
        return url
    if url := os.environ.get("DATABASE_URL"):
        return url
    file = Path(os.environ["DATABASE_URL_FILE"])
    try:
        return file.read_text().strip()
    except OSError as error:
        raise StartError(f"DATABASE_URL_FILE {file} cannot be read ({error.strerror}).") from error


def require_database(url: str) -> None:
    """StartError unless a PostgreSQL of our versions answers at this address."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise StartError(
            f"The database at DATABASE_URL does not respond ({reason}). Check its address, password and firewall."
        ) from error
    if version < 150000:
        raise StartError(f"The database is PostgreSQL {version // 10000}; version 15 or newer is required.")


def migrate() -> None:
    """Bring the tables up to date as the owner, and give the runtime role its rights.

    StartError if a newer release has migrated them, or if it is not safe to serve from this database.
    """
    with step("Migrating the database"):
        require_our_release()
        manage("migrate", "--no-input", "--verbosity=0", env={"DATABASE_URL": owner_url()})
        if os.environ.get("DATABASE_OWNER_URL"):
            manage("create_database_roles")
    with step("Checking the settings"):
        require_safety()


def require_our_release() -> None:
    """StartError if the database was migrated by a newer release."""
    try:
        django.setup()
    except (ImproperlyConfigured, ValueError) as error:
        raise StartError(f"A setting is not valid: {error}") from error
    from controlhub.database import releases

    with psycopg.connect(owner_url(), connect_timeout=5) as connection:
        (has_migrations,) = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchall()[0]
        applied = connection.execute("SELECT app, name FROM django_migrations").fetchall() if has_migrations else []
    if refusal := releases.refusal(applied):
        raise StartError(refusal)


def require_safety() -> None:
    """StartError with what `controlhub.launch.startup` says against the start."""
    from controlhub.launch import startup

    if found := startup.reasons():
        raise StartError("\n".join(found))


def manage(*arguments: str, env: dict[str, str] | None = None) -> None:
    """Run a management command; StartError with its last words if it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, env=os.environ | (env or {}), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StartError(f"`manage.py {arguments[0]}` failed: {reason}")
