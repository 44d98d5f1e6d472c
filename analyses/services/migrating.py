"""Creating, applying, undoing and reporting migrations from code; `manage.py migrations` is the same by hand."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from analyses.exceptions import DatabaseError, ValidationError
from analyses.queries import migrations
from analyses.queries.migrations import APP_LABEL, Loader
from analyses.services import migration_locks

logger = logging.getLogger(__name__)

HEAD = "head"
BASE = "base"
NAME_LENGTH_MAX = 60
MESSAGE_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class MigrationManager:
    """The app's migrations on one database; new ones go into `directory`, or into the package without one."""

    directory: Path | None = None
    using: str = DEFAULT_DB_ALIAS

    def __enter__(self) -> MigrationManager:
        """Make the directory if it is not there."""
        if self.directory:
            self.directory.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cleanup()

    def cleanup(self) -> None:
        """Give the connection back, unless a transaction around us still needs it."""
        connection = connections[self.using]
        if not connection.in_atomic_block:
            connection.close()

    # --- Reports --------------------------------------------------------------------------------------

    def current_revision(self) -> str | None:
        """Return the name of the last migration applied, or None before the first."""
        with self._translated("current_revision"):
            return migrations.find_current(self.using, directory=self.directory)

    def migration_history(self) -> list[dict[str, Any]]:
        """Return each migration, newest first: revision, down_revision, message, date (None: not applied)."""
        with self._translated("migration_history"):
            return [asdict(line) for line in migrations.history(self.using, directory=self.directory)]

    def check_migrations(self) -> dict[str, object]:
        """Say what the database has and what the code has; with `error` when that cannot be said."""
        return migrations.check(self.using, directory=self.directory)

    # --- Changes --------------------------------------------------------------------------------------

    def create_migration(self, message: str, *, autogenerate: bool = True) -> str:
        """Write a migration named after the message, and return its name.

        It holds what the models say and no migration does yet, and nothing where they agree or without
        `autogenerate`. Each call writes a new file. ValidationError when the message makes no name.
        """
        name = _name(message)
        with self._translated("create_migration"):
            loader = Loader(connections[self.using], directory=self.directory)
        if conflicts := loader.detect_conflicts():
            raise DatabaseError("create_migration", f"two migrations are the last one: {conflicts}")
        found = (_changes(loader, name) if autogenerate else []) or _nothing(loader, name)
        for migration in found:
            self._write(migration, message)
        return str(found[-1].name)

    def _write(self, migration: Migration, message: str) -> None:
        writer = MigrationWriter(migration, include_header=False)
        directory = self.directory or Path(writer.basedir)
        body = f"{_docstring(message)}\n\n{writer.as_string().lstrip()}"
        with Path(directory, writer.filename).open("x", encoding="utf-8") as file:
            file.write(body)

    def upgrade(self, target: str = HEAD) -> bool:
        """Apply what is pending up to the target; False, with the reason in the log, unless the target is reached."""
        return self._succeeds(self.upgrade_or_raise, target)

    def upgrade_or_raise(self, target: str = HEAD) -> None:
        """Apply what is pending up to the target; DatabaseError, or what a migration raised, when that fails."""
        with migration_locks.one_at_a_time(self.using):
            self._refuse_unknown("upgrade")
            if target == HEAD:
                self._migrate()
            else:
                self._migrate(APP_LABEL, self._pending_or_current(target))
            self._refuse_unfinished(target)

    def downgrade(self, target: str) -> bool:
        """Undo one step ("-1"), all ("base"), or what came after a migration; False and a log entry on failure."""
        return self._succeeds(self.downgrade_or_raise, target)

    def downgrade_or_raise(self, target: str) -> None:
        """Undo as `downgrade` does; DatabaseError, or what a migration raised, when that fails."""
        with migration_locks.one_at_a_time(self.using):
            self._refuse_unknown("downgrade")
            wanted = self._earlier(target)
            self._migrate(APP_LABEL, wanted or "zero")
            if (current := self.current_revision()) != wanted:
                raise DatabaseError("downgrade", f"the database is at {current}, not at {wanted or BASE}")

    def migrate_data(self, func: Callable[..., object], /, **kwargs: Any) -> bool:
        """Call `func(connection, **kwargs)` in one transaction; False, rolled back and logged, when it raises."""
        try:
            with transaction.atomic(using=self.using):
                func(connections[self.using], **kwargs)
        except Exception:
            logger.exception("The data migration %s failed; nothing of it was kept.", func)
            return False
        return True

    # --- Both ways ------------------------------------------------------------------------------------

    def migrate_to(self, target: str) -> None:
        """Go up or down to wherever the target is; DatabaseError, or what a migration raised, when that fails."""
        if self._is_behind_us(target):
            self.downgrade_or_raise(target)
        else:
            self.upgrade_or_raise(target)

    def plan(self, executor: MigrationExecutor, target: str) -> list[tuple[Migration, bool]]:
        """Return the migrations on the way to a target, each with whether it is undone."""
        if target == HEAD:
            return executor.migration_plan(executor.loader.graph.leaf_nodes())
        name = self._earlier(target) if self._is_behind_us(target) else self._line_of(target)["revision"]
        return executor.migration_plan([(APP_LABEL, name)])

    def _is_behind_us(self, target: str) -> bool:
        if target == HEAD:
            return False
        if target == BASE or target.startswith("-"):
            return True
        line = self._line_of(target)
        return bool(line["date"]) and line["revision"] != self.current_revision()

    # --- Steps ----------------------------------------------------------------------------------------

    def _succeeds(self, run: Callable[[str], None], target: str) -> bool:
        try:
            run(target)
        except Exception:
            logger.exception("Migrating to %s failed.", target)
            return False
        return True

    def _migrate(self, *target: str) -> None:
        """Run `migrate`, for permissions and content types are made there."""
        call_command("migrate", *target, database=self.using, directory=self.directory, verbosity=0)

    def _refuse_unknown(self, operation: str) -> None:
        with self._translated(operation):
            loader = Loader(connections[self.using], directory=self.directory)
        if strangers := migrations.unknown_applied(loader):
            raise DatabaseError(operation, migrations.way_out(strangers))

    def _refuse_unfinished(self, target: str) -> None:
        if target == HEAD:
            report = self.check_migrations()
            if not report["is_up_to_date"]:
                raise DatabaseError("upgrade", str(report.get("error") or "something is still pending"))
        elif not self._line_of(target)["date"]:
            raise DatabaseError("upgrade", f"{target} is still not applied")

    def _pending_or_current(self, target: str) -> str:
        line = self._line_of(target)
        if line["date"] and line["revision"] != self.current_revision():
            raise DatabaseError("upgrade", f"the database is past {target} already; downgrade goes back")
        return str(line["revision"])

    def _earlier(self, target: str) -> str | None:
        """Return the migration that a downgrade goes back to; None: before the first."""
        applied = [line for line in self.migration_history() if line["date"]]
        if target == BASE:
            return None
        if re.fullmatch(r"-[1-9]\d{0,3}", target):
            steps = -int(target)
            if steps > len(applied):
                raise DatabaseError("downgrade", f"there are {len(applied)} steps to undo, not {steps}")
            return str(applied[steps]["revision"]) if steps < len(applied) else None
        line = self._line_of(target)
        if not line["date"]:
            raise DatabaseError("downgrade", f"{target} is not applied; upgrade goes there")
        return str(line["revision"])

    def _line_of(self, target: str) -> dict[str, Any]:
        """Return the history's line for a name or the beginning of one."""
        lines = self.migration_history()
        found = [line for line in lines if line["revision"] == target] or [
            line for line in lines if line["revision"].startswith(target)
        ]
        if len(found) != 1 or not target:
            raise DatabaseError("migration", f"{len(found)} migrations are called {target!r}; name one")
        return found[0]

    @contextmanager
    def _translated(self, operation: str) -> Iterator[None]:
        try:
            yield
        except Error as error:
            logger.exception("The database did not answer %s.", operation)
            raise DatabaseError(operation, "the database did not answer; the log says more") from error


def _name(message: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")[:NAME_LENGTH_MAX].rstrip("_")
    if not name or len(message) > MESSAGE_LENGTH_MAX:
        reason = f"a message has 1 to {MESSAGE_LENGTH_MAX} characters, Latin letters or digits among them"
        raise ValidationError("message", reason)
    return name


def _docstring(message: str) -> str:
    """Write the message as the file's docstring, whatever characters it holds."""
    sentence = " ".join(message.split())
    return f'"""{sentence}"""' if re.fullmatch(r'[^"\\]+', sentence) else repr(sentence)


def _detector(loader: Loader) -> MigrationAutodetector:
    questioner = NonInteractiveMigrationQuestioner(specified_apps={APP_LABEL}, verbosity=0)
    return MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), questioner)


def _changes(loader: Loader, name: str) -> list[Migration]:
    only = {APP_LABEL}
    try:
        changes = _detector(loader).changes(
            graph=loader.graph, trim_to_apps=only, convert_apps=only, migration_name=name
        )
    except SystemExit as error:  # Django's way to say that it would have to ask somebody
        reason = "a new column without a default needs an answer; run manage.py makemigrations in a terminal"
        raise DatabaseError("create_migration", reason) from error
    return changes.get(APP_LABEL, [])


def _nothing(loader: Loader, name: str) -> list[Migration]:
    """Return an empty migration for code that somebody writes into it."""
    empty = {APP_LABEL: [Migration("custom", APP_LABEL)]}
    arranged = _detector(loader).arrange_for_graph(changes=empty, graph=loader.graph, migration_name=name)
    return arranged[APP_LABEL]
