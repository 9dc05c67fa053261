"""The Celery application of the workers. Beat's application is in `controlhub.schedule.scheduler`."""

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
    """Keep the handlers of LOGGING, which write each record in one line. Celery would replace them with its own."""
