"""Which migrations there are, and which of them the database has."""

from __future__ import annotations

import importlib.util
import logging
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType

from django.apps import apps
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.exceptions import InconsistentMigrationHistory, NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

logger = logging.getLogger(__name__)

APP_LABEL = "analyses"


class Loader(MigrationLoader):
    """Django's loader, which also reads a directory of the site's own migrations for the app."""

    def __init__(self, connection: BaseDatabaseWrapper, *, directory: Path | None = None) -> None:
        self.directory = directory
        self.messages: dict[tuple[str, str], str] = {}
        super().__init__(connection)

    def load_disk(self) -> None:
        """Read the package, then the directory."""
        super().load_disk()
        found: dict[tuple[str, str], Migration] = self.disk_migrations or {}
        for key, migration in found.items():
            self.messages[key] = _message(sys.modules[type(migration).__module__], key[1])
        for path in sorted(self.directory.glob("[0-9a-z]*.py")) if self.directory else ():
            module = _load(path)
            found[APP_LABEL, path.stem] = module.Migration(path.stem, APP_LABEL)
            self.messages[APP_LABEL, path.stem] = _message(module, path.stem)


def _load(path: Path) -> ModuleType:
    """Run a file as a module that nothing else can import: two directories may use the same names."""
    name = f"{APP_LABEL}.migrations.{path.stem}"
    loader = SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(ModuleSpec(name, loader, origin=str(path)))
    loader.exec_module(module)
    return module


def _message(module: ModuleType, name: str) -> str:
    """Say what a migration does: the first line of its docstring, or else its name."""
    sentence = (module.__doc__ or "").strip().partition("\n")[0]
    return sentence or name.partition("_")[2].replace("_", " ")


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One migration; `date` is when the database took it, None while it has not."""

    revision: str
    down_revision: str | None
    message: str
    date: datetime | None


def find_current(using: str, *, directory: Path | None = None) -> str | None:
    """Return the last applied migration of the app, or None before the first. Two queries."""
    loader = Loader(connections[using], directory=directory)
    return _current(loader)


def history(using: str, *, directory: Path | None = None) -> list[HistoryLine]:
    """Return every migration of the app, newest first. Two queries."""
    loader = Loader(connections[using], directory=directory)
    applied_by_key = loader.applied_migrations or {}
    lines = []
    for key in reversed(_in_order(loader)):
        applied = applied_by_key.get(key)
        lines.append(
            HistoryLine(
                revision=key[1],
                down_revision=_parent(loader.graph.nodes[key]),
                message=loader.messages[key],
                date=getattr(applied, "applied", None),
            )
        )
    return lines


def check(using: str, *, directory: Path | None = None) -> dict[str, object]:
    """Compare the database with the code: four keys, and `error` with a sentence when that cannot be said.

    An error never reads as "nothing pending". Two queries; nothing is raised.
    """
    try:
        loader = Loader(connections[using], directory=directory)
        loader.check_consistent_history(connections[using])
    except InconsistentMigrationHistory as error:
        return _unknown(str(error))
    except (Error, NodeNotFoundError) as error:
        logger.exception("The migrations could not be checked.")
        return _unknown(f"The migrations could not be checked ({type(error).__name__}); the log says more.")
    current, head = _current(loader), _head(loader)
    if strangers := unknown_applied(loader):
        return _unknown(way_out(strangers), current=current, head=head)
    pending = not all(key in applied_keys(loader) for key in loader.graph.nodes)
    return {
        "current_revision": current,
        "head_revision": head,
        "is_up_to_date": not pending,
        "pending_migrations": pending,
    }


def are_applied(using: str) -> bool:
    """Say whether all migrations of this code are applied; what newer code applied does not matter. Two queries."""
    loader = Loader(connections[using])
    return applied_keys(loader) >= set(loader.graph.nodes)


def _unknown(error: str, *, current: str | None = None, head: str | None = None) -> dict[str, object]:
    return {
        "current_revision": current,
        "head_revision": head,
        "is_up_to_date": False,
        "pending_migrations": True,
        "error": error,
    }


def unknown_applied(loader: MigrationLoader) -> list[str]:
    """Return the names of the app's migrations that the database has and the code does not know."""
    known = loader.disk_migrations or {}
    applied = applied_keys(loader)
    return sorted(key[1] for key in applied if key[0] == APP_LABEL and key not in known)


def way_out(strangers: list[str]) -> str:
    """Say what to do about applied migrations that the code does not know."""
    return (
        f"The database has migrations that this code does not know: {', '.join(strangers)}."
        " Run the version of the code that has them (or name the directory they are in), and downgrade there first"
        " to go back. When their files are gone and their effect is to stay, take them off the record:"
        f" manage.py migrate {APP_LABEL} --prune."
    )


def applied_keys(loader: MigrationLoader) -> set[tuple[str, str]]:
    """Return what the database has, as (app, name)."""
    return set(loader.applied_migrations or {})


def model_changes(using: str, *, directory: Path | None = None) -> list[str]:
    """Return what the models say and no migration does yet; nothing when they agree."""
    loader = Loader(connections[using], directory=directory)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph, trim_to_apps={APP_LABEL})
    return [
        operation.describe() for migration in changes.get(APP_LABEL, []) for operation in migration.operations
    ]


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    """Return the app's migrations, each after what it depends on."""
    keys: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes(APP_LABEL):
        keys.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return [key for key in keys if key[0] == APP_LABEL]


def _current(loader: MigrationLoader) -> str | None:
    applied = applied_keys(loader)
    return next((key[1] for key in reversed(_in_order(loader)) if key in applied), None)


def _head(loader: MigrationLoader) -> str | None:
    return next((key[1] for key in reversed(_in_order(loader))), None)


def _parent(migration: Migration) -> str | None:
    return next((name for app_label, name in migration.dependencies if app_label == APP_LABEL), None)
