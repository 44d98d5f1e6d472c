"""Which files are served beside the pages."""

from __future__ import annotations

from django.contrib.staticfiles.finders import get_finders


def test_only_what_our_pages_name_is_collected() -> None:
    names = [path for finder in get_finders() for path, _storage in finder.list([])]

    assert any(name.startswith("ninja/swagger-ui") for name in names)
    assert any(name.endswith("tokens.css") for name in names)
    assert not [name for name in names if "redoc" in name]
