"""JSON out: values as they are, one object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

BLOCK_BYTES = 64 * 1024


def dumped(content: Any) -> bytes:
    """Write JSON; moments in UTC, with a Z."""
    try:
        return orjson.dumps(content, option=orjson.OPT_UTC_Z)
    except TypeError:
        return orjson.dumps(_with_floats(content), option=orjson.OPT_UTC_Z)


def _with_floats(content: Any) -> Any:
    """Turn whole numbers beyond 64 bits into the floats that they were: PostgreSQL gives 1e20 back as its digits."""
    if isinstance(content, Mapping):
        return {name: _with_floats(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_with_floats(value) for value in content]
    is_large = isinstance(content, int) and not -(2**63) <= content < 2**64
    return float(content) if is_large else content


def write_objects(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write each row as an object on a line of its own, in blocks of about 64 KiB; no row gives no block."""
    lines: list[bytes] = []
    size = 0
    for row in rows:
        line = dumped(dict(zip(header, row, strict=True)))
        lines += (line, b"\n")
        size += len(line)
        if size >= BLOCK_BYTES:
            yield b"".join(lines)
            lines.clear()
            size = 0
    if lines:
        yield b"".join(lines)
