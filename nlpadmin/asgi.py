"""The door for ASGI servers; settings that see this module loaded know that the process serves pages."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nlpadmin.settings")

application = get_asgi_application()

from analyses.services import measurements  # noqa: E402 - models are there only now

measurements.start()
