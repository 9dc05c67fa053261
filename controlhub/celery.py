"""The Celery application of the workers. That of beat is in `controlhub.schedule.scheduler`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

from controlhub.database import limits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
limits.use(limits.JOBS)
app = Celery("controlhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["controlhub"])


@setup_logging.connect
def keep_logging(**_kwargs: Any) -> None:
    """Celery would put its own handlers in place of those of LOGGING, which keep each record in one line."""
