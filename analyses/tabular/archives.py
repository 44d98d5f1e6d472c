"""ZIP files that are written bit by bit and never held: what is ready is given away at once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

# The fastest: a download should not wait for the packing.
COMPRESSION_LEVEL = 1


class _Outlet(io.RawIOBase):
    """Takes what `zipfile` writes until somebody fetches it; it cannot go back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self._parts.append(bytes(data))  # type: ignore[call-overload]
        return len(self._parts[-1])

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class Archive:
    """A ZIP file in the making; without the bytes of `close` no program takes it for whole."""

    def __init__(self) -> None:
        self._outlet = _Outlet()
        self._zip = zipfile.ZipFile(self._outlet, "w")

    def add(self, name: str, blocks: Iterable[bytes], *, is_large: bool = False) -> Iterator[bytes]:
        """Give the archive's bytes while a file goes in; one of 2 GiB and more must be announced as large."""
        entry = zipfile.ZipInfo(name)
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        entry._compresslevel = COMPRESSION_LEVEL  # type: ignore[attr-defined]
        with self._zip.open(entry, "w", force_zip64=is_large) as file:
            for block in blocks:
                file.write(block)
                if ready := self._outlet.take():
                    yield ready

    def close(self) -> bytes:
        """Give the last bytes: the list of what is in it."""
        self._zip.close()
        return self._outlet.take()
