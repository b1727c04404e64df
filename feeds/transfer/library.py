"""Read a reader's library and match it with the catalogue.

Missing papers can be fetched from arXiv.
"""

import io
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from accounts.models import User
from feeds.models import Likeness
from feeds.sources.by_id import papers_by_id
from feeds.sources.client.service import SourceFailed
from feeds.sources.duplicates import keys
from feeds.sources.formats import bibtex, csl, fields, id_list, ris
from feeds.sources.formats.fields import BadRow
from feeds.sources.formats.record import PaperRecord
from feeds.sources.ingest import Summary, store_records
from recommender.models import Paper
from recommender.paper_ids import OWN_PREFIX, arxiv_id_in_link, canonical
from recommender.textfiles import Rejected, WrongFile

log = logging.getLogger(__name__)

LARGEST = 1_000_000  # bytes of a library
MOST = 2000  # entries of a library
AT_ONCE, PER_DAY = 50, 10  # ids in a lookup at arXiv, lookups of a reader in a day
SECONDS = 8.0  # that the reader waits for arXiv
_DAY = 86_400  # seconds
_IS_JSON = re.compile(r'[\ufeff\s]*(?:\[\s*[{\]]|\{\s*["}])')
_IS_BIBTEX = re.compile(r"^[\ufeff \t]*@\s*\w+\s*[{(]", re.MULTILINE)
_IS_RIS = re.compile(r"^[\ufeff \t]*TY  -", re.MULTILINE)
_NAMES = {
    "arxiv_ids": "a list of ids", "bibtex": "BibTeX", "ris": "RIS", "csl": "CSL-JSON", "zotero": "a Zotero export",
}  # fmt: skip
_CONTENTS = {form: (form,) for form in _NAMES} | {"zotero": ("bibtex", "ris", "csl")}
FORMS = tuple(_NAMES)


@dataclass(frozen=True)
class LibraryEntry:
    """One entry of a library.

    It has what identifies its paper, and the `label` by which the reader recognises it.
    """

    label: str
    public_id: str
    doi: str = ""
    title: str = ""
    abstract: str = ""

    @property
    def arxiv_id(self) -> str | None:
        return None if not self.public_id or self.public_id.startswith(OWN_PREFIX) else self.public_id


@dataclass(frozen=True)
class Match:
    """The paper of an entry.

    `by` is what they have in common: "id", "DOI" or "title".
    """

    entry: LibraryEntry
    paper: Paper
    by: str


def read(text: str, form: str = "") -> list[LibraryEntry | Rejected]:
    """Read the entries in their order.

    Those that cannot be read come with their line and the reason.

    form  one of `FORMS`; empty to detect it from the text

    Raises WrongFile if the text has another form or more than `MOST` entries, BrokenStream for incomplete JSON.
    """
    detected = _detect_form(text)
    if form and detected not in _CONTENTS[form]:
        raise WrongFile(f"this is {_NAMES[detected]}, not {_NAMES[form]}; choose the matching format or another file")
    rows: list[LibraryEntry | Rejected] = []
    for row in _entries(text, detected):
        rows.append(row)
        if len(rows) > MOST:
            raise WrongFile(f"more than {MOST:,} entries; split the library and import the parts")
    return rows


def _detect_form(text: str) -> str:
    if _IS_JSON.match(text):
        return "csl"
    if _IS_BIBTEX.search(text):
        return "bibtex"
    return "ris" if _IS_RIS.search(text) else "arxiv_ids"


def _entries(text: str, form: str) -> Iterator[LibraryEntry | Rejected]:
    if form == "arxiv_ids":
        yield from _listed_entries(text)
        return
    rows: Iterator[PaperRecord | Rejected]
    if form == "csl":
        rows = csl.read(io.BytesIO(text.encode("utf-8", "surrogateescape")))
    else:
        rows = (bibtex if form == "bibtex" else ris).read(io.StringIO(text))
    for row in rows:
        if isinstance(row, PaperRecord):
            yield LibraryEntry(row.title, row.public_id, row.doi, row.title, row.abstract)
        else:
            yield row


def _listed_entries(text: str) -> Iterator[LibraryEntry | Rejected]:
    """The entries of a list of ids, links and DOIs, each once."""
    known: set[LibraryEntry] = set()
    for number, line in enumerate(io.StringIO(text), start=1):
        for word in id_list.words(line):
            entry = _entry_of(word)
            if entry is None:
                yield fields.rejected(number, f"{word[:60]!r} is not an arXiv id, a link to a paper or a DOI")
            elif entry not in known:
                known.add(entry)
                yield entry


def _entry_of(word: str) -> LibraryEntry | None:
    if arxiv_id := arxiv_id_in_link(word):
        return LibraryEntry(f"arXiv:{arxiv_id}", arxiv_id)
    if own_id := canonical(word.rstrip("/").rpartition("/")[2]):
        return LibraryEntry(own_id, own_id)
    try:
        doi = fields.doi(word)
    except BadRow:
        return None
    return LibraryEntry(f"doi:{doi}", "", doi) if doi else None


def match(library: Sequence[LibraryEntry]) -> dict[LibraryEntry, Match]:
    """The paper of each entry that the catalogue has, by at most three queries."""
    ids = {entry.public_id for entry in library}
    dois = {entry.doi.lower() for entry in library if entry.doi}
    likeness_keys = {key for entry in library for key in keys(entry.title, entry.abstract)}
    by_id = {paper.public_id: paper for paper in Paper.objects.filter(public_id__in=ids)}
    with_doi = Paper.objects.annotate(plain_doi=Lower("doi")).filter(plain_doi__in=dois)
    by_doi = {paper.doi.lower(): paper for paper in with_doi}
    likenesses = Likeness.objects.filter(key__in=likeness_keys).select_related("paper")
    by_key = {likeness.key: likeness.paper for likeness in likenesses}
    matches = {}
    for entry in library:
        if paper := by_id.get(entry.public_id):
            matches[entry] = Match(entry, paper, "id" if entry.arxiv_id or not entry.title else "title")
        elif paper := by_doi.get(entry.doi.lower()):
            matches[entry] = Match(entry, paper, "DOI")
        elif paper := next((by_key[key] for key in keys(entry.title, entry.abstract) if key in by_key), None):
            matches[entry] = Match(entry, paper, "title")
    return matches


def look_up(reader: User, arxiv_ids: Sequence[str], now: datetime) -> dict[str, str]:
    """Fetch the first `AT_ONCE` of these papers from arXiv into the catalogue.

    They belong to the days on which arXiv announced them, not to today. Returns the reason for each paper that was not
    fetched, by id.
    """
    if not arxiv_ids:
        return {}
    if "arxiv" not in settings.SOURCES:
        return dict.fromkeys(arxiv_ids, "it is not in the catalogue, and this site does not use arXiv")
    if not _may_look_up(reader, now):
        return dict.fromkeys(arxiv_ids, f"you can look up papers at arXiv {PER_DAY} times a day; try again tomorrow")
    batch, rest = arxiv_ids[:AT_ONCE], arxiv_ids[AT_ONCE:]
    postponed = dict.fromkeys(rest, f"only {AT_ONCE} papers at a time are looked up; import the library again")
    try:
        rows = papers_by_id(list(batch), SECONDS)
    except SourceFailed as failure:
        log.warning("could not look up %d papers of a library: %s", len(batch), failure)
        return dict.fromkeys(batch, "arXiv does not answer now; try again later") | postponed
    with transaction.atomic():
        store_records([row for row in rows.values() if not isinstance(row, Rejected)], now.date(), Summary())
    rejected = {arxiv_id: row for arxiv_id, row in rows.items() if isinstance(row, Rejected)}
    return {arxiv_id: row.reason.removeprefix(f"{arxiv_id}: ") for arxiv_id, row in rejected.items()} | postponed


def _may_look_up(reader: User, now: datetime) -> bool:
    """Count a lookup of the reader on this day (UTC).

    The cache key does not reveal the reader's id.
    """
    key = f"lookups:{salted_hmac('lookups', str(reader.pk)).hexdigest()}:{now.date()}"
    cache.add(key, 0, _DAY)
    try:
        return cache.incr(key) <= PER_DAY
    except ValueError:  # the cache was emptied since the line before
        cache.set(key, 1, _DAY)
        return True
