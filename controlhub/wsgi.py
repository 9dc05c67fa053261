"""The WSGI entry point: `controlhub.wsgi:application`."""

import os

import django

from controlhub.database import limits
from controlhub.handler import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
limits.use(limits.WEB)
django.setup(set_prefix=False)
application = Handler()
