"""What a program may change of an analysis by a partial update, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import choices, results
from analyses.choices import DONE_STATUSES, RESULT_FIELD_BY_TYPE, WAITING_STATUSES, AnalysisStatus
from analyses.exceptions import ValidationError
from analyses.models import Correction, TextAnalysis

Values = dict[str, Any]

ERROR_MESSAGE_LENGTH_MAX = 10_000

# From each status to the ones that may follow. A status may always be sent again. What is done, or failed, goes back
# to pending before anything works on it anew; a result is not renamed from computed to copied or back.
TRANSITIONS: Mapping[str, tuple[AnalysisStatus, ...]] = {
    AnalysisStatus.PENDING: (AnalysisStatus.PROCESSING, *DONE_STATUSES, AnalysisStatus.ERROR),
    AnalysisStatus.PROCESSING: (AnalysisStatus.PENDING, *DONE_STATUSES, AnalysisStatus.ERROR),
    AnalysisStatus.COMPLETED: (AnalysisStatus.PENDING, AnalysisStatus.ERROR),
    AnalysisStatus.CACHED: (AnalysisStatus.PENDING, AnalysisStatus.ERROR),
    AnalysisStatus.ERROR: (AnalysisStatus.PENDING, *DONE_STATUSES),
}

_TYPE_BY_FIELD = {field: str(kind) for kind, field in RESULT_FIELD_BY_TYPE.items()}
_MEASURES = ("confidence_score", "processing_time_ms")
# Every column that `put` may write.
WRITTEN = (
    "status",
    *_TYPE_BY_FIELD,
    *_MEASURES,
    "model_used",
    "error_message",
    "processed_at",
    "retry_count",
    "updated_at",
)


def checked(row: TextAnalysis, values: Mapping[str, Any]) -> Values:
    """Give the sent fields as their columns can hold them; an explicit None stays None.

    Raises ValidationError naming the field: unknown, another type's result, out of bounds, NaN, too long, a status
    that may not follow the present one, a result or a failure's reason that the status contradicts.
    """
    cleaned = {field: _checked_field(row, field, value) for field, value in values.items()}
    _refuse_contradictions(row, cleaned)
    return cleaned


def _checked_field(row: TextAnalysis, field: str, value: Any) -> Any:
    if field == "status":
        return _checked_status(row, value)
    if field in _TYPE_BY_FIELD:
        return _checked_result(row, field, value)
    check = _CHECKS.get(field)
    if check is None:
        names = ", ".join(("status", *_TYPE_BY_FIELD, *_CHECKS))
        raise ValidationError(field, _("This cannot be changed; these can: %(names)s.") % {"names": names})
    return None if value is None else check(field, value)


def _checked_status(row: TextAnalysis, value: Any) -> str:
    if value not in AnalysisStatus.values:
        names = ", ".join(AnalysisStatus.values)
        raise ValidationError("status", _("Give one of: %(names)s.") % {"names": names})
    if value != row.status and value not in TRANSITIONS[row.status]:
        names = ", ".join(TRANSITIONS[row.status])
        reason = _("What is %(status)s cannot become %(wanted)s; it can become: %(names)s.")
        raise ValidationError("status", reason % {"status": row.status, "wanted": value, "names": names})
    return str(AnalysisStatus(value).value)


def _checked_result(row: TextAnalysis, field: str, value: Any) -> Any:
    if value is None:
        return None
    own = RESULT_FIELD_BY_TYPE[row.analysis_type]
    if field != own:
        reason = _("This is a %(type)s analysis; its result is %(field)s.")
        raise ValidationError(field, reason % {"type": row.analysis_type, "field": own})
    return results.clean(row.analysis_type, value)


def _number_within(bounds: tuple[float, float]) -> Callable[[str, Any], float]:
    return lambda field, value: results.number(field, value, *bounds)


def _text_up_to(limit: int) -> Callable[[str, Any], str]:
    def check(field: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or not _can_be_kept(value):
            raise ValidationError(field, _("Give a text, without NUL or half characters."))
        if len(value) > limit:
            raise ValidationError(field, _("Give at most %(limit)s characters.") % {"limit": f"{limit:,}"})
        return value

    return check


def _can_be_kept(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "processing_time_ms": _number_within(choices.PROCESSING_TIME_MS_BOUNDS),
    "model_used": _text_up_to(choices.MODEL_NAME_LENGTH_MAX),
    "confidence_score": _number_within(choices.CONFIDENCE_BOUNDS),
    "error_message": _text_up_to(ERROR_MESSAGE_LENGTH_MAX),
}


def _refuse_contradictions(row: TextAnalysis, cleaned: Values) -> None:
    status = cleaned.get("status", row.status)
    has_result = any(cleaned.get(field) is not None for field in _TYPE_BY_FIELD)
    if status == AnalysisStatus.ERROR and has_result:
        raise ValidationError("status", _("A failed analysis has no result; send status completed along."))
    if status in DONE_STATUSES and cleaned.get("error_message") is not None:
        raise ValidationError("error_message", _("Only an analysis that failed has a reason for it."))


def put(row: TextAnalysis, cleaned: Values) -> None:
    """Put checked values into a locked row (the caller saves it) and into its corrections, which stay in force.

    Completed, cached and error set `processed_at` once; pending and processing clear it. Leaving a result for any
    other status drops the result, and leaving a failure its reason; going back to pending counts as a retry.
    """
    was = row.status
    for field, value in _followed(row, cleaned).items():
        setattr(row, field, value)
    if row.status != was and was not in WAITING_STATUSES and row.status in WAITING_STATUSES:
        row.retry_count += 1
    _keep_corrections(row, cleaned, has_arrived=row.status in DONE_STATUSES and row.status != was)


def _followed(row: TextAnalysis, cleaned: Values) -> Values:
    """Add to what was sent what its status brings along."""
    status = cleaned.get("status", row.status)
    if status == row.status:
        return dict(cleaned)
    if status in WAITING_STATUSES:
        dropped = dict.fromkeys((*_TYPE_BY_FIELD, *_MEASURES, "model_used", "error_message", "processed_at"))
        is_new = row.status not in WAITING_STATUSES
        return (dropped if is_new else {}) | cleaned
    answered = {"processed_at": row.processed_at or timezone.now()}
    if status in DONE_STATUSES:
        return answered | {"error_message": None} | cleaned
    dropped = dict.fromkeys((*_TYPE_BY_FIELD, *_MEASURES))
    reason = cleaned.get("error_message") or _("No reason was given.")
    return answered | dropped | cleaned | {"error_message": reason}


def _keep_corrections(row: TextAnalysis, cleaned: Values, *, has_arrived: bool) -> None:
    """Hand the model's new value to the correction of its field, and keep the person's in the column."""
    for correction in Correction.objects.filter(analysis=row):
        field = correction.field
        if field in cleaned:
            correction.model_value = cleaned[field]
            correction.save(update_fields=("model_value",))
        if field in cleaned or has_arrived:
            setattr(row, field, correction.human_value)
