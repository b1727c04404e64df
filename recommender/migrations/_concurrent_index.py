"""An index that readers and voters do not wait for while PostgreSQL makes it; for migrations with `atomic = False`.

Several migrations share this module, so it stays as it is; one that needs something else gets an operation of its own.
Its name begins with an underscore, since Django takes every other module here for a migration.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class AddIndexOnline(AddIndexConcurrently):
    """Concurrently on PostgreSQL; SQLite, which has one writer at a time anyway, makes it as any other index.

    It waits for the transactions that are open, however long they take: given up in the middle, it would leave an
    index that is not valid. One that an earlier attempt left is dropped first.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute("SET lock_timeout = 0")
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
