"""The values that a filter takes: each field turns a text of the query string into a value, or refuses it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

from analyses import exceptions
from analyses.choices import DATE_BOUNDS, TEXT_HASH_LENGTH
from analyses.queries import relative_days
from analyses.search import parsing
from analyses.search.parsing import Query

ID_MAX = 2**63 - 1
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
TEXT_HASH = re.compile(rf"[0-9a-f]{{{TEXT_HASH_LENGTH}}}")
WHOLE_NUMBER = re.compile(r"\d{1,19}", re.ASCII)
# The code of an error whose message says all.
SENTENCE = "sentence"
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


class TextHashField(WordsField):
    """The sha256 of a text, in hexadecimal."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text and not TEXT_HASH.fullmatch(text):
            raise ValidationError("no hash")
        return text


class QueryField(WordsField):
    """A question over the words of the texts; what is wrong with one is said in a sentence (`SENTENCE`)."""

    def clean(self, value: Any) -> Query | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parsing.parse(text)
        except exceptions.ValidationError as error:
            raise ValidationError(error.reason, code=SENTENCE) from error


class WordListField(WordsField):
    """Several such texts, each given by itself: a comma belongs to a text."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[Any]:
        return [super(WordListField, self).clean(one) for one in value]


def find_zone(name: str) -> ZoneInfo | None:
    """Find a time zone by its name in the time-zone database; None for no name, too."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_id(text: str) -> bool:
    """Tell whether a text is the number of a record, as far as a 64-bit column goes."""
    return WHOLE_NUMBER.fullmatch(text) is not None and 1 <= int(text) <= ID_MAX


class IdField(forms.CharField):
    """The number of a record, as far as a 64-bit column goes."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if not is_id(text):
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


class RelativeDay(str):
    """A day told from today (`queries.relative_days`)."""

    __slots__ = ()


Moment = date | datetime | RelativeDay


class MomentField(forms.CharField):
    """A plain date, a moment with its zone or a day told from today; `start_of` and `end_of` make it an aware time."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if relative_days.is_relative(text):
            return RelativeDay(text)
        try:
            return _date_or_moment(text)
        except (ValueError, OverflowError) as error:
            raise ValidationError("not a date") from error


def start_of(value: Moment, zone: tzinfo, today: date) -> datetime:
    """Give the start of a day in the reader's zone, or the moment itself."""
    if isinstance(value, datetime):
        return value
    day = relative_days.span(value, today)[0] if isinstance(value, RelativeDay) else value
    return datetime.combine(day, time.min, tzinfo=zone)


def end_of(value: Moment, zone: tzinfo, today: date) -> datetime:
    """Give the start of the day after a day in the reader's zone, or the moment itself."""
    if isinstance(value, datetime):
        return value
    after = (
        relative_days.span(value, today)[1] if isinstance(value, RelativeDay) else value + timedelta(days=1)
    )
    return datetime.combine(after, time.min, tzinfo=zone)


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
