"""Make a backup: all tables as of one moment and the archives of the models that may serve, while the site runs on."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from recommender.engine.storage import DamagedModel
from recommender.models import TrainedModel
from recommender.serving import archives
from recommender.serving.model_cache import versions_to_keep

from . import tables
from .archive import Writer, written

Say = Callable[[str], None]


def back_up(file: Path, say: Say) -> dict[str, int]:
    """Write the backup; returns the number of rows of each table.

    Raises FileExistsError when the file is there already; nothing is left of a backup that fails.
    """
    with written(file) as backup:
        said = _from_postgres(backup, say) if connection.vendor == "postgresql" else _from_sqlite(backup, say)
        said["models"] = _models(backup, say)
        backup.close(
            said
            | {
                "vendor": connection.vendor,
                "version": settings.VERSION,
                "made_at": timezone.now().isoformat(),
                "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            }
        )
    return dict(said["tables"])


def _from_postgres(backup: Writer, say: Say) -> dict[str, Any]:
    counts, columns = {}, {}
    with tables.one_moment():
        for table in tables.names():
            counts[table], columns[table] = tables.count(table), tables.columns_of(table)
            backup.add(f"tables/{table}", tables.copied_out(table, columns[table]))
            say(f"{table}: {counts[table]:,} rows")
    return {"tables": counts, "columns": columns}


def _from_sqlite(backup: Writer, say: Say) -> dict[str, Any]:
    with tables.sqlite_copy() as copy:
        counts = tables.sqlite_counts(copy, tables.names())
        backup.add(tables.SQLITE_ENTRY, tables.blocks_of(copy))
    say(f"{len(counts)} tables: {sum(counts.values()):,} rows")
    return {"tables": counts}


def _models(backup: Writer, say: Say) -> dict[str, str]:
    """The digests of the archives that went in; one that is missing or damaged is told and left out."""
    found = {}
    for row in TrainedModel.objects.filter(version__in=versions_to_keep()):
        if not row.archive_digest:
            say(f"model {row.version} has no archive and is not in the backup; the next night trains another one")
            continue
        with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".backup-") as folder:
            packed = Path(folder) / "model.tar"
            try:
                archives.download_archive(row.version, row.archive_digest, packed)
            except DamagedModel as error:
                say(f"a model is not in the backup: {error}")
                continue
            backup.add(f"models/{row.version}", tables.blocks_of(packed))
        found[row.version] = row.archive_digest
        say(f"model {row.version}")
    return found
