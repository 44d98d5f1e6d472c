"""A `migrate` that kills itself before its Nth schema statement, as a power cut would: N, then what migrate takes.

"with backup" instead of the latter runs `migrations upgrade --with-backup`. With 0 it lives, and counts: its output is
the number of statements.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django
from django.core.management import call_command
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

run = BaseDatabaseSchemaEditor.execute
statements = 0


def run_or_die(self: BaseDatabaseSchemaEditor, *arguments: Any, **named: Any) -> None:
    """Run the statement unless it is the fatal one."""
    global statements  # noqa: PLW0603
    statements += 1
    if statements == FATAL:
        os.kill(os.getpid(), signal.SIGKILL)
    run(self, *arguments, **named)


FATAL = int(sys.argv[1])

if __name__ == "__main__":
    BaseDatabaseSchemaEditor.execute = run_or_die  # type: ignore[method-assign]
    django.setup()
    if sys.argv[2:] == ["with backup"]:
        call_command("migrations", "upgrade", "--with-backup")
    else:
        call_command("migrate", *sys.argv[2:], verbosity=0)
    print(statements)
