"""Files of papers: one by name, or whatever a night finds in the inbox folder and has not read yet."""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError

from recommender.models import ImportedFile
from recommender.textfiles import BrokenStream, PositionReport, Rejected, WrongFile

from .by_id import papers_by_id
from .client.service import SourceFailed
from .formats.open import is_list_of_ids, open_ids, open_papers
from .formats.record import Rows
from .ingest import Summary, ingest

LONGEST_NAME = 300  # characters of a file's name that are stored

log = logging.getLogger(__name__)

FAULT = "a fault in Paperboy ended the import ({}); the log has the traceback, and the next night tries again"
IDS_AT_ONCE, SECONDS = 50, 180.0  # for arXiv's answer to one question


def import_file(path: Path, day: date, summary: Summary, told: PositionReport = lambda position: None) -> Summary:
    """Read one file into the catalogue; `summary` grows as it goes, so that a broken file still tells how far it came.

    The papers of a list of ids are asked for at arXiv. Raises WrongFile when the file is not what its name says,
    BrokenStream when it breaks off or arXiv does.
    """
    rows = asked_for(open_ids(path, told)) if is_list_of_ids(path) else open_papers(path, told)
    for _ in ingest(rows, day, summary):
        pass
    return summary


def asked_for(ids: Iterable[str | Rejected]) -> Rows:
    """What arXiv says of each id; a rejection of one names its place among the ids instead of a line."""
    if "arxiv" not in settings.SOURCES:
        raise WrongFile("a list of arXiv ids, and arXiv is not asked here; PAPERBOY_SOURCES leaves it out")
    place = 0
    for batch in _batches(ids):
        yield from (entry for entry in batch if isinstance(entry, Rejected))
        wanted = [entry for entry in batch if isinstance(entry, str)]
        try:
            found = papers_by_id(wanted, SECONDS)
        except SourceFailed as failure:
            raise BrokenStream(f"arXiv did not answer for id {place + 1} and those after it: {failure}") from failure
        for given in wanted:
            place += 1
            told = found[given]
            yield Rejected(place, told.reason) if isinstance(told, Rejected) else told


def is_from_database(error: Exception) -> bool:
    """Whether the database is away, busy or full, which no file can help and a later try may.

    PostgreSQL's class 54 is about a row that is too large for it, so about the file.
    """
    code = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, OperationalError | InterfaceError) and not code.startswith("54")


def fetch_inbox(day: date) -> dict[str, dict[str, int | str]]:
    """Import every file of the inbox that has not been imported; what came of each, by name.

    A file that is refused, or that cannot be read by a fault of ours, is reported and left where it is; the others go
    in. It is reported again each night until it can be read, has changed or is gone.
    """
    settings.INBOX_DIR.mkdir(parents=True, exist_ok=True)
    files = [path for path in sorted(settings.INBOX_DIR.iterdir()) if path.is_file() and not path.name.startswith(".")]
    return {_name(path): outcome for path in files if (outcome := _fetch(path, day)) is not None}


def _batches(ids: Iterable[str | Rejected]) -> Iterator[list[str | Rejected]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, IDS_AT_ONCE)):
        yield batch


def _fetch(path: Path, day: date) -> dict[str, int | str] | None:
    """What came of the file; None if it was imported before."""
    summary, name = Summary(), _name(path)
    try:
        digest = _digest(path)  # before reading, so that a file that is still growing is read again
        if ImportedFile.objects.filter(digest=digest).exists():
            return None
        import_file(path, day, summary)
        outcome: dict[str, int | str] = dict(summary.as_dict())
        ImportedFile.objects.get_or_create(digest=digest, defaults={"name": name, "summary": outcome})
    except (WrongFile, BrokenStream, OSError) as error:
        log.error("%s was not imported: %s", name, error)
        return {**summary.as_dict(), "error": _in_public(error)}
    except Exception as error:
        if is_from_database(error):
            raise
        log.exception("%s was not imported because of a fault in Paperboy", name)
        return {**summary.as_dict(), "error": FAULT.format(type(error).__name__)}
    for rejected in summary.rejected:
        log.warning("%s, line %d: %s", name, rejected.line, rejected.reason)
    return outcome


def _name(path: Path) -> str:
    r"""The file's name as text that can be stored: bytes that are not UTF-8 are written out, `b\xe9z.bib`."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")[:LONGEST_NAME]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _in_public(error: Exception) -> str:
    """What the status page may show of it: no path of this machine; the log has the rest."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
