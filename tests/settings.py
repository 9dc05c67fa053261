"""Settings of the test suite."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only")
os.environ.setdefault("DATABASE_URL", "postgres://localhost/controlhub")
from controlhub.settings import *  # noqa: F403
