"""The admin's lists and forms of the records; importing this package registers them."""

from analyses.admin import batch_analyses, corrections, imports, rejected_lines, text_analyses

__all__ = ("batch_analyses", "corrections", "imports", "rejected_lines", "text_analyses")
