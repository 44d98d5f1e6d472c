"""The console: our AdminSite, its pages and its shell."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

import importlib, importlib.util
from analyses.views import shell
# TEMPORARY while the pages are being written: pages whose module is missing are left out.

class _Lazy:
    def __init__(self, name): self.name=name
    def __getattr__(self, attr): return (self.name, attr)
batches, explore, home, imports, people, profile, try_text = map(_Lazy, 'batches explore home imports people profile try_text'.split())


def _load(view):
    if not isinstance(view, tuple): return view
    try:
        return getattr(importlib.import_module('analyses.views.'+view[0]), view[1])
    except (ImportError, AttributeError) as error:
        if 'analyses.views' not in str(error): raise
        from django.http import HttpResponse
        return lambda request, **kw: HttpResponse('missing', status=501)

# One line a page: route, view, URL name (reverse as "admin:<name>"). Every view names its own permission.
PAGES = (
    ("explore/", explore.explore, "explore"),
    ("explore/export.csv", explore.export_csv, "explore_export"),
    ("batches/", batches.batch_list, "batches"),
    ("batches/<int:batch_id>/", batches.batch_page, "batch"),
    ("batches/<int:batch_id>/progress/", batches.progress, "batch_progress"),
    ("batches/<int:batch_id>/failures.csv", batches.failures_csv, "batch_failures_csv"),
    ("batches/<int:batch_id>/cancel/", batches.cancel, "batch_cancel"),
    ("batches/<int:batch_id>/resume/", batches.resume, "batch_resume"),
    ("batches/<int:batch_id>/retry/", batches.retry_failed, "batch_retry"),
    ("imports/new/", imports.upload, "import_upload"),
    ("imports/<int:import_id>/", imports.import_page, "import"),
    ("imports/<int:import_id>/preview/", imports.preview, "import_preview"),
    ("imports/<int:import_id>/rejected.csv", imports.rejected_csv, "import_rejected_csv"),
    ("imports/<int:import_id>/cancel/", imports.cancel, "import_cancel"),
    ("try/", try_text.try_text, "try_text"),
    ("people/", people.people_list, "people"),
    ("people/new/", people.create_person, "person_new"),
    ("people/<int:user_id>/", people.edit_person, "person"),
    ("people/<int:user_id>/password/", people.reset_password, "person_password"),
    ("profile/", profile.edit_profile, "profile"),
    ("shell/", shell.shell_state, "shell"),
)


class ConsoleSite(AdminSite):
    """Django's admin and our pages in one shell, open to the three roles."""

    site_header = site_title = "nlpadmin"
    index_title = _("Home")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in active people who hold a role; `is_staff` plays no part."""
        return shell.may_enter(request.user)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Hang our pages under the admin's own, behind the same login."""
        pages = [path(route, self.admin_view(_load(view)), name=name) for route, view, name in PAGES]
        return [*pages, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the home dashboard instead of Django's list of tables."""
        return _load(('home', 'home'))(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the shell: sidebar, person, zone, theme and what is going on."""
        return {**super().each_context(request), **shell.shell_context(request)}
