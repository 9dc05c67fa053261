"""Settings of the test suite: an embedded PostgreSQL of its own unless DATABASE_URL names a server.

pytest-xdist's controller starts that PostgreSQL; its workers inherit the address and make a database each. They have
a VAR_DIR each, too.
"""

import atexit
import os
import sys
from pathlib import Path

CLUSTER = Path(__file__).resolve().parent.parent / "var" / "test"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
VAR = CLUSTER / WORKER
# Only a test run needs folders and a database; linters and type checkers import these settings too.
IS_TEST_RUN = "pytest" in sys.modules
OWN_CLUSTER = "TEST_CLUSTER"
"""A variable that is set where the server at DATABASE_URL is the one of the folder CLUSTER."""
os.environ["VAR_DIR"] = str(VAR)
KEY = "for tests only, never for production"
os.environ.setdefault("SECRET_KEY", KEY)
os.environ.setdefault("SIGNING_KEY", KEY.replace(" ", "-"))
os.environ.setdefault("ENCRYPTION_KEY", KEY.replace(" ", "-"))
# Their own cluster trades safety for speed, and they own it.
os.environ.setdefault("ALLOW_UNSAFE", "fsync-off,full-page-writes-off,synchronous-commit-off,superuser-role")


def start_cluster() -> str:
    """A PostgreSQL that ends with this process; its owner's address."""
    from controlhub.launch import places
    from controlhub.launch.cluster import Cluster

    places.prepare(CLUSTER)
    lock = places.lock(CLUSTER)
    cluster = Cluster(CLUSTER / "postgres", CLUSTER / "secrets", durable=False)
    cluster.start()
    cluster.make_database()
    atexit.register(lock.close)
    atexit.register(cluster.stop)
    os.environ[OWN_CLUSTER] = str(CLUSTER)
    return cluster.owner_url


if IS_TEST_RUN:
    from controlhub.launch.places import prepare

    prepare(VAR)
if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = start_cluster() if IS_TEST_RUN else "postgres://nowhere/none"

from controlhub.settings import *  # noqa: E402, F403
from controlhub.settings import LOGGING, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed; the real one has its own test
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
REQUEST_LOG_THREAD = False  # tests write the log when they read it: `REQUESTS.flush()`
LOGGING |= {"root": {"handlers": [], "level": "ERROR"}}
