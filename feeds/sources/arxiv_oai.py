"""Fetch arXiv's records of a span of days over OAI-PMH.

They come page by page; a killed run resumes at the page it was at. Days are those on which arXiv last changed a record.
Records are requested by archive (`cs`), since a paper is in as many categories as its authors like and would come once
for each; papers outside our categories are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from feeds.models import Cursor
from recommender.textfiles import Rejected

from . import store
from .client.service import SourceFailed, service
from .formats import arxiv_oai
from .formats.record import PaperRecord
from .ingest import Summary
from .source import Run
from .store import AGAIN, ParsedResponse, collect, store_response

NAME = "arxiv_oai"
MOST_RESTARTS = 2
PHYSICS = {
    "astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex", "nucl-th",
    "physics", "quant-ph",
}  # fmt: skip


@dataclass(frozen=True)
class ArchiveSpan:
    """An archive's records in some categories, changed in a span.

    The span ends with `last`, or now.
    """

    archive: str
    categories: tuple[str, ...]
    first: date
    last: date | None

    def __str__(self) -> str:
        return f"{self.archive} from {self.first} until {self.last or 'now'}"

    @property
    def scope(self) -> str:
        return f"oai {self} {','.join(self.categories)}"

    @property
    def query(self) -> dict[str, str]:
        oai_set = f"physics:{self.archive}" if self.archive in PHYSICS else self.archive
        query = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": oai_set, "from": str(self.first)}
        return query | ({"until": str(self.last)} if self.last else {})

    def has(self, record: PaperRecord) -> bool:
        return any(covers(ours, code) for code in record.categories for ours in self.categories)


def covers(category: str, code: str) -> bool:
    """Whether a paper with this code belongs to the category.

    The category may be a whole archive such as `cs`.
    """
    return code == category or code.startswith(f"{category}.")


def parts(first: date, last: date | None) -> list[ArchiveSpan]:
    """The parts of a span, one for each archive of our categories.

    Without `last` the span has no end.
    """
    archives: dict[str, list[str]] = {}
    for category in sorted(settings.ARXIV_CATEGORIES):
        archives.setdefault(category.partition(".")[0], []).append(category)
    return [ArchiveSpan(archive, tuple(categories), first, last) for archive, categories in archives.items()]


def read_part(part: ArchiveSpan, run: Run, expected: date | None = None) -> Summary | None:
    """Fetch and store all pages of a part.

    Continues where an earlier run stopped. Returns None if the part was read completely before.

    expected  a day that a part without an end should reach; one that did not is read again on the same day
    """
    cursor = store.cursor_for("arxiv", part.scope)
    today = run.now.date()
    if cursor.is_finished:
        # A list that was begun before its last day was over, or without an end before today, lacks later changes.
        begun = date.fromisoformat(cursor.position.get("begun", "0001-01-01"))
        is_complete = begun > part.last if part.last else begun == today
        if is_complete and _newest(cursor) >= str(expected or ""):
            return None

    summary = Summary()
    resumes = cursor.position.get("token") and _is_of_today(cursor.moved_at)
    start: dict[str, Any] = cursor.position if resumes else {"begun": str(today)}
    records, newest = start.get("records", 0), start.get("newest", "")
    for token, parsed in _pages(part, start.get("token", ""), run):
        records += len(parsed.rows)
        newest = max([newest, *(str(record.day) for record in parsed.records if record.day and record.day <= today)])
        ours = replace(parsed, rows=[row for row in parsed.rows if isinstance(row, Rejected) or part.has(row)])
        position = start | {"token": token, "records": records, "newest": newest}
        move = partial(store.move_cursor, cursor, position, is_finished=not token)
        store_response(ours, part.first, summary, move, run)
        run.report(f"{part}: {records:,} records read, {summary}")
    return summary


def reaches(part: ArchiveSpan, day: date) -> bool:
    """Whether the archive's list reached this day when last read.

    It did if it had a paper of this day or a later one, in any category.
    """
    return _newest(store.cursor_for("arxiv", part.scope)) >= str(day)


def _newest(cursor: Cursor) -> str:
    newest: str = cursor.position.get("newest", "")
    return newest


def _is_of_today(at: datetime) -> bool:
    """Whether a resumption token is still valid.

    It counts places in a list that arXiv changes every night.
    """
    return at.astimezone(UTC).date() == timezone.now().date()


def _pages(part: ArchiveSpan, token: str, run: Run) -> Iterator[tuple[str, ParsedResponse]]:
    """Yield each page with the next page's token.

    The token is empty after the last page. If a token has expired, the list begins again; papers that are stored
    already are then unchanged.
    """
    restarts, requested_at = 0, timezone.now()
    while True:
        if token and not _is_of_today(requested_at):
            run.report(f"{part}: midnight has passed; reading the list from the start")
            token = ""
        requested_at = timezone.now()
        query = {"verb": "ListRecords", "resumptionToken": token} if token else part.query
        with run.client.get(NAME, params=query) as response:
            assert response.body is not None, "without validators, a response has a body"
            page = arxiv_oai.read(response.body)
            parsed = collect(service(NAME).host, page.rows)
        if page.error and page.error.code == "badResumptionToken" and token and restarts < MOST_RESTARTS:
            run.report(f"{part}: its resumption token has expired; reading the list from the start")
            restarts, token = restarts + 1, ""
            continue
        if page.error and page.error.code != "noRecordsMatch":
            raise SourceFailed(parsed.host, f"{page.error.code}: {page.error.text}", "see what the service requires")
        if token and page.resumption_token == token:
            raise SourceFailed(parsed.host, "it returns the same page again and again", AGAIN)
        token = page.resumption_token
        yield token, parsed
        if not token:
            return
