"""Restore a backup into an empty database.

Everything is checked before anything is written.
"""

import tempfile
import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from recommender.engine.data import Report
from recommender.serving import archives

from . import tables
from .archive import WrongBackup, entry_blocks, open_backup

Migration = tuple[str, str]  # app, name


def restore(file: Path, report: Report) -> dict[str, int]:
    """Restore tables and models, then migrate to this version.

    Returns the number of rows of each table. Raises WrongBackup, with nothing written, if the file is damaged, from
    another kind of database or a newer version, or if the present database is not empty.
    """
    with open_backup(file) as (archive, manifest):
        _check_fits(manifest)
        if filled := tables.tables_with_rows():
            raise WrongBackup(f"the database is not empty ({', '.join(filled)}); restore into a new one")
        if connection.vendor == "postgresql":
            executor = MigrationExecutor(connection)
            executor.migrate(_migration_targets(manifest, executor))
            _put_models(archive, manifest, report)
            _copy_tables(archive, manifest, report)
        else:
            tables.sqlite_replace(entry_blocks(archive, tables.SQLITE_ENTRY))
            _put_models(archive, manifest, report)
        call_command("migrate", verbosity=0)
    return dict(manifest["tables"])


def _check_fits(manifest: dict[str, Any]) -> None:
    """Raise WrongBackup if the backup does not fit this installation.

    It must come from the same kind of database and not from a newer version.
    """
    if manifest["vendor"] != connection.vendor:
        raise WrongBackup(
            f"the backup is from {manifest['vendor']}, but this database is {connection.vendor}; "
            "restore into a database of the same kind"
        )
    loader = MigrationExecutor(connection).loader
    replaced = {name for migration in loader.replacements.values() for name in migration.replaces}
    known = {*loader.disk_migrations, *replaced}
    unknown = [f"{app}.{name}" for app, name in manifest["migrations"] if (app, name) not in known]
    if unknown:
        raise WrongBackup(
            f"the backup was made by Paperboy {manifest['version']}, which is newer (it has {', '.join(unknown[:3])}); "
            "restore with that version"
        )


def _migration_targets(manifest: dict[str, Any], executor: MigrationExecutor) -> list[Migration]:
    """Return the last applied migration of each app.

    One that was renamed since the backup has its present name.
    """
    applied = [(app, name) for app, name in manifest["migrations"]]
    nodes = executor.loader.graph.node_map
    renamed = {
        old: key
        for key, migration in executor.loader.replacements.items()
        if set(migration.replaces) <= set(applied)
        for old in migration.replaces
    }
    known = {renamed.get(key, key) for key in applied} & nodes.keys()
    followed = {parent.key for key in known for parent in nodes[key].parents if parent.key[0] == key[0]}
    return [key for key in known if key not in followed]


def _copy_tables(archive: zipfile.ZipFile, manifest: dict[str, Any], report: Report) -> None:
    """Copy all rows into the tables in one transaction.

    The tables have the form that they had at the backup.
    """
    with transaction.atomic():
        tables.truncate(list(manifest["tables"]))
        for table, rows in manifest["tables"].items():
            tables.copy_in(table, manifest["columns"][table], entry_blocks(archive, f"tables/{table}"))
            if tables.count_rows(table) != rows:
                raise WrongBackup(f"{table}: {rows:,} rows were saved, {tables.count_rows(table):,} were restored")
            report(f"{table}: {rows:,} rows")
        tables.reset_sequences()


def _put_models(archive: zipfile.ZipFile, manifest: dict[str, Any], report: Report) -> None:
    for version, digest in manifest["models"].items():
        with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".restore-") as folder:
            file = Path(folder) / "model.tar"
            with file.open("wb") as stream:
                stream.writelines(entry_blocks(archive, f"models/{version}"))
            if archives.upload_archive(version, file) != digest:
                raise WrongBackup(f"model {version} does not match the digest in its row")
        report(f"model {version}")
