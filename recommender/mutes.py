"""A reader's mutes: adding them, and the papers that they hide."""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from threading import Lock

import numpy as np
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Mute, MuteKind, User

from .categories import within
from .engine.data import IdArray
from .input_text import category_code, errors_of_field, line_of_length
from .models import Paper
from .spans import PaperPool

MOST_MUTES = 100
MOST_NAMES = 5  # own names of a reader
NAME_LENGTH = (2, 100)
WORD_LENGTH = (2, 100)
CACHED_PAPERS = 20_000  # whose traits are cached
CACHED_ANSWERS = 5000  # days whose hidden papers are cached, for each set of mutes
_BETWEEN = " | "  # between title and abstract; no muted words match across it
_LONGEST_TEXT = 200_000  # characters of a runaway abstract that are searched
_FOLDED_LENGTH = 400
_WORD = re.compile(r"[^\W_]+")
_OTHER_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})  # no accents


@dataclass(frozen=True)
class Traits:
    """What mutes are compared with: the categories, authors and words of some papers, folded.

    pks         (n,) int64, primary keys
    categories  the positions of the papers of each category
    authors     the positions of the papers of each author
    words       title and abstract of all papers, each between spaces and on a line of its own
    starts      where the lines begin
    """

    pks: IdArray
    categories: dict[str, list[int]]
    authors: dict[str, list[int]]
    words: str
    starts: list[int]

    def hidden_by(self, muted: "Muted", category: str = "") -> IdArray:
        """Primary keys of the papers that are hidden; with a category, of those in it."""
        positions: set[int] = set()
        for code in muted.categories:
            positions.update(self.categories.get(code.casefold(), ()))
        for author in muted.authors:
            positions.update(self.authors.get(author, ()))
        for words in muted.words:
            positions.update(self._with_words(f" {words} "))
        if category:
            positions.intersection_update(self.categories.get(category.casefold(), ()))
        return self.pks[sorted(positions)]

    def _with_words(self, words: str) -> Iterator[int]:
        """Positions of the papers with these words in sequence, by a single pass over all of them."""
        place = self.words.find(words)
        while place >= 0:
            position = bisect_right(self.starts, place) - 1
            yield position
            after = self.starts[position + 1] if position + 1 < len(self.starts) else len(self.words)
            place = self.words.find(words, after)


@dataclass(frozen=True)
class Muted:
    """All that one reader has muted, as `comparison_key` returns it.

    A category hides its papers, an archive those of every category in it; an author matches the whole name; words
    match whole words in sequence, in title or abstract.
    """

    categories: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.categories or self.authors or self.words)

    @property
    def state(self) -> str:
        """Identifies what is muted, in any order; empty if nothing is."""
        parts = ["\n".join(sorted(part)) for part in (self.categories, self.authors, self.words)]
        return hashlib.sha256("\n\n".join(parts).encode()).hexdigest()[:16] if self else ""


NOTHING = Muted()

_lock = Lock()
_traits_by_day: OrderedDict[PaperPool, Traits] = OrderedDict()  # the last used last
_hidden: OrderedDict[tuple[Muted, str, PaperPool], IdArray] = OrderedDict()  # the last used last


@dataclass(frozen=True)
class HiddenCounts:
    """How many papers are hidden from a reader.

    By their own names, and altogether.
    """

    own: int
    together: int


def add(reader: User, kind: str, text: str) -> Mute:
    """Add a mute.

    Raises ValidationError if the text is invalid, or if the reader has the mute already or too many.
    """
    with errors_of_field("text"), transaction.atomic():
        stored = clean(kind, text)
        folded = comparison_key(kind, stored)
        User.objects.select_for_update().get(pk=reader.pk)  # two requests at once must not both pass the checks
        if reader.mutes.filter(kind=kind, folded=folded).exists():
            raise ValidationError(f'"{stored}" is muted already')
        if reader.mutes.count() >= MOST_MUTES:
            raise ValidationError(f"you have {MOST_MUTES} mutes, the maximum; remove one first")
        return reader.mutes.create(kind=kind, text=stored, folded=folded)


def clean(kind: str, text: str) -> str:
    """The text in the form that is stored.

    Raises ValidationError if it is invalid for this kind.
    """
    if kind == MuteKind.CATEGORY:
        return category_code(text)
    is_author = kind == MuteKind.AUTHOR
    line = line_of_length("a name" if is_author else "a word", text, NAME_LENGTH if is_author else WORD_LENGTH)
    length = len(fold(line))
    if not length:
        raise ValidationError(f'"{line}" has no letter or digit to search for')
    if length > _FOLDED_LENGTH:
        raise ValidationError(f'"{line[:10]}…" becomes {length} letters when it is spelt out; write it shorter')
    return line


def clean_own_names(names: list[str]) -> list[str]:
    """These names as they are stored, each once.

    Raises ValidationError for an invalid name or too many.
    """
    by_key = {fold(name): name for name in (clean(MuteKind.AUTHOR, name) for name in names)}
    if len(by_key) > MOST_NAMES:
        raise ValidationError(f"you may give {MOST_NAMES} names of your own; these are {len(by_key)}")
    return list(by_key.values())


def comparison_key(kind: str, stored: str) -> str:
    """What papers are compared with.

    The code of a category, or the folded words of anything else.
    """
    return stored if kind == MuteKind.CATEGORY else fold(stored)


def fold(text: str) -> str:
    """Words in lower case without accents, one space apart: "Erdős–Rényi" -> "erdos renyi"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(_WORD.findall(plain.casefold().translate(_OTHER_LETTERS)))


def muted_by(reader: User | None) -> Muted:
    """What this reader has muted.

    Nothing for an anonymous reader.
    """
    return muted_by_each([reader])[reader.pk] if reader else NOTHING


def muted_by_each(readers: Sequence[User]) -> dict[int, Muted]:
    """What each reader has muted, by primary key; one query."""
    mutes: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for pk, kind, folded in Mute.objects.filter(reader__in=readers).values_list("reader", "kind", "folded"):
        mutes[pk].append((kind, folded))
    return {reader.pk: _combined([*mutes[reader.pk], *_own(reader)]) for reader in readers}


def hidden(muted: Muted, papers: PaperPool) -> frozenset[int]:
    """Primary keys of the papers that are hidden.

    Cached by day, since every page of a reader with mutes needs them. Takes at most one query.
    """
    if not muted:
        return frozenset()
    days, category = papers.by_day, papers.span.category
    with _lock:
        pks = {day: _hidden[muted, category, day] for day in days if (muted, category, day) in _hidden}
    missing = [day for day in days if day not in pks]
    for day, traits in zip(missing, _traits_of_days(missing), strict=True):
        pks[day] = traits.hidden_by(muted, category)
    with _lock:
        for day in days:
            _hidden[muted, category, day] = pks[day]
            _hidden.move_to_end((muted, category, day))
        while len(_hidden) > CACHED_ANSWERS:
            _hidden.popitem(last=False)
    return frozenset(pk for day in days for pk in pks[day].tolist())


def hidden_among(papers: Iterable[Paper], muted: Muted) -> set[int]:
    """Primary keys of those of these papers that are hidden."""
    if not muted:
        return set()
    rows = ((paper.pk, paper.title, paper.abstract, paper.authors, paper.categories) for paper in papers)
    return set(_traits(rows).hidden_by(muted).tolist())


def with_counts(mutes: Iterable[Mute], papers: PaperPool) -> list[Mute]:
    """These mutes, each with `hides`: how many of the papers it hides by itself."""
    mutes = list(mutes)
    for mute in mutes:
        mute.hides = len(hidden(_combined([(mute.kind, mute.folded)]), papers))
    return mutes


def count_hidden(reader: User, papers: PaperPool) -> HiddenCounts:
    """How many of these papers are hidden from this reader."""
    own = len(hidden(_combined(_own(reader)), papers))
    return HiddenCounts(own, len(hidden(muted_by(reader), papers)))


def would_hide(kind: str, text: str, papers: PaperPool) -> int:
    """How many of these papers a new mute would hide.

    `text` is what `clean` returned.
    """
    return len(hidden(_combined([(kind, comparison_key(kind, text))]), papers))


def _own(reader: User) -> list[tuple[str, str]]:
    """The reader's own names as mutes, if they hide their own papers."""
    names = reader.own_names if reader.hides_own_papers else []
    return [(MuteKind.AUTHOR, fold(name)) for name in names]


def _combined(pairs: Sequence[tuple[str, str]]) -> Muted:
    """Mutes, as kind and comparison key, in one."""
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, key in pairs:
        by_kind[kind] |= set(within(key)) if kind == MuteKind.CATEGORY else {key}
    kinds = (MuteKind.CATEGORY, MuteKind.AUTHOR, MuteKind.WORD)
    return Muted(*(frozenset(by_kind[kind]) for kind in kinds))


def _traits(papers: Iterable[tuple[int, str, str, Sequence[str], Sequence[str]]]) -> Traits:
    """The traits of papers: primary key, title, abstract, authors and categories of each."""
    pks: list[int] = []
    lines: list[str] = []
    starts = [0]
    by_category: dict[str, list[int]] = defaultdict(list)
    by_author: dict[str, list[int]] = defaultdict(list)
    for position, (pk, title, abstract, authors, categories) in enumerate(papers):
        pks.append(pk)
        for code in {code.casefold() for code in categories}:
            by_category[code].append(position)
        for author in {fold(author) for author in authors}:
            by_author[author].append(position)
        lines.append(f" {fold(title[:_LONGEST_TEXT])}{_BETWEEN}{fold(abstract[:_LONGEST_TEXT])} \n")
        starts.append(starts[-1] + len(lines[-1]))
    return Traits(np.array(pks, dtype=np.int64), dict(by_category), dict(by_author), "".join(lines), starts[:-1])


def _traits_of_days(days: Sequence[PaperPool]) -> list[Traits]:
    """The traits of the papers of each day.

    Cached for all readers with mutes, the last used days with `CACHED_PAPERS` papers: about 4 kB each.
    """
    with _lock:
        traits = {day: _traits_by_day[day] for day in days if day in _traits_by_day}
    missing = {day.day: day for day in days if day not in traits}
    if missing:
        papers = Paper.objects.filter(day__in=missing).offered().order_by("day", "pk")
        rows = papers.values_list("day", "pk", "title", "abstract", "authors", "categories").iterator(1000)
        traits |= {missing[day]: _traits(row[1:] for row in group) for day, group in groupby(rows, itemgetter(0))}
        traits |= {day: _traits(()) for day in missing.values() if day not in traits}
    with _lock:
        for day in days:
            _traits_by_day[day] = traits[day]
            _traits_by_day.move_to_end(day)
        papers_cached = sum(len(each.pks) for each in _traits_by_day.values())
        while papers_cached > CACHED_PAPERS:
            _, oldest = _traits_by_day.popitem(last=False)
            papers_cached -= len(oldest.pks)
    return [traits[day] for day in days]
