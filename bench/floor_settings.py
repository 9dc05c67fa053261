"""The portal's settings with a single view and without middleware and applications."""

from controlhub.settings import *  # noqa: F403

ROOT_URLCONF = "bench.floor"
MIDDLEWARE = []
INSTALLED_APPS = []
