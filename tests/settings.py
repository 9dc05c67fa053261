"""Settings of the test suite: a separate embedded PostgreSQL unless DATABASE_URL names a server.

pytest-xdist's controller starts this PostgreSQL. Its workers inherit the URL and create a database each. They also have
separate VAR_DIRs.
"""

import atexit
import os
import sys
from pathlib import Path

CLUSTER = Path(__file__).resolve().parent.parent / "var" / "test"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
VAR = CLUSTER / WORKER
# Only a test run needs folders and a database. Linters and type checkers import these settings, too.
IS_TEST_RUN = "pytest" in sys.modules
OWN_CLUSTER = "TEST_CLUSTER"
"""A variable that is set if the server at DATABASE_URL is the one in the folder CLUSTER."""
os.environ["VAR_DIR"] = str(VAR)
KEY = "for tests only, never for production"
os.environ.setdefault("SECRET_KEY", KEY)
os.environ.setdefault("SIGNING_KEY", KEY.replace(" ", "-"))
os.environ.setdefault("ENCRYPTION_KEY", KEY.replace(" ", "-"))
# The tests' own cluster trades safety for speed, and they own it.
os.environ.setdefault("ALLOW_UNSAFE", "fsync-off,full-page-writes-off,synchronous-commit-off,superuser-role")


def start_cluster() -> str:
    """Start a PostgreSQL that ends with this process. Returns the URL for its owner."""
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

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # faster; the production hasher has its own test
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
REQUEST_LOG_THREAD = False  # tests write the log when they need it: `REQUESTS.flush()`
LOGGING |= {"root": {"handlers": [], "level": "ERROR"}}
