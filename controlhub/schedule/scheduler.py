"""The Celery application of beat: the schedule and the broker, without Django's models (docs/decisions/0038)."""

import os

from celery import Celery

# Without its Django fixup, Celery does not load Django's applications: beat needs 50 MB less.
app = Celery("controlhub", fixups=[])
app.config_from_object(os.environ.get("DJANGO_SETTINGS_MODULE", "controlhub.settings"), namespace="CELERY")
