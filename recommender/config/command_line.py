"""Run a management command of `manage.py`, and say what to do if the database is not ready for it."""

import sys
from collections.abc import Sequence

from django.core.management import execute_from_command_line
from django.db import InterfaceError, OperationalError, ProgrammingError

from feeds.health import check_stores
from feeds.health.finding import Severity


def run(arguments: Sequence[str]) -> None:
    """Run the command.

    A command that fails because the database does not answer, is not migrated, or is of a newer version ends with that
    reason and its remedy instead of a traceback. `--traceback` shows the error itself.
    """
    try:
        execute_from_command_line(list(arguments))
    except (InterfaceError, OperationalError, ProgrammingError):
        reason = "" if "--traceback" in arguments else why_not_ready()
        if not reason:
            raise
        sys.exit(f"CommandError: {reason}")


def why_not_ready() -> str:
    """What is wrong with the database, and the remedy; empty if it is ready."""
    for check in (check_stores.database, check_stores.migrations):
        for finding in check():
            if finding.name in {"database", "tables"} and finding.state != Severity.OK:
                return f"{finding.name}: {finding.words}; remedy: {finding.remedy}"
    return ""
