"""The forms of an import: the file, and how it is read and what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from analyses.models.profiles import validate_zone
from analyses.services.imports import Mapping
from analyses.tabular import dates
from analyses.tabular.dialects import DELIMITERS
from analyses.tabular.encodings import ENCODINGS
from analyses.views.forms.questions import QuestionForm

DELIMITER_LABELS = {",": _("comma ,"), ";": _("semicolon ;"), "\t": _("tab"), "|": _("pipe |")}
ENCODING_LABELS = {
    "utf-8": "UTF-8",
    "utf-8-sig": _("UTF-8 with BOM"),
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": _("Windows-1252, Latin-1 (Western)"),
    "iso8859-2": _("Latin-2 (Central European)"),
    "koi8-r": _("KOI8-R (Cyrillic)"),
    "shift_jis": _("Shift-JIS (Japanese)"),
    "gb18030": _("GB18030 (Chinese)"),
}
# The reader looks for a header in this many lines.
HEADER_LINE_MAX = 50


class UploadForm(forms.Form):
    """A file."""

    file = forms.FileField(
        label=_("File"), max_length=None, error_messages={"required": _("Choose a CSV file first.")}
    )


class ReadingForm(forms.Form):
    """How the file is read."""

    encoding = forms.ChoiceField(
        label=_("Encoding"), choices=[(name, ENCODING_LABELS.get(name, name)) for name in ENCODINGS]
    )
    delimiter = forms.ChoiceField(
        label=_("Columns are separated by"),
        choices=[(mark, DELIMITER_LABELS.get(mark, mark)) for mark in DELIMITERS],
    )
    header_line = forms.IntegerField(label=_("Header in line"), min_value=1, max_value=HEADER_LINE_MAX)


class ImportForm(QuestionForm):
    """Which columns hold what, and what is asked of the texts."""

    text_column = forms.ChoiceField(
        label=_("Text column"), error_messages={"required": _("Choose the column that holds the texts.")}
    )
    id_column = forms.ChoiceField(label=_("Id column"), required=False)
    date_column = forms.ChoiceField(label=_("Date column"), required=False)
    date_format = forms.ChoiceField(label=_("Dates are written as"), required=False)
    zone = forms.CharField(
        label=_("Time zone of the dates"),
        max_length=64,
        required=False,
        validators=[validate_zone],
        help_text=_("Used where a date names no zone, such as Europe/Berlin or UTC."),
    )

    def __init__(self, *args: Any, columns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(column, column) for column in columns]
        formats = [(known.key, f"{known.key} ({known.example})") for known in dates.DATE_FORMATS]
        self._offer("text_column", [("", _("Choose a column")), *named])
        self._offer("id_column", [("", _("none")), *named])
        self._offer("date_column", [("", _("none")), *named])
        self._offer("date_format", [("", _("Choose a format")), *formats])

    def _offer(self, name: str, offered: Sequence[tuple[str, Any]]) -> None:
        field = cast("forms.ChoiceField", self.fields[name])
        field.choices = offered

    def clean(self) -> dict[str, Any]:
        """Ask for the format as soon as there is a date column."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("date_column") and not cleaned.get("date_format"):
            self.add_error("date_format", _("Choose how the dates are written, or choose no date column."))
        return cleaned

    def mapping(self) -> Mapping:
        """Give the chosen columns."""
        chosen = self.cleaned_data
        return Mapping(
            text_column=chosen["text_column"],
            id_column=chosen["id_column"],
            date_column=chosen["date_column"],
            date_format=chosen["date_format"] if chosen["date_column"] else "",
            zone=chosen["zone"] or "UTC",
        )
