"""What a result may be, by analysis type: the one check for people's corrections and for services beyond our walls."""

from typing import Any

from django.utils.translation import gettext as _

from analyses import choices
from analyses.choices import RESULT_FIELD_BY_TYPE, SCORE_BY_TYPE, AnalysisType
from analyses.exceptions import ValidationError

JSON_ITEMS_MAX = 1000
JSON_CHARACTERS_MAX = 1000
ENTITY_FIELDS_MAX = 50

# Beyond it JSON's numbers are not whole any more in most readers.
WHOLE_NUMBER_MAX = 2**53


def clean(analysis_type: str, value: Any) -> Any:
    """Give a result value that its column can hold, or raise ValidationError with what would be right.

    >>> clean("sentiment", 1), clean("language", " DE ")
    (1.0, 'de')
    """
    field = RESULT_FIELD_BY_TYPE[AnalysisType(analysis_type)]
    if analysis_type in SCORE_BY_TYPE:
        _column, lower, upper = SCORE_BY_TYPE[analysis_type]
        return number(field, value, lower, upper)
    if analysis_type == AnalysisType.LANGUAGE:
        return _code(field, value)
    if analysis_type == AnalysisType.EMOTION:
        return _emotions(field, value)
    return _items(field, value, objects=analysis_type == AnalysisType.ENTITIES)


def number(field: str, value: Any, lower: float, upper: float) -> float:
    """Give a finite number within bounds, or raise ValidationError; true and false are none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # No test for infinity: bounds are finite, NaN lies in none, and an integer may be too large for a float.
    if not is_number or not lower <= value <= upper:
        bounds = {"lower": lower, "upper": upper}
        raise ValidationError(field, _("Give a number from %(lower)s to %(upper)s.") % bounds)
    return float(value)


def _code(field: str, value: Any) -> str:
    limit = choices.LANGUAGE_CODE_LENGTH_MAX
    code = value.strip().lower() if isinstance(value, str) else ""
    if not code or len(code) > limit or not code.replace("-", "").isalnum() or not code.isascii():
        raise ValidationError(field, _("Give a language code such as en, de or und."))
    return code


def _emotions(field: str, value: Any) -> dict[str, float]:
    if not isinstance(value, dict) or not value or len(value) > JSON_ITEMS_MAX:
        raise ValidationError(field, _('Give emotions with a number each, such as {"joy": 0.8}.'))
    return {_word(field, name): number(field, score, 0.0, 1.0) for name, score in value.items()}


def _word(field: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not _can_be_kept(value):
        raise ValidationError(field, _("Each entry must be a short text."))
    return value


def _items(field: str, value: Any, *, objects: bool) -> list[Any]:
    if not isinstance(value, list) or len(value) > JSON_ITEMS_MAX:
        raise ValidationError(field, _("Give a list."))
    if not objects:
        return [_word(field, item) for item in value]
    if not all(_is_flat_object(item) for item in value):
        raise ValidationError(field, _("Give a list of entities with flat fields."))
    return value


def _is_flat_object(item: Any) -> bool:
    if not isinstance(item, dict) or len(item) > ENTITY_FIELDS_MAX:
        return False
    return all(_is_flat(name, part) for name, part in item.items())


def _is_flat(name: Any, part: Any) -> bool:
    if not isinstance(name, str) or not _can_be_kept(name):
        return False
    if isinstance(part, str):
        return _can_be_kept(part)
    if isinstance(part, bool) or part is None:
        return True
    return isinstance(part, int | float) and -WHOLE_NUMBER_MAX <= part <= WHOLE_NUMBER_MAX


def _can_be_kept(value: str) -> bool:
    """Say whether a short text fits into JSON of all three databases: no NUL, no lone surrogate."""
    surrogate = any("\ud800" <= character <= "\udfff" for character in value)
    return len(value) <= JSON_CHARACTERS_MAX and "\x00" not in value and not surrogate
