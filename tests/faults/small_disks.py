"""A disk of a few megabytes, to fill and to enlarge."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BLOCKS = (1024 * 1024, 4096)


class SmallDisk:
    """A file system in memory, mounted in a directory of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Leave no space at all."""
        with self._filler.open("ab", buffering=0) as file:
            for size in BLOCKS:
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def make_space(self) -> None:
        """Give back what `fill` took."""
        self._filler.unlink()


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Give a disk; skip the test where nothing may be mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    path = Path(tempfile.mkdtemp(prefix="nlpadmin-disk-"))
    command = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "none", str(path))
    if subprocess.run(command, check=False, capture_output=True).returncode:
        path.rmdir()
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(("umount", "--lazy", str(path)), check=True)
        path.rmdir()
