"""The portal's settings with a view of its own, no middleware and no applications."""

from controlhub.settings import *  # noqa: F403

ROOT_URLCONF = "bench.floor"
MIDDLEWARE = []
INSTALLED_APPS = []
