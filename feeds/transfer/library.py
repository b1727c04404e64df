"""Read a reader's library, match it with the catalogue, and fetch papers that are missing from arXiv."""

import io
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
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

LARGEST = 1_000_000  # bytes of a library
MOST = 2000  # entries
_IS_JSON = re.compile(r'[\ufeff\s]*(?:\[\s*[{\]]|\{\s*["}])')
_IS_BIBTEX = re.compile(r"^[\ufeff \t]*@\s*\w+\s*[{(]", re.MULTILINE)
_IS_RIS = re.compile(r"^[\ufeff \t]*TY  -", re.MULTILINE)
_NAMES = {
    "arxiv_ids": "a list of ids", "bibtex": "BibTeX", "ris": "RIS", "csl": "CSL-JSON", "zotero": "an export of Zotero",
}  # fmt: skip
_MEANT = {form: (form,) for form in _NAMES} | {"zotero": ("bibtex", "ris", "csl")}
FORMS = tuple(_NAMES)


@dataclass(frozen=True)
class LibraryEntry:
    """One entry of a library: what names its paper; `label` is how the reader recognises it."""

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
    """An entry's paper, and what they have in common."""

    entry: LibraryEntry
    paper: Paper
    by: str


def read(text: str, form: str = "") -> list[LibraryEntry | Rejected]:
    """The entries in their order, those that could not be read with their line and the reason.

    form  one of `FORMS`, or nothing: then the text shows which it is

    Raises WrongFile when it is of another form, when there is no entry or more than `MOST`, BrokenStream where JSON
    breaks off.
    """
    shown = _form_of(text)
    if form and shown not in _MEANT[form]:
        raise WrongFile(f"it reads as {_NAMES[shown]}, not as {_NAMES[form]}; name its form, or send another")
    found: list[LibraryEntry | Rejected] = []
    for entry in _reader(text, shown):
        found.append(entry)
        if len(found) > MOST:
            raise WrongFile(f"it has more than {MOST:,} entries; bring it in parts")
    return found


def match(library: Sequence[LibraryEntry]) -> dict[LibraryEntry, Match]:
    """The paper of each entry that the catalogue has, by three queries; others are left out."""
    by_id = _by_id({entry.public_id for entry in library})
    by_doi = _by_doi({entry.doi.lower() for entry in library if entry.doi})
    by_key = _by_key({key for entry in library for key in keys(entry.title, entry.abstract)})
    found = {}
    for entry in library:
        if paper := by_id.get(entry.public_id):
            found[entry] = Match(entry, paper, "id" if entry.arxiv_id or not entry.title else "title")
        elif paper := by_doi.get(entry.doi.lower()):
            found[entry] = Match(entry, paper, "DOI")
        elif paper := next((by_key[key] for key in keys(entry.title, entry.abstract) if key in by_key), None):
            found[entry] = Match(entry, paper, "title")
    return found


def _form_of(text: str) -> str:
    if _IS_JSON.match(text):
        return "csl"
    if _IS_BIBTEX.search(text):
        return "bibtex"
    return "ris" if _IS_RIS.search(text) else "arxiv_ids"


def _reader(text: str, form: str) -> Iterator[LibraryEntry | Rejected]:
    if form == "csl":
        return _of_records(csl.read(io.BytesIO(text.encode("utf-8", "surrogateescape"))))
    if form == "bibtex":
        return _of_records(bibtex.read(io.StringIO(text)))
    if form == "ris":
        return _of_records(ris.read(io.StringIO(text)))
    return _words(io.StringIO(text))


def _of_records(rows: Iterable[PaperRecord | Rejected]) -> Iterator[LibraryEntry | Rejected]:
    for row in rows:
        if isinstance(row, PaperRecord):
            yield LibraryEntry(row.title, row.public_id, row.doi, row.title, row.abstract)
        else:
            yield row


def _words(lines: Iterable[str]) -> Iterator[LibraryEntry | Rejected]:
    """Ids, links and DOIs, each once."""
    seen: set[LibraryEntry] = set()
    for number, line in enumerate(lines, start=1):
        for word in id_list.words(line):
            entry = _named(word)
            if entry is None:
                yield fields.rejected(number, f"{word[:60]!r} is no arXiv id, link to a paper or DOI")
            elif entry not in seen:
                seen.add(entry)
                yield entry


def _named(word: str) -> LibraryEntry | None:
    if arxiv := arxiv_id_in_link(word):
        return LibraryEntry(f"arXiv:{arxiv}", arxiv)
    if own := canonical(word.rstrip("/").rpartition("/")[2]):
        return LibraryEntry(own, own)
    try:
        doi = fields.doi(word)
    except BadRow:
        return None
    return LibraryEntry(f"doi:{doi}", "", doi) if doi else None


def _by_id(public_ids: set[str]) -> dict[str, Paper]:
    return {paper.public_id: paper for paper in Paper.objects.filter(public_id__in=public_ids)}


def _by_doi(dois: set[str]) -> dict[str, Paper]:
    if not dois:
        return {}
    found = Paper.objects.annotate(plain_doi=Lower("doi")).filter(plain_doi__in=dois)
    return {paper.doi.lower(): paper for paper in found}


def _by_key(wanted: set[str]) -> dict[str, Paper]:
    if not wanted:
        return {}
    return {found.key: found.paper for found in Likeness.objects.filter(key__in=wanted).select_related("paper")}


log = logging.getLogger(__name__)

AT_ONCE, PER_DAY = 50, 10  # ids of one question, questions of a reader in a day
SECONDS = 8.0  # that the reader waits for arXiv
_DAY = 86_400  # seconds


def look_up(reader: User, arxiv_ids: Sequence[str], now: datetime) -> dict[str, str]:
    """Bring the first `AT_ONCE` of these papers into the catalogue; why each of the others is not there, by id.

    They are listed on the days that arXiv announced them, not today.
    """
    if "arxiv" not in settings.SOURCES:
        return dict.fromkeys(arxiv_ids, "it is not in the catalogue, and this site does not ask arXiv")
    wanted, later = arxiv_ids[:AT_ONCE], arxiv_ids[AT_ONCE:]
    if wanted and not _may_ask(reader, now):
        return dict.fromkeys(arxiv_ids, f"arXiv is asked {PER_DAY} times a day for each member; come back tomorrow")
    too_many = f"arXiv is asked for {AT_ONCE} papers at a time; bring the library again for the next"
    return _asked(wanted, now) | dict.fromkeys(later, too_many)


def _asked(wanted: Sequence[str], now: datetime) -> dict[str, str]:
    if not wanted:
        return {}
    try:
        told = papers_by_id(list(wanted), SECONDS)
    except SourceFailed as failure:
        log.warning("%d papers of a library were not asked for: %s", len(wanted), failure)
        return dict.fromkeys(wanted, "arXiv does not answer now; try again later")
    with transaction.atomic():
        store_records([row for row in told.values() if not isinstance(row, Rejected)], now.date(), Summary())
    return {given: row.reason.removeprefix(f"{given}: ") for given, row in told.items() if isinstance(row, Rejected)}


def _may_ask(reader: User, now: datetime) -> bool:
    """Counts the questions of the day (UTC), under a name that does not give the reader's id away."""
    key = f"lookups:{salted_hmac('lookups', str(reader.pk)).hexdigest()}:{now.date()}"
    cache.add(key, 0, _DAY)
    try:
        return cache.incr(key) <= PER_DAY
    except ValueError:  # the cache was emptied since the line before
        cache.set(key, 1, _DAY)
        return True
