"""Restore a backup into an empty database; everything is checked before anything is written."""

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from recommender.serving import archives

from . import tables
from .archive import WrongBackup, blocks_of, opened

Say = Callable[[str], None]
Migration = tuple[str, str]


def restore(file: Path, say: Say) -> dict[str, int]:
    """Bring back tables and models, then migrate to this version; returns the number of rows of each table.

    Raises WrongBackup, and then nothing has been written, when the file is damaged, of another kind of database or of
    a newer version, or the database here holds anything.
    """
    with opened(file) as (archive, manifest):
        _check_fits(manifest)
        if filled := tables.filled():
            raise WrongBackup(f"the database is not empty ({', '.join(filled)}); restore into a new one")
        if connection.vendor == "postgresql":
            _into_postgres(archive, manifest, say)
        else:
            tables.sqlite_put(blocks_of(archive, tables.SQLITE_ENTRY))
            _put_models(archive, manifest, say)
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
    return dict(manifest["tables"])


def _check_fits(manifest: dict[str, Any]) -> None:
    if manifest["vendor"] != connection.vendor:
        raise WrongBackup(f"the backup is of {manifest['vendor']}, the database here is {connection.vendor}")
    loader = MigrationExecutor(connection).loader
    replaced = {name for migration in loader.replacements.values() for name in migration.replaces}
    known = {*loader.disk_migrations, *replaced}
    unknown = [f"{app}.{name}" for app, name in manifest["migrations"] if (app, name) not in known]
    if unknown:
        raise WrongBackup(
            f"the backup was made by Paperboy {manifest['version']}, which is newer (it has {', '.join(unknown[:3])}); "
            "restore with that version"
        )


def _into_postgres(archive: zipfile.ZipFile, manifest: dict[str, Any], say: Say) -> None:
    """Tables as they were when the backup was made, then all rows in one transaction."""
    executor = MigrationExecutor(connection)
    executor.migrate(_last([(app, name) for app, name in manifest["migrations"]], executor))
    _put_models(archive, manifest, say)
    with transaction.atomic():
        tables.empty(list(manifest["tables"]))
        for table, rows in manifest["tables"].items():
            tables.copy_in(table, manifest["columns"][table], blocks_of(archive, f"tables/{table}"))
            if tables.count(table) != rows:
                raise WrongBackup(f"{table}: {rows:,} rows were saved, {tables.count(table):,} came back")
            say(f"{table}: {rows:,} rows")
        tables.count_on()


def _last(applied: list[Migration], executor: MigrationExecutor) -> list[Migration]:
    """The last applied migrations of each app; those that were renamed since the backup, under their present names."""
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


def _put_models(archive: zipfile.ZipFile, manifest: dict[str, Any], say: Say) -> None:
    for version, digest in manifest["models"].items():
        with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".restore-") as folder:
            packed = Path(folder) / "model.tar"
            with packed.open("wb") as stream:
                stream.writelines(blocks_of(archive, f"models/{version}"))
            if archives.upload_archive(version, packed) != digest:
                raise WrongBackup(f"model {version} is not the one that its row names")
        say(f"model {version}")
