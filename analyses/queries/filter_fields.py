"""The values that a filter takes: each field turns a text of the query string into a value, or refuses it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

from analyses.choices import DATE_BOUNDS

ID_MAX = 2**63 - 1
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
WHOLE_NUMBER = re.compile(r"\d{1,19}", re.ASCII)
DATE_LENGTH = len("2026-11-23")
# A plus sign that nobody encoded arrives as a space: 2026-11-23T10:00:00 01:00.
BARE_OFFSET = re.compile(r" (?=\d\d:?\d\d$)")


class WordsField(forms.CharField):
    """A text that every database can store: no NUL (Django's own check), no half characters."""

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        try:
            cleaned.encode()
        except UnicodeEncodeError as error:
            raise ValidationError("half a character") from error
        return cleaned


class WordListField(WordsField):
    """Several such texts, each given by itself: a comma belongs to a text."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[Any]:
        return [super(WordListField, self).clean(one) for one in value]


class IdField(forms.CharField):
    """The number of a record, as far as a 64-bit column goes."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if not WHOLE_NUMBER.fullmatch(text) or not 1 <= int(text) <= ID_MAX:
            raise ValidationError("not an id")
        return int(text)


class BoundField(forms.CharField):
    """A finite number on a scale, written with a decimal point."""

    def __init__(self, *, scale: tuple[float, float], **options: Any) -> None:
        self.scale = scale
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        lower, upper = self.scale
        if not NUMBER.fullmatch(text) or not lower <= float(text) <= upper:
            raise ValidationError("not on the scale")
        return float(text)


class MomentField(forms.CharField):
    """A plain date, or a moment with its zone; `start_of` and `end_of` make either an aware time."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return _date_or_moment(text)
        except (ValueError, OverflowError) as error:
            raise ValidationError("not a date") from error


def start_of(value: date | datetime, zone: tzinfo) -> datetime:
    """Give the start of a plain day in the reader's zone, or the moment itself."""
    return value if isinstance(value, datetime) else datetime.combine(value, time.min, tzinfo=zone)


def end_of(value: date | datetime, zone: tzinfo) -> datetime:
    """Give the start of the day after a plain day in the reader's zone, or the moment itself."""
    return value if isinstance(value, datetime) else start_of(value + timedelta(days=1), zone)


def _date_or_moment(text: str) -> date | datetime:
    earliest, latest = DATE_BOUNDS
    if len(text) == DATE_LENGTH:
        day = parse_date(text)
        if day is None or not earliest.date() <= day < latest.date():
            raise ValueError("outside the years that are kept")
        return day
    value = parse_datetime(BARE_OFFSET.sub("+", text))
    if value is None or value.tzinfo is None or not earliest.year <= value.year <= latest.year:
        raise ValueError("not a moment with a zone")
    if not earliest <= value <= latest:
        raise ValueError("outside the years that are kept")
    return value
