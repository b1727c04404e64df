"""Import files of papers by name or from the inbox.

Every new file in the inbox folder is imported.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterable
from datetime import date
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError

from recommender.models import ImportedFile
from recommender.textfiles import BrokenStream, Rejected, WrongFile

from .by_id import papers_by_id
from .client.service import SourceFailed
from .formats.open import is_list_of_ids, open_ids, open_papers
from .formats.record import Rows
from .ingest import Summary, ingest

LONGEST_NAME = 300  # characters of a file's name that are stored

log = logging.getLogger(__name__)

FAULT = "a fault in Paperboy ended the import ({}); the log has the traceback, and the next night tries again"
IDS_AT_ONCE, SECONDS = 50, 180.0  # for arXiv's response to one request


def import_file(
    path: Path, day: date, summary: Summary, report: Callable[[int], None] = lambda position: None
) -> Summary:
    """Import one file.

    `summary` grows meanwhile, so that it also shows how far a broken file was read.

    day     the day of papers without a date
    report  is called from time to time with the position in the file, in bytes

    The papers of a list of ids are requested from arXiv. Raises WrongFile when the file is not what its name says,
    BrokenStream when it breaks off or arXiv does.
    """
    rows = rows_of_ids(open_ids(path, report)) if is_list_of_ids(path) else open_papers(path, report)
    for _ in ingest(rows, day, summary):
        pass
    return summary


def rows_of_ids(ids: Iterable[str | Rejected]) -> Rows:
    """arXiv's record of each id.

    The line of a rejection is the id's place in the list.
    """
    if "arxiv" not in settings.SOURCES:
        raise WrongFile("a list of arXiv ids, but this site does not use arXiv; add it to PAPERBOY_SOURCES")
    place = 0
    remaining = iter(ids)
    while batch := list(islice(remaining, IDS_AT_ONCE)):
        yield from (entry for entry in batch if isinstance(entry, Rejected))
        paper_ids = [entry for entry in batch if isinstance(entry, str)]
        try:
            papers = papers_by_id(paper_ids, SECONDS)
        except SourceFailed as failure:
            raise BrokenStream(f"arXiv did not answer for id {place + 1} and those after it: {failure}") from failure
        for paper_id in paper_ids:
            place += 1
            row = papers[paper_id]
            yield Rejected(place, row.reason) if isinstance(row, Rejected) else row


def is_from_database(error: Exception) -> bool:
    """Whether the database is unavailable, busy or full.

    That is no fault of the file, and a later attempt may succeed. PostgreSQL's class 54 is about a row that is too
    large for it, so about the file.
    """
    code = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, OperationalError | InterfaceError) and not code.startswith("54")


def fetch_inbox(day: date) -> dict[str, dict[str, int | str]]:
    """Import every file of the inbox that has not been imported.

    Return the outcome of each, by name. A file that is refused, or that cannot be read because of a fault of ours, is
    reported and left where it is; the others are imported. It is reported again each night until it can be read, has
    changed or is gone. So is a folder that cannot be read, by its own name.
    """
    outcomes: dict[str, dict[str, int | str]] = {}
    try:
        settings.INBOX_DIR.mkdir(parents=True, exist_ok=True)
        paths = sorted(settings.INBOX_DIR.iterdir())
    except OSError as error:
        log.error("the inbox %s cannot be read: %s", settings.INBOX_DIR, error)
        return {settings.INBOX_DIR.name: {"error": error.strerror or type(error).__name__}}
    for path in paths:
        if path.is_file() and not path.name.startswith("."):
            # Bytes of a name that are not UTF-8 are escaped, `b\xe9z.bib`, so that it can be stored.
            name = os.fsencode(path.name).decode("utf-8", "backslashreplace")[:LONGEST_NAME]
            if (outcome := _import_once(path, name, day)) is not None:
                outcomes[name] = outcome
    return outcomes


def _import_once(path: Path, name: str, day: date) -> dict[str, int | str] | None:
    """The outcome for the file; None if it was imported before."""
    summary = Summary()
    try:
        with path.open("rb") as stream:  # before importing, so that a file that is still growing is read again
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if ImportedFile.objects.filter(digest=digest).exists():
            return None
        import_file(path, day, summary)
        outcome: dict[str, int | str] = dict(summary.as_dict())
        ImportedFile.objects.get_or_create(digest=digest, defaults={"name": name, "summary": outcome})
    except (WrongFile, BrokenStream, OSError) as error:
        log.error("%s was not imported: %s", name, error)
        # The status page shows this, so it has no path of this machine.
        public = error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
        return {**summary.as_dict(), "error": public}
    except Exception as error:
        if is_from_database(error):
            raise
        log.exception("%s was not imported because of a fault in Paperboy", name)
        return {**summary.as_dict(), "error": FAULT.format(type(error).__name__)}
    for rejected in summary.rejected:
        log.warning("%s, line %d: %s", name, rejected.line, rejected.reason)
    return outcome
