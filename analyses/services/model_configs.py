"""The settings that a caller hands to a model: any JSON object that all three databases give back unchanged."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext as _

from analyses.exceptions import ValidationError

FIELD = "model_config"
DEPTH_MAX = 10
VALUES_MAX = 1000
CHARACTERS_MAX = 10_000
# Beyond it JSON's numbers are not whole any more in most readers.
WHOLE_NUMBER_MAX = 2**53


def checked(value: Any) -> dict[str, Any] | None:
    """Give a JSON object or None, or raise ValidationError with what would be right; NaN and infinities are no JSON."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValidationError(FIELD, _('Give an object, such as {"temperature": 0.2}, or null.'))
    left = VALUES_MAX
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        part, depth = waiting.pop()
        left -= 1
        if left < 0 or depth > DEPTH_MAX:
            raise ValidationError(FIELD, _("Give at most 1,000 values, nested at most ten deep."))
        waiting += ((inner, depth + 1) for inner in _parts(part))
    return value


def _parts(part: Any) -> list[Any]:
    """Give what lies in an object or list; a plain value is checked and holds nothing."""
    if isinstance(part, dict) and all(isinstance(name, str) for name in part):
        return [*part.keys(), *part.values()]
    if isinstance(part, list):
        return part
    if not _is_plain(part):
        raise ValidationError(
            FIELD, _("Give only texts, finite numbers, true, false, null, lists and objects.")
        )
    return []


def _is_plain(part: Any) -> bool:
    if isinstance(part, str):
        return _can_be_kept(part)
    if isinstance(part, float):
        return math.isfinite(part)
    return part is None or (isinstance(part, int) and abs(part) <= WHOLE_NUMBER_MAX)


def _can_be_kept(text: str) -> bool:
    is_whole = "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
    return is_whole and len(text) <= CHARACTERS_MAX
