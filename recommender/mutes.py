"""A reader's mutes: adding them, and the papers that they hide."""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Mute, MuteKind, User

from .categories import within
from .input_text import category_code, errors_of_field, line_of_length
from .models import Paper
from .spans import PaperPool

MOST_MUTES = 100
MOST_NAMES = 5  # own names of a reader
NAME_LENGTH = (2, 100)
WORD_LENGTH = (2, 100)
_BETWEEN = " | "  # between title and abstract; no muted words match across it
_LONGEST_TEXT = 200_000  # characters of a runaway abstract that are searched
_FOLDED_LENGTH = 400
_WORD = re.compile(r"[^\W_]+")
_OTHER_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})  # no accents


@dataclass(frozen=True)
class PaperTraits:
    """What mutes are compared with: a paper's categories, its authors and its words, folded."""

    categories: frozenset[str]
    authors: frozenset[str]
    words: str


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

    def hides(self, paper: PaperTraits) -> bool:
        return (
            not self.categories.isdisjoint(paper.categories)
            or not self.authors.isdisjoint(paper.authors)
            or any(f" {word} " in paper.words for word in self.words)
        )


NOTHING = Muted()


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


@lru_cache(maxsize=512)
def hidden(muted: Muted, papers: PaperPool) -> frozenset[int]:
    """Primary keys of the papers that are hidden.

    Cached, since every page of a reader with mutes needs them.
    """
    if not muted:
        return frozenset()
    return frozenset(pk for pk, traits in _traits_of_all(papers).items() if muted.hides(traits))


def hidden_among(papers: Iterable[Paper], muted: Muted) -> set[int]:
    """Primary keys of those of these papers that are hidden."""
    if not muted:
        return set()
    return {
        paper.pk
        for paper in papers
        if muted.hides(_traits(paper.title, paper.abstract, paper.authors, paper.categories))
    }


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


def _traits(title: str, abstract: str, authors: Sequence[str], categories: Sequence[str]) -> PaperTraits:
    words = f" {fold(title[:_LONGEST_TEXT])}{_BETWEEN}{fold(abstract[:_LONGEST_TEXT])} "
    return PaperTraits(frozenset(categories), frozenset(map(fold, authors)), words)


@lru_cache(maxsize=8)
def _traits_of_all(papers: PaperPool) -> dict[int, PaperTraits]:
    """The traits of each paper, by primary key.

    Cached for all readers with mutes.
    """
    rows = papers.papers().values_list("pk", "title", "abstract", "authors", "categories")
    return {pk: _traits(*fields) for pk, *fields in rows}
