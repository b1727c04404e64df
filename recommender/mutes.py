"""A reader’s mutes: adding and removing them; the papers that they hide."""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Mute, MuteKind, User

from .categories import known_code, within
from .interests import one_line
from .models import Paper
from .spans import PaperPool

_BETWEEN = " | "  # title and abstract; no muted words reach across it
_LONGEST_TEXT = 200_000  # characters of a runaway abstract that are looked at


@dataclass(frozen=True)
class PaperTraits:
    """What a mute is compared with: a paper's categories, its authors and its words, folded."""

    categories: frozenset[str]
    authors: frozenset[str]
    words: str


@dataclass(frozen=True)
class Muted:
    """All that stays out of one reader's rankings, as `recommender.mutes.comparison_key` gives it.

    A category stands for itself, an archive for every category in it; an author for the whole name; words for
    themselves, whole and one after the other, in title or abstract.
    """

    categories: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.categories or self.authors or self.words)

    @property
    def state(self) -> str:
        """Names what is muted, in any order; empty where nothing is."""
        parts = ["\n".join(sorted(part)) for part in (self.categories, self.authors, self.words)]
        return hashlib.sha256("\n\n".join(parts).encode()).hexdigest()[:16] if self else ""

    def hides(self, look: PaperTraits) -> bool:
        return (
            not self.categories.isdisjoint(look.categories)
            or not self.authors.isdisjoint(look.authors)
            or any(f" {word} " in look.words for word in self.words)
        )


NOTHING = Muted()


@dataclass(frozen=True)
class HiddenCounts:
    """How many of some papers a reader does not see: those of their own, and all together."""

    own: int
    together: int


def muted_by(reader: User | None) -> Muted:
    """What this reader does not want to meet; nothing for somebody who is not signed in."""
    return muted_by_each([reader])[reader.pk] if reader else NOTHING


def muted_by_each(readers: Sequence[User]) -> dict[int, Muted]:
    """The same for many readers, by one query."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for pk, kind, text in Mute.objects.filter(reader__in=readers).values_list("reader", "kind", "folded"):
        found[pk].append((kind, text))
    return {reader.pk: _together([*found[reader.pk], *_own(reader)]) for reader in readers}


@lru_cache(maxsize=512)
def hidden(muted: Muted, papers: PaperPool) -> frozenset[int]:
    """Primary keys of those of these papers that stay out; kept, since every page of a reader with mutes asks."""
    if not muted:
        return frozenset()
    return frozenset(pk for pk, look in _looks(papers).items() if muted.hides(look))


def hidden_among(papers: Iterable[Paper], muted: Muted) -> set[int]:
    """Primary keys of those of these papers that stay out."""
    looks = ((paper.pk, _look(paper.title, paper.abstract, paper.authors, paper.categories)) for paper in papers)
    return {pk for pk, look in looks if muted.hides(look)} if muted else set()


def with_counts(mutes: Iterable[Mute], papers: PaperPool) -> list[Mute]:
    """These mutes, each with how many of the papers it `hides` alone."""
    found = list(mutes)
    for mute in found:
        mute.hides = len(hidden(_together([(mute.kind, mute.folded)]), papers))
    return found


def count_hidden(reader: User, papers: PaperPool) -> HiddenCounts:
    """What this reader does not see of these papers."""
    own = len(hidden(_together(_own(reader)), papers))
    return HiddenCounts(own, len(hidden(muted_by(reader), papers)))


def would_hide(kind: str, text: str, papers: PaperPool) -> int:
    """How many of these papers a new mute would hide; `text` is what `clean` returned."""
    return len(hidden(_together([(kind, comparison_key(kind, text))]), papers))


def _own(reader: User) -> list[tuple[str, str]]:
    names = reader.own_names if reader.hides_own_papers else []
    return [(MuteKind.AUTHOR, fold(name)) for name in names]


def _together(pairs: Sequence[tuple[str, str]]) -> Muted:
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, text in pairs:
        by_kind[kind] |= set(within(text)) if kind == MuteKind.CATEGORY else {text}
    kinds = (MuteKind.CATEGORY, MuteKind.AUTHOR, MuteKind.WORD)
    return Muted(*(frozenset(by_kind[kind]) for kind in kinds))


def _look(title: str, abstract: str, authors: Sequence[str], categories: Sequence[str]) -> PaperTraits:
    words = f" {fold(title[:_LONGEST_TEXT])}{_BETWEEN}{fold(abstract[:_LONGEST_TEXT])} "
    return PaperTraits(frozenset(categories), frozenset(map(fold, authors)), words)


@lru_cache(maxsize=8)
def _looks(papers: PaperPool) -> dict[int, PaperTraits]:
    """The papers; kept for all readers with mutes."""
    rows = papers.papers().values_list("pk", "title", "abstract", "authors", "categories")
    return {pk: _look(*fields) for pk, *fields in rows}


MOST_MUTES = 100
MOST_NAMES = 5  # under which a reader writes papers
NAME_LENGTH = (2, 100)
WORD_LENGTH = (2, 100)
_FOLDED_LENGTH = 400
_WORD = re.compile(r"[^\W_]+")
_OTHER_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})  # no accents


def fold(text: str) -> str:
    """Words in lower case without accents, one space apart: "Erdős–Rényi" -> "erdos renyi"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    return " ".join(_WORD.findall(plain.casefold().translate(_OTHER_LETTERS)))


def add(reader: User, kind: str, text: str) -> Mute:
    """A new mute; raises ValidationError if the text will not do, the reader has it already or has too many."""
    try:
        return _add(reader, kind, text)
    except ValidationError as error:
        raise ValidationError({"text": error.messages}) from error


def clean_own_names(names: list[str]) -> list[str]:
    """These names as they are kept, each once; raises ValidationError for one that is none or for too many."""
    kept = {fold(name): name for name in map(_author, names)}
    if len(kept) > MOST_NAMES:
        raise ValidationError(f"you may give {MOST_NAMES} names of your own; these are {len(kept)}")
    return list(kept.values())


def clean(kind: str, text: str) -> str:
    """The text as it is kept; raises ValidationError where nothing of this kind can be meant by it."""
    return _READ[kind](text)


def comparison_key(kind: str, stored: str) -> str:
    """What papers are compared with: the code of a category, the folded words of anything else."""
    return stored if kind == MuteKind.CATEGORY else fold(stored)


@transaction.atomic
def _add(reader: User, kind: str, text: str) -> Mute:
    stored = clean(kind, text)
    folded = comparison_key(kind, stored)
    User.objects.select_for_update().get(pk=reader.pk)  # two requests at once must not both pass the check
    _check_room(reader, kind, stored, folded)
    return reader.mutes.create(kind=kind, text=stored, folded=folded)


def _check_room(reader: User, kind: str, text: str, folded: str) -> None:
    if reader.mutes.filter(kind=kind, folded=folded).exists():
        raise ValidationError(f'"{text}" is muted already')
    if reader.mutes.count() >= MOST_MUTES:
        raise ValidationError(f"you have {MOST_MUTES} mutes, which is the most there can be; remove one first")


def _category(text: str) -> str:
    code = known_code(text)
    if code is None:
        raise ValidationError(f'"{text[:40]}" is not an arXiv category; write a code such as cs.LG, hep-th or math.AG')
    return code


def _author(text: str) -> str:
    return _of_length("a name", text, NAME_LENGTH)


def _word(text: str) -> str:
    return _of_length("a word", text, WORD_LENGTH)


def _of_length(what: str, text: str, length: tuple[int, int]) -> str:
    shortest, longest = length
    line = one_line(text)
    if not shortest <= len(line) <= longest:
        raise ValidationError(f"{what} has {shortest} to {longest} characters; this one has {len(line)}")
    _check_folded(line)
    return line


def _check_folded(line: str) -> None:
    length = len(fold(line))
    if not length:
        raise ValidationError(f'"{line}" has no letter or digit that could be looked for')
    if length > _FOLDED_LENGTH:
        raise ValidationError(f'"{line[:10]}…" becomes {length} letters when it is spelt out; write it shorter')


_READ: dict[str, Callable[[str], str]] = {
    MuteKind.CATEGORY: _category,
    MuteKind.AUTHOR: _author,
    MuteKind.WORD: _word,
}
