"""Settings of the test suite: an embedded PostgreSQL of its own unless DATABASE_URL names a server."""

import atexit
import os
import sys
from pathlib import Path

VAR = Path(__file__).resolve().parent.parent / "var" / "test"
os.environ["VAR_DIR"] = str(VAR)
os.environ.setdefault("SECRET_KEY", "tests-only")
os.environ.setdefault("SIGNING_KEY", "tests-only")
os.environ.setdefault("ENCRYPTION_KEY", "tests-only")


def start_cluster() -> str:
    """A PostgreSQL that ends with this process; its owner's address."""
    from controlhub.launch import places
    from controlhub.launch.cluster import Cluster

    places.prepare(VAR)
    lock = places.lock(VAR)
    cluster = Cluster(VAR / "postgres", VAR / "secrets", durable=False)
    cluster.start()
    cluster.make_database()
    atexit.register(lock.close)
    atexit.register(cluster.stop)
    return cluster.owner_url


if "DATABASE_URL" not in os.environ:
    # Only a test run needs a database; linters and type checkers import these settings too.
    os.environ["DATABASE_URL"] = start_cluster() if "pytest" in sys.modules else "postgres://nowhere/none"

from controlhub.settings import *  # noqa: E402, F403
from controlhub.settings import LOGGING, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed; the real one has its own test
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
LOGGING |= {"root": {"handlers": [], "level": "ERROR"}}
