"""The door for WSGI servers; settings that see this module loaded know that the process serves pages."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nlpadmin.settings")

application = get_wsgi_application()

from analyses.services import measurements  # noqa: E402 - models are there only now

measurements.start()
