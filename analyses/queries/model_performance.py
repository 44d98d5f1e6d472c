"""What is known of each model: its rows by the rollup, what it was asked, what people corrected."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Sum

from analyses.choices import DONE_STATUSES, AnalysisStatus, OptimizationTier
from analyses.models import Correction, ModelPerformance, Rollup
from analyses.queries import driver_errors

Name = tuple[str, str]  # analysis type, model as the results name it


@dataclass
class ModelFigures:
    """One model at one type of analysis.

    `done` and `failed` count live rows, copied results too; `corrected` those of `done` that a person corrected.
    `asked` is what workers noted of it, None for a model that no worker of ours asked.
    """

    analysis_type: str
    model_used: str
    done: int = 0
    failed: int = 0
    corrected: int = 0
    tiers: set[str] = field(default_factory=set)
    asked: ModelPerformance | None = None

    @property
    def requests(self) -> int | None:
        """Give how many texts it was asked about."""
        return self.asked.total_requests if self.asked else None

    @property
    def success_share(self) -> float | None:
        """Give the share of its requests that it answered, None without any."""
        if not self.asked or not self.asked.total_requests:
            return None
        return self.asked.successful_requests / self.asked.total_requests

    @property
    def mean_ms(self) -> float | None:
        """Give the mean time of an answer, None where it gave none."""
        return self.asked.avg_processing_time_ms if self.asked and self.asked.successful_requests else None

    @property
    def texts_per_second(self) -> float | None:
        """Give how many texts one worker has answered by it in a second of computing."""
        return 1000 / self.mean_ms if self.mean_ms else None

    @property
    def corrected_share(self) -> float | None:
        """Give the share of its finished rows that people corrected, None without any."""
        return self.corrected / self.done if self.done else None

    @property
    def tiers_in_order(self) -> list[str]:
        """Give the tiers of its rows, the least work first."""
        return [str(tier.label) for tier in OptimizationTier if tier in self.tiers]


@driver_errors.reading("read models")
def by_type() -> dict[str, list[ModelFigures]]:
    """Give the models of each type, the one with most rows first; three queries, empty before the first result."""
    models: dict[Name, ModelFigures] = {}
    _add_rows(models)
    _add_requests(models)
    _add_corrections(models)
    grouped: defaultdict[str, list[ModelFigures]] = defaultdict(list)
    for model in sorted(models.values(), key=lambda one: (-one.done, one.model_used)):
        grouped[model.analysis_type].append(model)
    return dict(grouped)


@driver_errors.reading("read models")
def mean_times_ms(analysis_type: str) -> dict[str, float]:
    """Give the mean time of an answer of each model of a type that ever gave one, in one query."""
    asked = ModelPerformance.objects.filter(model_type=analysis_type, successful_requests__gt=0)
    return {row.model_used: row.avg_processing_time_ms for row in asked}


def _figures(models: dict[Name, ModelFigures], name: Name) -> ModelFigures:
    return models.setdefault(name, ModelFigures(*name))


def _add_rows(models: dict[Name, ModelFigures]) -> None:
    counted = (
        Rollup.objects.exclude(model_used="")
        .filter(status__in=(*DONE_STATUSES, AnalysisStatus.ERROR))
        .values_list("analysis_type", "model_used", "optimization_tier", "status")
        .annotate(rows=Sum("count"))
        .order_by()
    )
    for analysis_type, model_used, tier, status, rows in counted:
        if not rows:
            continue
        model = _figures(models, (analysis_type, model_used))
        model.tiers.add(tier)
        if status in DONE_STATUSES:
            model.done += rows
        else:
            model.failed += rows


def _add_requests(models: dict[Name, ModelFigures]) -> None:
    for row in ModelPerformance.objects.all():
        _figures(models, (row.model_type, row.model_used)).asked = row


def _add_corrections(models: dict[Name, ModelFigures]) -> None:
    corrected = (
        Correction.objects.filter(analysis__deleted_at__isnull=True, analysis__status__in=DONE_STATUSES)
        .values_list("analysis__analysis_type", "analysis__model_used")
        .annotate(rows=Count("analysis", distinct=True))
        .order_by()
    )
    for analysis_type, model_used, rows in corrected:
        if model_used:
            _figures(models, (analysis_type, model_used)).corrected = rows
