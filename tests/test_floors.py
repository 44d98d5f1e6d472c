"""What the pure rooms may know of Django: the words of its translation, and nothing of the database."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings

ALLOWED = {"django.utils.translation"}
PURE_ROOMS = (
    "engines",
    "evaluation",
    "tabular",
    "charts",
    "search",
    "results.py",
    "texts.py",
    "scales.py",
    "exceptions.py",
)


def django_imports(source: str) -> set[str]:
    """Return the modules of Django that a source text imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name for name in found if name.split(".")[0] == "django"}


def sources() -> list[Path]:
    app: Path = settings.BASE_DIR / "analyses"
    rooms = [app / name for name in PURE_ROOMS]
    return [path for room in rooms for path in ([room] if room.suffix else sorted(room.rglob("*.py")))]


def test_imports_are_seen_wherever_they_stand() -> None:
    source = "import django.db\ndef f():\n    from django.conf import settings\nfrom djangorama import x\n"

    assert django_imports(source) == {"django.db", "django.conf"}


def test_there_are_pure_rooms_to_look_at() -> None:
    assert len(sources()) > len(PURE_ROOMS)


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.stem)
def test_pure_room_knows_no_more_of_django_than_words(path: Path) -> None:
    assert django_imports(path.read_text(encoding="utf-8")) <= ALLOWED
