"""arXiv's records of a span of days, page by page over OAI-PMH; a killed run goes on with the page it was at.

Days are those on which arXiv last changed a record. Records come by archive (`cs`), since a paper is in as many
categories as its authors like and would come once for each; what lies outside the reader's categories is left out.
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
from .formats.arxiv_oai import Page
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
class Part:
    """The records of one archive in some categories, changed from `first` to `last`, or until now."""

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
    def question(self) -> dict[str, str]:
        oai_set = f"physics:{self.archive}" if self.archive in PHYSICS else self.archive
        asked = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": oai_set, "from": str(self.first)}
        return asked | ({"until": str(self.last)} if self.last else {})

    def has(self, record: PaperRecord) -> bool:
        return any(covers(ours, code) for code in record.categories for ours in self.categories)


def covers(category: str, code: str) -> bool:
    """Whether a paper with this code is one of the category, which may be a whole archive such as `cs`."""
    return code == category or code.startswith(f"{category}.")


def parts(first: date, last: date | None) -> list[Part]:
    """What is to be asked for, an archive at a time; without `last` the span has no end."""
    archives: dict[str, list[str]] = {}
    for category in sorted(settings.ARXIV_CATEGORIES):
        archives.setdefault(category.partition(".")[0], []).append(category)
    return [Part(archive, tuple(categories), first, last) for archive, categories in archives.items()]


def read_part(part: Part, run: Run, expected: date | None = None) -> Summary | None:
    """Bring in all pages of a part, from where an earlier run was stopped; None if it was read to its end before.

    expected  a day that a part without an end should reach; one that did not is read again on the same day
    """
    cursor = store.cursor_for("arxiv", part.scope)
    today = run.now.date()
    if cursor.is_finished and _is_whole(cursor, part, today) and _newest(cursor) >= str(expected or ""):
        return None
    summary = Summary()
    goes_on = cursor.position.get("token") and _is_of_today(cursor.moved_at)
    before: dict[str, Any] = cursor.position if goes_on else {"begun": str(today)}
    records, newest = before.get("records", 0), before.get("newest", "")
    for token, found in _pages(part, before.get("token", ""), run):
        records += len(found.rows)
        newest = max(newest, *(str(record.day) for record in found.records if record.day and record.day <= today), "")
        position = before | {"token": token, "records": records, "newest": newest}
        move = partial(store.move_cursor, cursor, position, is_finished=not token)
        store_response(_ours(found, part), part.first, summary, move, run)
        run.report(f"{part}: {records:,} records read, {summary}")
    return summary


def reaches(part: Part, day: date) -> bool:
    """Whether the archive's list had a paper of this day or of a later one, in whichever category, when last read."""
    return _newest(store.cursor_for("arxiv", part.scope)) >= str(day)


def _newest(cursor: Cursor) -> str:
    newest: str = cursor.position.get("newest", "")
    return newest


def _begun(cursor: Cursor) -> date:
    return date.fromisoformat(cursor.position.get("begun", "0001-01-01"))


def _is_whole(cursor: Cursor, part: Part, today: date) -> bool:
    """Whether what was read to its end has all of the part: what was begun before the last day was over has not."""
    return _begun(cursor) > part.last if part.last else _begun(cursor) == today


def _is_of_today(moment: datetime) -> bool:
    """A token counts places in a list that arXiv changes every night; after midnight it might skip some."""
    return moment.astimezone(UTC).date() == timezone.now().date()


def _pages(part: Part, token: str, run: Run) -> Iterator[tuple[str, ParsedResponse]]:
    """Each page with the token of the next, which is empty after the last one.

    A token that has expired means to begin again; what is in is then found unchanged.
    """
    restarts, asked_at = 0, timezone.now()
    while True:
        if token and not _is_of_today(asked_at):
            run.report(f"{part}: midnight has passed over its list; it begins again")
            token = ""
        asked_at = timezone.now()
        page, found = _page(part, token, run)
        if page.error and page.error.code == "badResumptionToken" and token and restarts < MOST_RESTARTS:
            run.report(f"{part}: the place where it was stopped has expired; it begins again")
            restarts, token = restarts + 1, ""
            continue
        if page.error and page.error.code != "noRecordsMatch":
            raise SourceFailed(found.host, f"{page.error.code}: {page.error.text}", "see what it wants to be asked")
        if token and page.resumption_token == token:
            raise SourceFailed(found.host, "it gives the same page for ever", AGAIN)
        token = page.resumption_token
        yield token, found
        if not token:
            return


def _page(part: Part, token: str, run: Run) -> tuple[Page, ParsedResponse]:
    question = {"verb": "ListRecords", "resumptionToken": token} if token else part.question
    with run.client.get(NAME, params=question) as response:
        assert response.body is not None, "nothing was asked that could be unchanged"
        page = arxiv_oai.read(response.body)
        return page, collect(service(NAME).host, page.rows)


def _ours(found: ParsedResponse, part: Part) -> ParsedResponse:
    return replace(found, rows=[row for row in found.rows if isinstance(row, Rejected) or part.has(row)])
