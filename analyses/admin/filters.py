"""The filters beside the admin's lists: fixed choices, so that no lookup from an address reaches a query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analyses.choices import AnalysisStatus, AnalysisType, ImportState, OptimizationTier
from analyses.models import BatchAnalysis

BATCHES_OFFERED = 10
ID_MAX = 2**63 - 1
IN_TRASH = "yes"


class ChoiceFilter(SimpleListFilter):
    """Equality with one of a column's fixed values; anything else is refused."""

    column = ""
    values: Iterable[tuple[Any, Any]] = ()

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[Any, Any]]:
        return list(self.values)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list; raises IncorrectLookupParameters for a value that is not offered."""
        value = self.value()
        if value is None:
            return queryset
        if value not in {str(key) for key, _label in self.lookup_choices}:
            raise IncorrectLookupParameters
        return queryset.filter(**{self.column: value})


class TypeFilter(ChoiceFilter):
    """The analysis type."""

    title = gettext_lazy("type")
    parameter_name = column = "analysis_type"
    values = AnalysisType.choices


class StatusFilter(ChoiceFilter):
    """Where an analysis or a batch stands."""

    title = gettext_lazy("status")
    parameter_name = column = "status"
    values = AnalysisStatus.choices


class TierFilter(ChoiceFilter):
    """The tier."""

    title = gettext_lazy("tier")
    parameter_name = "tier"
    column = "optimization_tier"
    values = OptimizationTier.choices


class StateFilter(ChoiceFilter):
    """Where an import stands."""

    title = gettext_lazy("state")
    parameter_name = column = "state"
    values = ImportState.choices


class BatchFilter(SimpleListFilter):
    """The batch by its number; the newest ones and the chosen one are offered."""

    title = gettext_lazy("batch")
    parameter_name = "batch"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        batches = BatchAnalysis.objects.live().values_list("pk", "batch_name")
        offered = [(str(pk), name) for pk, name in batches.order_by("-pk")[:BATCHES_OFFERED]]
        chosen = self.used_parameters.get(self.parameter_name)
        if chosen and chosen not in dict(offered):
            offered.append((chosen, _("batch %(id)s") % {"id": chosen}))
        return offered

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list; raises IncorrectLookupParameters for what is no number of a batch."""
        value = self.value()
        return queryset if value is None else queryset.filter(batch_analysis_id=record_number(value))


class ImportFilter(SimpleListFilter):
    """The import by its number, from links; shown only while it is in force."""

    title = gettext_lazy("import")
    parameter_name = "import"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        chosen = self.used_parameters.get(self.parameter_name)
        return [(chosen, _("import %(id)s") % {"id": chosen})] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list; raises IncorrectLookupParameters for what is no number of an import."""
        value = self.value()
        return queryset if value is None else queryset.filter(source_import_id=record_number(value))


class TrashFilter(SimpleListFilter):
    """The records in use, or those in the trash."""

    title = gettext_lazy("trash")
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(IN_TRASH, _("in the trash"))]

    def choices(self, changelist: Any) -> Any:
        """Offer “in use” where Django says “all”: the list never mixes both."""
        everything, *others = super().choices(changelist)
        yield {**everything, "display": _("in use")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Show what is in use unless the trash is asked for."""
        value = self.value()
        if value not in {None, IN_TRASH}:
            raise IncorrectLookupParameters
        return queryset.filter(deleted_at__isnull=value is None)


def record_number(value: str) -> int:
    """Read a record's number from an address; raises IncorrectLookupParameters."""
    if not (value.isascii() and value.isdigit()) or len(value) > len(str(ID_MAX)) or int(value) > ID_MAX:
        raise IncorrectLookupParameters
    return int(value)
