"""The words of each text, as each database's full-text index wants them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from analyses.models.text_analyses import TextAnalysis
from analyses.search import spellings


class WordsField(models.Field):  # type: ignore[type-arg] # Django knows no arguments here
    """A list of words, written as the database searches it; it is not read back."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Name the column's type; MariaDB compares the signs of ours byte by byte."""
        binary = "longtext CHARACTER SET ascii COLLATE ascii_bin"
        return {"postgresql": "tsvector", "mysql": binary}.get(connection.vendor, "text")

    def get_db_prep_value(
        self,
        value: Sequence[str],
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> str:
        spelling = {"postgresql": spellings.tsvector, "mysql": spellings.innodb}
        return spelling.get(connection.vendor, spellings.spaced)(value)


class SearchDocument(models.Model):
    """What the search knows of a text; a row without one is found by no words.

    The database does not hold it to a row: the check would lock rows that workers write results to, and a document
    whose row went at the same moment is found by nobody.

    On SQLite triggers keep `search_words`, its index, in step (see the migrations); a migration that alters this table
    there must make them again.
    """

    analysis = models.OneToOneField(
        TextAnalysis, models.CASCADE, primary_key=True, related_name="search_document", db_constraint=False
    )
    words = WordsField(_("words"))

    class Meta:
        db_table = "search_documents"
        verbose_name = _("search document")
        verbose_name_plural = _("search documents")
        ordering = ("analysis",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.pk}"
