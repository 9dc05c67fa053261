"""The WSGI entry point: `controlhub.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
# Milliseconds. Commands and jobs have none of these limits: they may take their time.
os.environ.setdefault("STATEMENT_TIMEOUT", "15000")
os.environ.setdefault("LOCK_TIMEOUT", "1500")
os.environ.setdefault("DATABASE_ANSWER_TIMEOUT", "2000")
application = get_wsgi_application()
