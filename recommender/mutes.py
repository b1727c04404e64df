"""Which papers stay out of a reader's rankings: those that their mutes name, and their own if they want that."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from accounts.categories import within
from accounts.models import Mute, User
from accounts.mutes import compared, fold

from .models import Paper
from .spans import Offer

_BETWEEN = " | "  # title and abstract; no muted words reach across it
_LONGEST_TEXT = 200_000  # characters of a runaway abstract that are looked at


@dataclass(frozen=True)
class Look:
    """What a mute is compared with: a paper's categories, its authors and its words, folded."""

    categories: frozenset[str]
    authors: frozenset[str]
    words: str


@dataclass(frozen=True)
class Muted:
    """All that stays out of one reader's rankings, as `accounts.mutes.compared` gives it.

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

    def hides(self, look: Look) -> bool:
        return (
            not self.categories.isdisjoint(look.categories)
            or not self.authors.isdisjoint(look.authors)
            or any(f" {word} " in look.words for word in self.words)
        )


NOTHING = Muted()


@dataclass(frozen=True)
class Hiding:
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
def hidden(muted: Muted, papers: Offer) -> frozenset[int]:
    """Primary keys of those of these papers that stay out; kept, since every page of a reader with mutes asks."""
    if not muted:
        return frozenset()
    return frozenset(pk for pk, look in _looks(papers).items() if muted.hides(look))


def out_of(papers: Iterable[Paper], muted: Muted) -> set[int]:
    """Primary keys of those of these papers that stay out."""
    looks = ((paper.pk, _look(paper.title, paper.abstract, paper.authors, paper.categories)) for paper in papers)
    return {pk for pk, look in looks if muted.hides(look)} if muted else set()


def counted(mutes: Iterable[Mute], papers: Offer) -> list[Mute]:
    """These mutes, each with how many of the papers it `hides` alone."""
    found = list(mutes)
    for mute in found:
        mute.hides = len(hidden(_together([(mute.kind, mute.folded)]), papers))
    return found


def hiding(reader: User, papers: Offer) -> Hiding:
    """What this reader does not see of these papers."""
    own = len(hidden(_together(_own(reader)), papers))
    return Hiding(own, len(hidden(muted_by(reader), papers)))


def would_hide(kind: str, text: str, papers: Offer) -> int:
    """How many of these papers a mute would hide that is not there yet; `text` as `accounts.mutes.read` gives it."""
    return len(hidden(_together([(kind, compared(kind, text))]), papers))


def _own(reader: User) -> list[tuple[str, str]]:
    names = reader.own_names if reader.hides_own_papers else []
    return [(Mute.Kind.AUTHOR, fold(name)) for name in names]


def _together(pairs: Sequence[tuple[str, str]]) -> Muted:
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, text in pairs:
        by_kind[kind] |= set(within(text)) if kind == Mute.Kind.CATEGORY else {text}
    kinds = (Mute.Kind.CATEGORY, Mute.Kind.AUTHOR, Mute.Kind.WORD)
    return Muted(*(frozenset(by_kind[kind]) for kind in kinds))


def _look(title: str, abstract: str, authors: Sequence[str], categories: Sequence[str]) -> Look:
    words = f" {fold(title[:_LONGEST_TEXT])}{_BETWEEN}{fold(abstract[:_LONGEST_TEXT])} "
    return Look(frozenset(categories), frozenset(map(fold, authors)), words)


@lru_cache(maxsize=8)
def _looks(papers: Offer) -> dict[int, Look]:
    """The papers; kept for all readers with mutes."""
    rows = papers.papers().values_list("pk", "title", "abstract", "authors", "categories")
    return {pk: _look(*fields) for pk, *fields in rows}
