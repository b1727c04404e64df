"""`manage.py migrate`, which on PostgreSQL waits for no lock for long: readers queue behind a migration that waits."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

LOCK_SECONDS = 5


class Command(Migrate):
    help = f"{Migrate.help} On PostgreSQL it gives up when a table stays locked, and changes nothing of that migration."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--lock-seconds", type=int, default=LOCK_SECONDS, help="wait so long for a lock")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        _wait_at_most(connection, options["lock_seconds"])
        try:
            super().handle(*args, **options)
        except OperationalError as error:
            if "lock timeout" not in str(error):
                raise
            raise CommandError(
                "a table stayed locked; what was migrated before stays. Run it again when less is going on, "
                f"or with a larger --lock-seconds than {options['lock_seconds']}"
            ) from error
        finally:
            _wait_at_most(connection, 0)


def _wait_at_most(connection: BaseDatabaseWrapper, seconds: int) -> None:
    """For each lock; 0 is forever, which is PostgreSQL's default."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{int(seconds)}s'")
