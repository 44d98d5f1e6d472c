"""What the lists and forms of all records share: paging, search, guards, trash, CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analyses.admin.filters import ID_MAX, IN_TRASH
from analyses.choices import LIST_MATCHES_MAX, PAGE_ROWS
from analyses.exceptions import ValidationError
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import search
from analyses.templatetags.formatting import number, status_tone
from analyses.views import downloads, pages

SEARCH_LENGTH_MAX = 200
SEARCH_WORDS_MAX = 10
SELECTED_MAX = 1000

# The stubs make these generic; Django does not.
if TYPE_CHECKING:
    _Paginator = Paginator[Any]
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _Paginator, _ModelAdmin = Paginator, admin.ModelAdmin


class CappedPaginator(_Paginator):
    """Pages over the first 10,000 matches: neither the count nor the last page grows with the table."""

    @cached_property
    def count(self) -> int:
        """Count the matches, 10,000 at most."""
        return min(self._counted, LIST_MATCHES_MAX)

    @property
    def is_capped(self) -> bool:
        """Tell whether there are more matches than can be paged through."""
        return self._counted > LIST_MATCHES_MAX

    def page(self, number: int | str) -> Any:
        """Give a page; where texts are searched, the index is read first if that is faster."""
        rows = self.object_list
        if isinstance(rows, QuerySet):
            last = self.validate_number(number) * self.per_page
            self.object_list = search.first_of(cast("TextAnalysisQuerySet", rows), min(last, self.count))
        return super().page(number)

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return rows.order_by().values("pk")[: LIST_MATCHES_MAX + 1].count()


class RecordChangeList(ChangeList):
    """Django's list, its rows read as `RecordAdmin.for_list` says."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Give the filtered rows with just the columns that the list shows."""
        self.matches = super().get_queryset(request, exclude_parameters)
        return self.model_admin.for_list(self.matches)  # type: ignore[attr-defined,no-any-return]

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """End the order in the number, in the direction of the column before it: so an index is read as it lies.

        Columns are sorted by "id": "-pk" is what Django adds to an order that has no number.
        """
        ordering: list[Any] = list(super().get_ordering(request, queryset.order_by()))
        if ordering[1:] and ordering[-1] == "-pk" and not str(ordering[-2]).startswith("-"):
            ordering[-1] = "pk"
        return ordering

    def get_results(self, request: HttpRequest) -> None:
        """Note whether the list was cut."""
        super().get_results(request)
        self.is_capped = getattr(self.paginator, "is_capped", False)
        if not self.query:
            # The head says how many there are; beside the search field only what a search found is said.
            self.full_result_count = self.result_count


class RecordAdmin(_ModelAdmin):
    """A read-only list and page; what may be written is written by services, which also keep the history."""

    list_per_page = PAGE_ROWS
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    actions_on_top = True
    actions_selection_counter = True
    # Header and attribute of each column of the list's CSV.
    export_columns: ClassVar[tuple[tuple[str, str], ...]] = ()
    export_name = "records"
    can_be_trashed = False

    # --- What may be asked ------------------------------------------------------------------------

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow only the parameters of the filters beside the list."""
        return lookup in {spec.parameter_name for spec in self.list_filter}  # type: ignore[union-attr]

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RecordChangeList

    def for_list(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Give the rows with what the list shows and no more."""
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Narrow the list to a record's number or all words; too much finds nothing and says so."""
        words = search_term.split()
        if not words:
            return queryset, False
        if len(search_term) > SEARCH_LENGTH_MAX or len(words) > SEARCH_WORDS_MAX or "\x00" in search_term:
            messages.warning(request, _("Search for at most 10 words and 200 characters."))
            return queryset.none(), False
        try:
            return self.search(queryset, words), False
        except ValidationError as error:
            messages.warning(request, error.reason)
            return queryset.none(), False

    def search(self, rows: QuerySet[Any], words: list[str]) -> QuerySet[Any]:
        """Narrow the rows to those that hold every word in one of `search_fields`, or have that number."""
        rows = rows.alias(**{f"lower_{field}": Lower(field) for field in self.search_fields})
        matches = Q()
        for word in words:
            matches &= self._holds(word)
        return rows.filter(matches | by_number(words))

    def _holds(self, word: str) -> Q:
        """Match a word in any case: binary collations need LOWER, and SQLite lowers ASCII alone."""
        parts: list[Any] = [(f"{field}__contains", word) for field in self.search_fields]
        parts += [(f"lower_{field}__contains", word.lower()) for field in self.search_fields]
        return Q.create(parts, connector=Q.OR)

    # --- Who may write: nobody, unless a record says otherwise ------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_be_trashed and super().has_delete_permission(request, obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the service did."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the service did."""

    # --- The list ---------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the list's CSV."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [
            path("export.csv", self.admin_site.admin_view(self.export_csv), name=name),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list after one guard of what the address holds."""
        guard(request)
        if ERROR_FLAG in request.GET:
            messages.warning(request, _("The filter in the address was not understood; it was left out."))
            return redirect(request.path)
        context = {"export_url": self.export_url(request), "search_var": SEARCH_VAR}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def export_url(self, request: HttpRequest) -> str:
        """Give the address of the CSV of exactly the rows listed, or an empty string."""
        if not request.user.has_perm("analyses.export_textanalysis"):
            return ""
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")
        query = request.GET.copy()
        query.pop("p", None)
        return f"{url}?{query.urlencode()}" if query else url

    def export_csv(self, request: HttpRequest) -> HttpResponseBase:
        """Stream the rows of the list under its filter, all of them."""
        guard(request)
        if not (self.has_view_permission(request) and request.user.has_perm("analyses.export_textanalysis")):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest(_("The filter in the address was not understood.")) from error
        header, rows = self.csv_of(changelist)
        return downloads.csv_download(header, rows, file_name=f"{self.export_name}.csv")

    def csv_of(self, changelist: Any) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        """Give header and rows of the list's CSV; the rows are read as they are asked for."""
        return [header for header, _attribute in self.export_columns], self._cells(changelist.queryset)

    def _cells(self, rows: QuerySet[Any]) -> Iterator[list[object]]:
        for row in rows.iterator(chunk_size=500):
            yield [getattr(row, attribute) for _header, attribute in self.export_columns]

    @admin.display(description=getattr(_ModelAdmin.action_checkbox, "short_description", ""))
    def action_checkbox(self, obj: Any) -> SafeString:
        """Draw a row's box; Django renders a widget's template for each, a third of the page's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            _("Select %(record)s") % {"record": obj},
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the trash or the way back from it, and nothing else."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        if not self.has_delete_permission(request):
            return {}
        unwanted = "move_to_trash" if request.GET.get("trash") == IN_TRASH else "restore"
        actions.pop(unwanted, None)
        return actions

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], action_location: Any = None
    ) -> HttpResponse | None:
        """Refuse selections that no list of ours sends."""
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(not is_number(value) for value in selected):
            raise BadRequest(_("A selected record has no such number."))
        return super().response_action(request, queryset)

    # --- One record -------------------------------------------------------------------------------

    trash_note: Any = ""

    def get_record(self, request: HttpRequest, object_id: str) -> Any:
        """Give the record of a page, or raise Http404."""
        key = unquote(object_id)
        record = self.get_object(request, key) if is_number(key) else None
        if record is None:
            raise Http404
        return record

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the record; 404 where there is none."""
        guard(request)
        self.get_record(request, object_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show who changed what; 404 where there is no record."""
        guard(request)
        self.get_record(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask, then move the record to the trash."""
        guard(request)
        record = self.get_record(request, object_id)
        if not self.has_delete_permission(request, record):
            raise PermissionDenied
        if request.method == "POST":
            self.trash(request, [record.pk])
            return redirect(self.list_url())
        return self.ask_to_trash(request, [record])

    # --- Trash ------------------------------------------------------------------------------------

    @admin.action(description=_("Move to the trash"), permissions=["delete"])
    def move_to_trash(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask, then move the selected records to the trash."""
        records = list(queryset[: SELECTED_MAX + 1])
        if len(records) > SELECTED_MAX:
            messages.warning(request, _("Select at most 1,000 records at once."))
            return None
        if request.POST.get("post") == "yes":
            self.trash(request, [record.pk for record in records])
            return None
        return self.ask_to_trash(request, records)

    @admin.action(description=_("Take out of the trash"), permissions=["delete"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take the selected records out of the trash."""
        ids = list(queryset.values_list("pk", flat=True)[: SELECTED_MAX + 1])
        if len(ids) > SELECTED_MAX:
            messages.warning(request, _("Select at most 1,000 records at once."))
            return
        self.take_out(request, ids)

    def ask_to_trash(self, request: HttpRequest, records: list[Any]) -> HttpResponse:
        """Show what is about to move to the trash."""
        context = {
            "title": _("Move to the trash?"),
            "records": records[:PAGE_ROWS],
            "more": max(0, len(records) - PAGE_ROWS),
            "ids": [record.pk for record in records],
            "is_action": ACTION_CHECKBOX_NAME in request.POST,
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "list_url": self.list_url(),
            "list_name": self.opts.verbose_name_plural,
            "note": self.trash_note,
        }
        return pages.render_page(request, "admin/analyses/trash_confirmation.html", context)

    def trash(self, request: HttpRequest, ids: Iterable[int]) -> None:
        """Move records to the trash through the service and say how many."""
        moved = self.trash_rows(ids, request.user)
        words = ngettext("%(n)s record moved to the trash.", "%(n)s records moved to the trash.", moved)
        messages.success(request, words % {"n": number(moved)})

    def take_out(self, request: HttpRequest, ids: Iterable[int]) -> None:
        """Take records out of the trash through the service and say how many."""
        moved = self.restore_rows(ids, request.user)
        words = ngettext("%(n)s record is in use again.", "%(n)s records are in use again.", moved)
        messages.success(request, words % {"n": number(moved)})

    def trash_rows(self, ids: Iterable[int], user: Any) -> int:
        """Move records to the trash; give how many."""
        raise NotImplementedError

    def restore_rows(self, ids: Iterable[int], user: Any) -> int:
        """Take records out of the trash; give how many."""
        raise NotImplementedError

    def list_url(self) -> str:
        """Give the address of the list."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def guard(request: HttpRequest) -> None:
    """Refuse (400) an address that holds a NUL: PostgreSQL cannot even be asked for one."""
    if any("\x00" in part for key, values in request.GET.lists() for part in (key, *values)):
        raise BadRequest(_("The address holds a NUL character."))


def is_number(value: str) -> bool:
    """Tell whether a value can be a record's number."""
    fits = value.isascii() and value.isdigit() and len(value) <= len(str(ID_MAX))
    return fits and int(value) <= ID_MAX


def by_number(words: list[str]) -> Q:
    """Match the record whose number is the only word, with or without a #."""
    value = words[0].removeprefix("#").removeprefix("id:")
    return Q(pk=int(value)) if len(words) == 1 and is_number(value) else Q(pk__in=())


def status_tag(status: str, label: str) -> str:
    """Draw a status."""
    return format_html('<span class="tag {}">{}</span>', status_tone(status), label)


def name_of(text: str) -> str:
    """Draw a name that a person or a file gave, isolated from its neighbours."""
    return format_html("<bdi>{}</bdi>", text)
