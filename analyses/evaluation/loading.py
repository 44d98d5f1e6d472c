"""What loading an engine takes; imports no engine itself, so that what a new process loads is that engine's."""

import sys
import sysconfig
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path

import psutil

from analyses.engines import registry

KIBIBYTE = 1024
MEBIBYTE = 1024 * 1024
ENGINES = Path(registry.__file__).parent
DATA_SUFFIXES = (".txt", ".tsv", ".json", ".bin", ".gz", ".npz")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an engine takes: memory that a worker grows by, its own files, and the packages that it brings in."""

    memory_mb: float
    files_kb: float
    packages: tuple[str, ...]
    packages_mb: float


def loaded(analysis_type: str, tier: str) -> Loaded:
    """Measure what loading the engine and a first answer take in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_load, str(analysis_type), str(tier)).result()


def _load(analysis_type: str, tier: str) -> Loaded:
    opened: set[str] = set()
    sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
    process, modules = psutil.Process(), set(sys.modules)
    before = process.memory_info().rss
    registry.get_engine(analysis_type, tier).analyze(["The crew was friendly, but the flight was late."])
    grown = process.memory_info().rss - before
    own = {path for path in map(Path, opened) if path.suffix in DATA_SUFFIXES and ENGINES in path.parents}
    packages = sorted(_packages({*(set(sys.modules) - modules), *_importable(opened)}))
    return Loaded(
        memory_mb=grown / MEBIBYTE,
        files_kb=sum(path.stat().st_size for path in own) / KIBIBYTE,
        packages=tuple(packages),
        packages_mb=sum(map(_size_of, packages)) / MEBIBYTE,
    )


def _importable(opened: set[str]) -> set[str]:
    """Name what stands at the top of the installed packages whose files were opened: a lexicon is no module."""
    installed = Path(sysconfig.get_path("purelib"))
    return {path.relative_to(installed).parts[0] for path in map(Path, opened) if installed in path.parents}


def _packages(modules: set[str]) -> set[str]:
    """Name the installed packages that modules belong to."""
    by_module = metadata.packages_distributions()
    return {name for module in modules for name in by_module.get(module.partition(".")[0], ())}


def _size_of(package: str) -> int:
    paths = [Path(str(file.locate())) for file in metadata.files(package) or ()]
    return sum(path.stat().st_size for path in paths if path.is_file() and path.suffix != ".pyc")
