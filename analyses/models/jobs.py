"""The job ledger: units of work, who holds each and until when. The only truth about work."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses.choices import JobKind, JobState
from analyses.models import bounds
from analyses.models.batch_analyses import BatchAnalysis
from analyses.models.imports import Import


class Job(models.Model):
    """A unit of work; it may run more than once and has its effect exactly once, guarded by `claim_token`."""

    kind = models.CharField(max_length=30, choices=JobKind.choices)
    arguments = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=20, choices=JobState.choices, default=JobState.QUEUED)
    lease_until = models.DateTimeField(null=True, blank=True)
    claim_token = models.CharField(max_length=32, blank=True, default="")
    claimed_by = models.CharField(max_length=200, blank=True, default="")
    attempts = models.SmallIntegerField(default=0)
    run_after = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True, default="")
    batch = models.ForeignKey(BatchAnalysis, models.CASCADE, related_name="jobs", null=True, blank=True)
    source_import = models.ForeignKey(
        Import, models.CASCADE, related_name="jobs", null=True, blank=True, db_column="import_id"
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "jobs"
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("state", "-priority", "id"), name="idx_job_claim"),
            models.Index(fields=("state", "lease_until"), name="idx_job_lease"),
        )
        constraints = (
            bounds.one_of("kind", JobKind.values, name="job_kind_allowed"),
            bounds.one_of("state", JobState.values, name="job_state_allowed"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"
