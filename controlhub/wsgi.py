"""The WSGI entry point: `controlhub.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
os.environ.setdefault("STATEMENT_TIMEOUT", "15000")  # milliseconds; commands and jobs may take their time
application = get_wsgi_application()
