"""The app and its console, as Django installs them."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class AnalysesConfig(AppConfig):
    """The analyses, their checks registered at start."""

    name = "analyses"
    verbose_name = _("Analyses")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from analyses import checks  # noqa: PLC0415

        checks.register()


class ConsoleAdminConfig(AdminConfig):
    """The Django admin with the console as its site."""

    default_site = "analyses.site.ConsoleSite"
