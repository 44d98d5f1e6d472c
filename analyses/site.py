"""The console: our AdminSite, its pages and its shell."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from analyses.views import (
    batches,
    comparisons,
    explore,
    explore_news,
    explore_numbers,
    exports,
    health,
    home,
    imports,
    model_performance,
    people,
    profile,
    query_bars,
    reruns,
    saved_views,
    shell,
    tokens,
    try_text,
)
from analyses.views.forms.login import LoginForm

# One line a page: route, view, URL name (reverse as "admin:<name>"). Every view names its own permission.
PAGES = (
    ("explore/", explore.explore, "explore"),
    ("explore/news/", explore_news.news, "explore_news"),
    ("explore/numbers/", explore_numbers.numbers, "explore_numbers"),
    ("explore/chart/", explore_numbers.chart_table, "explore_chart_table"),
    ("explore/chart.csv", explore_numbers.chart_csv, "explore_chart_csv"),
    ("explore/complete/", query_bars.complete, "explore_complete"),
    ("explore/views/", saved_views.menu, "explore_views"),
    ("explore/filters/", explore.filters, "explore_filters"),
    ("explore/start/", saved_views.start, "explore_start"),
    ("compare/", comparisons.compare, "compare"),
    ("compare/words/", comparisons.word_lists, "compare_words"),
    ("views/", saved_views.view_list, "saved_views"),
    ("views/new/", saved_views.create, "saved_view_new"),
    ("views/<int:view_id>/", saved_views.edit, "saved_view"),
    ("views/<int:view_id>/query/", saved_views.replace_query, "saved_view_query"),
    ("views/<int:view_id>/delete/", saved_views.delete, "saved_view_delete"),
    ("views/<int:view_id>/pin/", saved_views.pin, "saved_view_pin"),
    ("views/<int:view_id>/default/", saved_views.default, "saved_view_default"),
    ("explore/run-again/", reruns.run_again, "run_again"),
    ("explore/export/", exports.export_form, "export_form"),
    ("explore/export/file/", exports.download, "explore_export"),
    ("exports/", exports.export_list, "exports"),
    ("exports/<int:export_id>/", exports.export_page, "export"),
    ("exports/<int:export_id>/progress/", exports.progress, "export_progress"),
    ("exports/<int:export_id>/file/", exports.stored_file, "export_file"),
    ("exports/<int:export_id>/manifest.json", exports.manifest, "export_manifest"),
    ("exports/<int:export_id>/cancel/", exports.cancel, "export_cancel"),
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
    ("models/", model_performance.compare, "models"),
    ("system/health/", health.health_page, "health"),
    ("try/", try_text.try_text, "try_text"),
    ("people/", people.people_list, "people"),
    ("people/new/", people.create_person, "person_new"),
    ("people/<int:user_id>/", people.edit_person, "person"),
    ("people/<int:user_id>/password/", people.reset_password, "person_password"),
    ("profile/", profile.edit_profile, "profile"),
    ("tokens/", tokens.token_list, "tokens"),
    ("tokens/<int:token_id>/revoke/", tokens.revoke, "token_revoke"),
    ("shell/", shell.shell_state, "shell"),
)


class ConsoleSite(AdminSite):
    """Django's admin and our pages in one shell, open to the three roles."""

    site_header = site_title = "nlpadmin"
    index_title = _("Home")
    enable_nav_sidebar = False
    login_form = LoginForm

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in active people who hold a role; `is_staff` plays no part."""
        return shell.may_enter(request.user)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Hang our pages under the admin's own, behind the same login."""
        pages = [path(route, self.admin_view(view), name=name) for route, view, name in PAGES]
        return [*pages, *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the login; a poll of a page whose session ended sends the whole page there, not a fragment of it."""
        if request.headers.get("HX-Request"):
            page = urlsplit(request.headers.get("HX-Current-URL", "")).path or reverse("admin:index")
            return HttpResponseClientRedirect(f"{reverse('admin:login')}?{urlencode({'next': page})}")
        return super().login(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the home dashboard instead of Django's list of tables."""
        return home.home(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the shell: sidebar, person, zone, theme and what is going on."""
        return {**super().each_context(request), **shell.shell_context(request)}
