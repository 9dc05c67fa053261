"""The portal's settings with a view of its own and no middleware."""

from controlhub.settings import *  # noqa: F403

ROOT_URLCONF = "bench.floor"
MIDDLEWARE = []
