"""Make a backup while the site runs.

It has all tables as of one moment, and the archives of the models that may serve.
"""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from recommender.engine.data import Report
from recommender.engine.storage import DamagedModel
from recommender.models import TrainedModel
from recommender.serving import archives
from recommender.serving.model_cache import versions_to_keep

from . import tables
from .archive import Writer, create_backup


def back_up(file: Path, report: Report) -> dict[str, int]:
    """Write the backup and return the number of rows of each table.

    Raises FileExistsError if the file exists. A failed backup leaves no file.
    """
    with create_backup(file) as backup:
        if connection.vendor == "postgresql":
            contents = _add_postgres_tables(backup, report)
        else:
            contents = _add_sqlite_database(backup, report)
        models = _add_models(backup, report)
        metadata = {
            "models": models,
            "vendor": connection.vendor,
            "version": settings.VERSION,
            "made_at": timezone.now().isoformat(),
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
        }
        backup.close(contents | metadata)
    return dict(contents["tables"])


def _add_postgres_tables(backup: Writer, report: Report) -> dict[str, Any]:
    counts, columns = {}, {}
    with tables.snapshot():
        for table in tables.table_names():
            counts[table], columns[table] = tables.count_rows(table), tables.columns(table)
            backup.add(f"tables/{table}", tables.copy_out(table, columns[table]))
            report(f"{table}: {counts[table]:,} rows")
    return {"tables": counts, "columns": columns}


def _add_sqlite_database(backup: Writer, report: Report) -> dict[str, Any]:
    with tables.sqlite_snapshot() as copy:
        counts = tables.sqlite_counts(copy, tables.table_names())
        backup.add(tables.SQLITE_ENTRY, tables.file_blocks(copy))
    report(f"{len(counts)} tables: {sum(counts.values()):,} rows")
    return {"tables": counts}


def _add_models(backup: Writer, report: Report) -> dict[str, str]:
    """Add the archives and return their digests by version.

    A missing or damaged one is reported and left out.
    """
    digests = {}
    for row in TrainedModel.objects.filter(version__in=versions_to_keep()):
        if not row.archive_digest:
            report(f"model {row.version} has no archive and is not in the backup; the next night trains another one")
            continue
        with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".backup-") as folder:
            archive = Path(folder) / "model.tar"
            try:
                archives.download_archive(row.version, row.archive_digest, archive)
            except DamagedModel as error:
                report(f"a model is not in the backup: {error}")
                continue
            backup.add(f"models/{row.version}", tables.file_blocks(archive))
        digests[row.version] = row.archive_digest
        report(f"model {row.version}")
    return digests
