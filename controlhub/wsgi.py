"""The WSGI entry point: `controlhub.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from controlhub.database import limits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
limits.use(limits.WEB)
application = get_wsgi_application()
