"""Search on SQLite: a `Query` as an FTS5 expression.

All words are in quotation marks.
"""

from collections.abc import Sequence
from datetime import date

from django.db import connection

from .query import Query, Term, Where
from .schema import DAY_SHIFT, INDEX
from .words import category_word, completions, name_words

# bm25's weights of title, authors, abstract, categories; its smallest values are the best.
_RANK = f"bm25({INDEX}, 10, 4, 1, 0)"
_EVERY_PAPER = 'authors : "00"'
_JULIAN = 1_721_424  # a day's Julian day number less its ordinal


def newest(query: Query, limit: int) -> list[int]:
    """Primary keys of the newest matching papers, newest first."""
    return [row_id % DAY_SHIFT for row_id, _ in _rows(query, "0", limit)]


def ranked(query: Query, limit: int) -> list[int]:
    """The papers of `newest`, best first; ties go to the newer."""
    rows = sorted(_rows(query, _RANK, limit), key=lambda row: row[1])
    return [row_id % DAY_SHIFT for row_id, _ in rows]


def _rows(query: Query, rank: str, limit: int) -> list[tuple[int, float]]:
    """Row ids and ranks of the newest matches.

    The index is in order of time, so SQLite stops at the limit.
    """
    earliest = _first_row(query.since or date.min)
    latest = _first_row(query.until or date.max) + DAY_SHIFT - 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid, {rank} FROM {INDEX} WHERE {INDEX} MATCH %s AND rowid BETWEEN %s AND %s"
            " ORDER BY rowid DESC LIMIT %s",
            [expression(query), earliest, latest, limit],
        )
        return list(cursor.fetchall())


def _first_row(day: date) -> int:
    return (day.toordinal() + _JULIAN) * DAY_SHIFT


def expression(query: Query) -> str:
    """The FTS5 expression of the terms."""
    included = " AND ".join(map(_term, query.included)) or _EVERY_PAPER
    excluded = " OR ".join(_term(term) for term in query.terms if term.is_excluded)
    return f"({included}) NOT ({excluded})" if excluded else included


def _term(term: Term) -> str:
    """The term with the columns that it is searched for in."""
    text, name = _phrase(term.words, term), _phrase(name_words(term.words, is_start=term.is_start), term)
    match term.where:
        case Where.CATEGORY:
            return f'categories : "{category_word(term.words[0])}"'
        case Where.AUTHOR:
            return f"authors : {name}"
        case Where.TITLE:
            return f"title : {text}"
        case Where.ANYWHERE:
            return f"({{title abstract}} : {text} OR authors : {name})"


def _phrase(words: Sequence[str], term: Term) -> str:
    """The words in a row.

    Where the term is a start, the last may go on or be one of its completions.
    """
    if not term.is_start:
        return f'"{" ".join(words)}"'
    completed = (f'"{" ".join([*words[:-1], word])}"' for word in completions(words[-1]))
    started = f'"{" ".join(words)}" *'
    return f"({' OR '.join([started, *completed])})"
