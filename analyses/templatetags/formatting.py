"""Numbers, scores, times and texts as people read them; every filter answers "–" to nothing."""

import re
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from analyses.choices import AnalysisStatus, ImportState, JobState

register = template.Library()

NOTHING = "–"
MINUS = "−"
EXCERPT_LENGTH = 240
# Below ten of a unit the first decimal is worth its place.
HUNDREDTHS_BELOW = 0.095
DECIMAL_BELOW = 10
SHARE_SHOWN_MIN = 0.001
MINUTES_AN_HOUR = 60
HOURS_SHOWN_MAX = 48

STATUS_TONES = {
    AnalysisStatus.COMPLETED.value: "done",
    AnalysisStatus.CACHED.value: "done",
    AnalysisStatus.PROCESSING.value: "run",
    AnalysisStatus.ERROR.value: "fail",
    ImportState.READING.value: "run",
    ImportState.FAILED.value: "fail",
    JobState.RUNNING.value: "run",
    JobState.DONE.value: "done",
}


@register.filter
def number(value: object) -> str:
    """Group the digits of a whole number; what is no number ("10,000+") is shown as it is.

    >>> number(1204311)
    '1,204,311'
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{round(value):,}".replace("-", MINUS)


@register.filter
def compact(value: int | None) -> str:
    """Shorten a count to three digits at most.

    >>> compact(1204311), compact(12345), compact(999)
    ('1.2M', '12k', '999')
    """
    if value is None:
        return NOTHING
    for size, unit in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if value >= size:
            scaled = value / size
            # Cut, not rounded: 999,999 is no million yet.
            return f"{int(scaled * 10) / 10:g}{unit}" if scaled < DECIMAL_BELOW else f"{int(scaled)}{unit}"
    return str(value)


@register.filter
def score(value: float | None) -> str:
    """Show a signed score with two decimals, a true minus sign, and zero without a sign.

    >>> score(0.14), score(-0.718), score(-0.001)
    ('+0.14', '−0.72', '0.00')
    """
    if value is None:
        return NOTHING
    text = f"{value:+.2f}"
    return "0.00" if text in {"+0.00", "-0.00"} else text.replace("-", MINUS)


@register.filter
def tone(value: float | None) -> str:
    """Name the side of zero on which a shown score lies: negative, neutral or positive.

    >>> tone(-0.72), tone(0.004), tone(0.58)
    ('negative', 'neutral', 'positive')
    """
    if value is None or score(value) == "0.00":
        return "neutral"
    return "negative" if value < 0 else "positive"


@register.filter
def decimals(value: float | None) -> str:
    """Show an unsigned score (a quality, a confidence) with two decimals.

    >>> decimals(0.15626661103791162)
    '0.16'
    """
    return NOTHING if value is None else f"{value:.2f}".replace("-", MINUS)


@register.filter
def percent(share: float | None) -> str:
    """Show a share of a whole; nothing reads as none or as all that is not.

    >>> percent(0.5), percent(1.0), percent(0.99999), percent(0.0001)
    ('50.0 %', '100 %', 'over 99.9 %', 'under 0.1 %')
    """
    if share is None:
        return NOTHING
    if share in {0, 1}:
        return f"{share:.0%}".replace("%", " %")
    if share < SHARE_SHOWN_MIN:
        return gettext("under 0.1 %")
    return gettext("over 99.9 %") if share > 1 - SHARE_SHOWN_MIN else f"{share * 100:.1f} %"


@register.filter
def duration_ms(value: float | None) -> str:
    """Show a duration given in milliseconds in the unit that fits it.

    >>> duration_ms(0.48), duration_ms(0.036), duration_ms(1234), duration_ms(150_000)
    ('0.5 ms', '0.04 ms', '1.2 s', '2.5 min')
    """
    if value is None:
        return NOTHING
    for size, unit in ((3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        # The limit is where one decimal rounds up to a whole unit: 999.97 ms reads "1.0 s", not "1000.0 ms".
        if value >= size - size / 20_000:
            return f"{value / size:.1f} {unit}"
    if 0 < value < HUNDREDTHS_BELOW:
        return f"{value:.2f} ms"
    return f"{value:.1f} ms" if value < DECIMAL_BELOW else f"{value:.0f} ms"


@register.filter
def left(seconds: float | None) -> str:
    """Say how long something will still take.

    >>> left(100)
    '2 min left'
    """
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return gettext("under a minute left")
    if minutes < MINUTES_AN_HOUR:
        return gettext("%(count)s min left") % {"count": minutes}
    hours = round(minutes / MINUTES_AN_HOUR)
    if hours < HOURS_SHOWN_MAX:
        return gettext("%(count)s h left") % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days}


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Show an aware time in the reader's zone, exact in its title; the year only when it is not this one."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{local.day} {MONTHS[local.month]} {local.year}, {local:%H:%M:%S} {local.tzname()}",
        _short(local, year_now=timezone.localtime().year),
    )


def moment_text(value: datetime, *, now: datetime) -> str:
    """Write an aware time in the active zone, with the year only when it is not the year of `now`."""
    return _short(timezone.localtime(value), year_now=timezone.localtime(now).year)


def _short(local: datetime, *, year_now: int) -> str:
    # Django's `format` does the same in several times the time, and a list has fifty of them.
    month = str(MONTHS_3[local.month]).title()
    year = "" if local.year == year_now else f" {local.year}"
    return f"{local.day} {month}{year}, {local:%H:%M}"


@register.filter
def excerpt(text: str | None, length: int = EXCERPT_LENGTH) -> str:
    """Cut a text to `length` characters at a word's end, its white space (line breaks too) made single.

    >>> excerpt("late  delivery of my bag", 16)
    'late delivery…'
    """
    words = re.sub(r"\s+", " ", text or "").strip()
    if len(words) <= length:
        return words
    cut = words[:length]
    head, space, _tail = cut.rpartition(" ")
    # A text without spaces (Chinese, one long word) is cut where it stands.
    return (head if space and len(head) > length // 2 else cut[:-1]).rstrip() + "…"


@register.filter
def status_tone(status: str) -> str:
    """Give the class of a status tag: done, run, fail, or nothing for what waits."""
    return STATUS_TONES.get(status, "")
