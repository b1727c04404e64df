"""What a person typed -> a `Query`; whatever it is, it means something, and notices say what was not understood."""

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from recommender.paper_ids import canonical

from .words import words_in

LONGEST = 500  # characters of a question that are read
MOST_TERMS = 32  # words and phrases of a question that are searched for
SHORTEST_START = 3  # letters of a last word that may still be the start of one


class Where(Enum):
    """In which part of a paper a term is searched for."""

    ANYWHERE = "anywhere"
    TITLE = "title"
    AUTHOR = "author"
    CATEGORY = "category"


@dataclass(frozen=True)
class Term:
    """A word, or words that stand next to each other; of a category the one word is its code.

    `is_start` says that the last of the words may go on.
    """

    words: tuple[str, ...]
    where: Where = Where.ANYWHERE
    is_excluded: bool = False
    is_start: bool = False


@dataclass(frozen=True)
class Query:
    """Papers that are searched for: every term must occur in them, excluded ones must not.

    ids      papers that were named by their id, to be shown first
    notices  what was not understood or left out, in words for the reader
    """

    terms: tuple[Term, ...] = ()
    ids: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    notices: tuple[str, ...] = ()

    @property
    def wanted(self) -> list[Term]:
        return [term for term in self.terms if not term.is_excluded]

    @property
    def says_words(self) -> bool:
        """Whether there is anything to rank by: words that are wanted, wherever they stand."""
        return any(term.where != Where.CATEGORY for term in self.wanted)

    @property
    def in_title(self) -> "Query | None":
        """The papers among these that have all the wanted words in their title; None where no word is wanted."""
        if all(term.where != Where.ANYWHERE for term in self.wanted):
            return None
        return replace(self, terms=tuple(map(_to_the_title, self.terms)))

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.ids or self.since or self.until)

    def narrowed(
        self, author: str = "", category: str = "", since: date | None = None, until: date | None = None
    ) -> "Query":
        """The same with what the fields beside the words say."""
        more = [_author(author), _category(category)]
        return replace(
            self,
            terms=self.terms + tuple(term for term in more if term is not None),
            since=max(filter(None, [self.since, since]), default=None),
            until=min(filter(None, [self.until, until]), default=None),
        )


def _to_the_title(term: Term) -> Term:
    is_free = term.where == Where.ANYWHERE and not term.is_excluded
    return replace(term, where=Where.TITLE) if is_free else term


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
    """The question that a text asks; see the search page for the language.

    typing  the person has not finished: a last plain word of at least `SHORTEST_START` letters may be the start of one
    """
    query, notices = Query(), list[str]()
    if len(text) > LONGEST:
        notices.append(f"Only the first {LONGEST} characters of the search were read.")
    for piece in _PIECE.finditer(_cleaned(text[:LONGEST])):
        query = _with(query, piece)
    if len(query.terms) > MOST_TERMS:
        notices.append(f"Only the first {MOST_TERMS} words were searched for.")
        query = replace(query, terms=query.terms[:MOST_TERMS])
    if typing:
        query = _unfinished(query, text)
    return replace(query, notices=(*notices, *query.notices))


def paper_id_in(text: str) -> str | None:
    """The public id that a word is, or that a link or a DOI ends with; None for anything else."""
    if found := canonical(text):
        return found
    if "/" not in text:
        return None
    address = re.split(r"[?#]", text, maxsplit=1)[0].rstrip("/").removesuffix(".pdf")
    parts = re.sub(r"(?i)/arxiv\.(?=\d)", "/", address).split("/")
    return canonical(parts[-1]) or canonical("/".join(parts[-2:]))


def _cleaned(text: str) -> str:
    """Without control characters and the like; every kind of double quotation mark is the plain one."""
    return "".join(letter if letter.isprintable() else " " for letter in text).translate(_QUOTES)


def _with(query: Query, piece: re.Match[str]) -> Query:
    field, said = (piece["field"] or "").lower(), piece["word"] or piece["phrase"] or ""
    excluded = bool(piece["minus"])
    if field in _BOUNDS and not excluded:
        return _bounded(query, field, said)
    if not field and not excluded and piece["word"] and (public_id := paper_id_in(said)):
        return replace(query, ids=tuple(dict.fromkeys((*query.ids, public_id))))
    return _and(query, _term(field, said), excluded, field)


def _bounded(query: Query, field: str, said: str) -> Query:
    day = _date(said)
    if day is None:
        return _misread(query, field, said, "is no date such as 2026-05-01")
    return query.narrowed(
        since=day if field in ("day", "since") else None, until=day if field in ("day", "until") else None
    )


def _and(query: Query, term: Term | None, excluded: bool, field: str) -> Query:
    if term is None:
        return query
    if term.where == Where.ANYWHERE and field in _FIELDS:
        return _misread(query, field, " ".join(term.words), "is no category such as cs.LG")
    return replace(query, terms=(*query.terms, replace(term, is_excluded=excluded)))


def _misread(query: Query, field: str, said: str, why: str) -> Query:
    """What a field cannot mean is searched for as words."""
    words = words_in(said)
    terms = (*query.terms, Term(words)) if words else query.terms
    return replace(query, terms=terms, notices=(*query.notices, f"“{field}:{said}” {why}; searched for as words."))


def _term(field: str, said: str) -> Term | None:
    where = _FIELDS.get(field, Where.ANYWHERE)
    if where == Where.AUTHOR:
        return _author(said)
    if where == Where.CATEGORY:
        return _category(said) or _words(said, Where.ANYWHERE)
    return _words(said, where)


def _words(said: str, where: Where) -> Term | None:
    words = words_in(said)
    return Term(words, where) if words else None


def _author(said: str) -> Term | None:
    """The name in the order in which papers have it: `Lovelace, Ada` is turned round."""
    last, comma, first = said.partition(",")
    return _words(f"{first} {last}" if comma else said, Where.AUTHOR)


def _category(said: str) -> Term | None:
    return Term((said.lower(),), Where.CATEGORY) if _CODE.fullmatch(said) else None


def _date(said: str) -> date | None:
    if not _DAY.fullmatch(said):
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _unfinished(query: Query, text: str) -> Query:
    """The same with its last word as the start of one, where a plain word is what the text ends with."""
    last = query.terms[-1] if query.terms else Term(("",))
    is_last = last.words[-1:] == words_in(text)[-1:] and text[-1:].isalnum()
    if not is_last or last.is_excluded or last.where == Where.CATEGORY or len(last.words[-1]) < SHORTEST_START:
        return query
    return replace(query, terms=(*query.terms[:-1], replace(last, is_start=True)))
