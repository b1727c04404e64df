"""`manage.py migrate` with the table of the cache, and with a lock timeout on PostgreSQL.

Without the timeout readers would queue behind a migration that waits. Without the table, which Django makes by another
command (`createcachetable`), nobody can sign in on a site without Redis.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

LOCK_SECONDS = 5


class Command(Migrate):
    help = (
        f"{Migrate.help} Also creates the table of the cache. On PostgreSQL it gives up if a table stays locked, and "
        "rolls that migration back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--lock-seconds", type=int, default=LOCK_SECONDS, help="how long to wait for a lock")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            self._migrate(*args, **options)
            return
        _set_lock_timeout(connection, options["lock_seconds"])
        try:
            self._migrate(*args, **options)
        except OperationalError as error:
            if "lock timeout" not in str(error):
                raise
            raise CommandError(
                "a table stayed locked; earlier migrations are applied. Run it again when the site is less busy, "
                f"or with a larger --lock-seconds than {options['lock_seconds']}"
            ) from error
        finally:
            _set_lock_timeout(connection, 0)

    def _migrate(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["app_label"] or options["plan"] or options["check_unapplied"]):
            call_command("createcachetable", database=options["database"], verbosity=0)


def _set_lock_timeout(connection: BaseDatabaseWrapper, seconds: int) -> None:
    """Set how long each statement waits for a lock.

    0 is forever, PostgreSQL's default.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{int(seconds)}s'")
