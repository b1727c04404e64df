"""Parse typed text into a `Query`.

Every text has a meaning, and notices report what was not understood.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from recommender.paper_ids import canonical

from .words import words_in

LONGEST = 500  # characters that are read
MOST_TERMS = 32  # words and phrases that are searched for
SHORTEST_START = 3  # letters of a last word from which it may be the start of a longer one


class Where(Enum):
    """The part of a paper in which a term is searched for."""

    ANYWHERE = "anywhere"
    TITLE = "title"
    AUTHOR = "author"
    CATEGORY = "category"


@dataclass(frozen=True)
class Term:
    """A word or a phrase.

    For a category the only word is its code.

    is_start  whether the last word may be the start of a longer one
    """

    words: tuple[str, ...]
    where: Where = Where.ANYWHERE
    is_excluded: bool = False
    is_start: bool = False


@dataclass(frozen=True)
class Query:
    """A search for papers.

    Every included term must occur in them, excluded ones must not.

    ids      public ids in the text; their papers come first
    notices  sentences for the reader on what was not understood or left out
    """

    terms: tuple[Term, ...] = ()
    ids: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    notices: tuple[str, ...] = ()

    @property
    def included(self) -> list[Term]:
        return [term for term in self.terms if not term.is_excluded]

    @property
    def has_words(self) -> bool:
        """Whether papers can be ranked: whether any included term is not a category."""
        return any(term.where != Where.CATEGORY for term in self.included)

    @property
    def in_title(self) -> "Query | None":
        """The query for papers with all included words in their title.

        Returns None where no word is included.
        """
        if all(term.where != Where.ANYWHERE for term in self.included):
            return None
        terms = (
            replace(term, where=Where.TITLE) if term.where == Where.ANYWHERE and not term.is_excluded else term
            for term in self.terms
        )
        return replace(self, terms=tuple(terms))

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.ids or self.since or self.until)

    def narrowed(
        self, author: str = "", category: str = "", since: date | None = None, until: date | None = None
    ) -> "Query":
        """The query with further conditions, from the form fields beside the search box."""
        more = [_author(author), _category(category)]
        return replace(
            self,
            terms=self.terms + tuple(term for term in more if term is not None),
            since=max(filter(None, [self.since, since]), default=None),
            until=min(filter(None, [self.until, until]), default=None),
        )


_FIELDS = {
    "author": Where.AUTHOR, "au": Where.AUTHOR, "title": Where.TITLE, "ti": Where.TITLE, "cat": Where.CATEGORY,
    "category": Where.CATEGORY, "in": Where.CATEGORY,
}  # fmt: skip
_BOUNDS = ("day", "since", "until")
_PIECE = re.compile(
    rf'(?P<minus>-?)(?:(?P<field>{"|".join([*_FIELDS, *_BOUNDS])}):\s*)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_CODE = re.compile(r"[A-Za-z.\-]{1,40}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def parse(text: str, *, typing: bool = False) -> Query:
    """The query that a text stands for.

    The search page explains the language.

    typing  the person is still typing: a last plain word of at least `SHORTEST_START` letters may be the start of one
    """
    query, notices = Query(), list[str]()
    if len(text) > LONGEST:
        notices.append(f"Only the first {LONGEST} characters of the search were read.")
    printable = "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST])
    for piece in _PIECE.finditer(printable.translate(_QUOTES)):
        query = _with_piece(query, piece)
    if len(query.terms) > MOST_TERMS:
        notices.append(f"Only the first {MOST_TERMS} words were searched for.")
        query = replace(query, terms=query.terms[:MOST_TERMS])
    if typing and query.terms and text[-1:].isalnum():
        last = query.terms[-1]
        is_plain = not last.is_excluded and last.where != Where.CATEGORY
        if is_plain and last.words[-1:] == words_in(text)[-1:] and len(last.words[-1]) >= SHORTEST_START:
            query = replace(query, terms=(*query.terms[:-1], replace(last, is_start=True)))
    return replace(query, notices=(*notices, *query.notices))


def paper_id_in(text: str) -> str | None:
    """The public id that a word is or ends with.

    A link or a DOI may end with one. Returns None for anything else.
    """
    if paper_id := canonical(text):
        return paper_id
    if "/" not in text:
        return None
    address = re.split(r"[?#]", text, maxsplit=1)[0].rstrip("/").removesuffix(".pdf")
    parts = re.sub(r"(?i)/arxiv\.(?=\d)", "/", address).split("/")
    return canonical(parts[-1]) or canonical("/".join(parts[-2:]))


def _with_piece(query: Query, piece: re.Match[str]) -> Query:
    """The query with one more word, phrase, field or id."""
    field, text = (piece["field"] or "").lower(), piece["word"] or piece["phrase"] or ""
    is_excluded = bool(piece["minus"])
    if field in _BOUNDS and not is_excluded:
        day = _date(text)
        if day is None:
            return _as_words(query, field, text, "is not a date such as 2026-05-01")
        return query.narrowed(
            since=day if field in ("day", "since") else None, until=day if field in ("day", "until") else None
        )
    if not field and not is_excluded and piece["word"] and (paper_id := paper_id_in(text)):
        return replace(query, ids=tuple(dict.fromkeys((*query.ids, paper_id))))
    where = _FIELDS.get(field, Where.ANYWHERE)
    if where == Where.AUTHOR:
        term = _author(text)
    elif where == Where.CATEGORY:
        term = _category(text)
        if term is None and (words := words_in(text)):
            return _as_words(query, field, " ".join(words), "is not a category such as cs.LG")
    else:
        term = _words(text, where)
    return replace(query, terms=(*query.terms, replace(term, is_excluded=is_excluded))) if term else query


def _as_words(query: Query, field: str, text: str, problem: str) -> Query:
    """The query with the text of a misunderstood field as words, and a notice."""
    words = words_in(text)
    terms = (*query.terms, Term(words)) if words else query.terms
    return replace(query, terms=terms, notices=(*query.notices, f"“{field}:{text}” {problem}; searched for as words."))


def _words(text: str, where: Where) -> Term | None:
    words = words_in(text)
    return Term(words, where) if words else None


def _author(text: str) -> Term | None:
    """The name in the order in which papers have it.

    `Lovelace, Ada` becomes `Ada Lovelace`.
    """
    last, comma, first = text.partition(",")
    return _words(f"{first} {last}" if comma else text, Where.AUTHOR)


def _category(text: str) -> Term | None:
    return Term((text.lower(),), Where.CATEGORY) if _CODE.fullmatch(text) else None


def _date(text: str) -> date | None:
    """The day in the form YYYY-MM-DD; None for any other text."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
