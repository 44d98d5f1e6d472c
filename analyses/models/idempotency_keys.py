"""The table of idempotency keys: what was answered to a request that may be sent again."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.models.api_tokens import ApiToken


class IdempotencyKey(models.Model):
    """A request that was carried out: written in its transaction, so that there is no effect without it."""

    token = models.ForeignKey(
        ApiToken,
        models.CASCADE,
        verbose_name=_("API token"),
        related_name="+",
        db_index=False,  # the first column of uniq_idempotency_key
    )
    key = models.CharField(_("key"), max_length=choices.IDEMPOTENCY_KEY_LENGTH_MAX)
    request_hash = models.CharField(max_length=64)
    answer_status = models.IntegerField()
    answer = models.TextField()
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        db_table = "idempotency_keys"
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = (models.UniqueConstraint(fields=("token", "key"), name="uniq_idempotency_key"),)

    def __str__(self) -> str:
        return self.key
