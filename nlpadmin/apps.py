"""The project as an app of its own: its checks and its log of statements."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class ProjectConfig(AppConfig):
    """Connect what belongs to the project and not to the analyses."""

    name = "nlpadmin"
    verbose_name = "nlpadmin"

    def ready(self) -> None:
        """Register the checks and the logs of statements and connections."""
        from nlpadmin import checks, logs, pool_checks  # noqa: PLC0415

        checks.register()
        pool_checks.register()
        connection_created.connect(logs.echo_statements, dispatch_uid="nlpadmin.echo_statements")
        connection_created.connect(logs.echo_connection, dispatch_uid="nlpadmin.echo_connection")
