"""Which files are served beside the pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder

# Files of libraries that no page of ours names.
UNUSED = ("redoc*",)


class UsedFilesFinder(AppDirectoriesFinder):
    """Lists the files of the apps without those that nobody uses."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """Give each path with its storage."""
        return super().list([*(ignore_patterns or ()), *UNUSED])
