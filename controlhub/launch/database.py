"""The database of this deployment: the one in DATABASE_URL, or else the embedded one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controlhub.launch.cluster import Cluster
from controlhub.launch.errors import StartError
from controlhub.launch.places import keep_secret
from controlhub.launch.progress import step

RUNTIME = "controlhub_runtime"


def chosen(var_dir: Path) -> Cluster | None:
    """Returns the embedded database, or None if DATABASE_URL sets another one.

    Sets DATABASE_URL and DATABASE_OWNER_URL for the embedded database.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return None
    cluster = _embedded(var_dir)
    password = keep_secret(var_dir / "secrets" / "database_password")
    os.environ["DATABASE_OWNER_URL"] = cluster.owner_url
    os.environ["DATABASE_URL"] = cluster.url(RUNTIME, password)
    keep_secret(var_dir / "secrets" / "database_url", os.environ["DATABASE_URL"])
    return cluster


@contextmanager
def running(cluster: Cluster | None) -> Iterator[None]:
    """Run the embedded database until the end of the block."""
    try:
        if cluster:
            with step("Starting PostgreSQL"):
                cluster.start()
        yield
    finally:
        if cluster:
            cluster.stop()


def make_embedded(var_dir: Path) -> None:
    """Create the database in the embedded PostgreSQL, which must be running."""
    _embedded(var_dir).make_database()


def _embedded(var_dir: Path) -> Cluster:
    return Cluster(var_dir / "postgres", var_dir / "secrets")


def owner_url() -> str:
    """Returns the URL that may change tables: DATABASE_OWNER_URL, or DATABASE_URL if there is only one role."""
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
    """StartError unless a supported PostgreSQL version responds at this URL."""
    import psycopg  # the launcher does not need it otherwise, and it is large

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
