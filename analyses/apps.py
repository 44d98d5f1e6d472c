"""The app and its console, as Django installs them."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class AnalysesConfig(AppConfig):
    """The analyses, their checks registered at start."""

    name = "analyses"
    verbose_name = _("Analyses")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, measure statements and offer the engines of the site."""
        from analyses import checks  # noqa: PLC0415
        from analyses.services import measurements  # noqa: PLC0415

        checks.register()
        connection_created.connect(measurements.measure, dispatch_uid="analyses.measure")
        if settings.ULTRA_ENGINES:
            self.offer_engines()

    def offer_engines(self) -> None:
        """Put what ULTRA_ENGINES names before the built-in engines."""
        from analyses.engines import configured, registry  # noqa: PLC0415

        found = configured.providers(settings.ULTRA_ENGINES, lease_seconds=settings.LEASE_SECONDS)
        registry.configure(found)


class ConsoleAdminConfig(AdminConfig):
    """The Django admin with the console as its site."""

    default_site = "analyses.site.ConsoleSite"
