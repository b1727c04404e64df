"""The search on PostgreSQL: a `Query` as conditions on the generated columns of the papers."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from .asking import Query, Term, Where
from .schema import TABLE
from .words import WORD, category_word, finished, folded, name_words

# ts_rank_cd's weights of abstract, nothing, authors, title; the 1 divides by 1 + log(length).
_RANK = "ts_rank_cd('{0.1, 0, 0.4, 1}', search_words, {query}, 1)"
_FIRST_WINDOW, _LAST_WINDOW = 2_000, 50_000

_Sql = tuple[str, list[Any]]


def newest(query: Query, limit: int) -> list[int]:
    """Primary keys of the newest papers found, newest first.

    The index knows no order. So the newest papers are searched first, then so many as should hold enough, and all of
    them where even those do not: a frequent word costs no more in a large catalogue than in a small one.
    """
    window = _FIRST_WINDOW
    while window <= _LAST_WINDOW and (day := _day_of(window)):
        found = _since(day, query, limit)
        if len(found) == limit:
            return found
        window = max(2 * window, window * 3 * limit // (2 * len(found) or 1))
    return _since(date.min, query, limit)


def ranked(query: Query, limit: int) -> list[int]:
    """The same papers, best first; ties go to the newer."""
    found = newest(query, limit)
    rank, values = _rank(query)
    rows = _fetched(f"SELECT id, {rank} FROM {TABLE} WHERE id = ANY(%s)", [*values, found])
    ranks = dict(rows)
    return sorted((pk for pk in found if pk in ranks), key=lambda pk: -ranks[pk])


def _day_of(place: int) -> date | None:
    """The day of the paper that is so many places after the newest."""
    rows = _fetched(f"SELECT day FROM {TABLE} ORDER BY day DESC OFFSET %s LIMIT 1", [place])
    return rows[0][0] if rows else None


def _since(day: date, query: Query, limit: int) -> list[int]:
    conditions = [("day >= %s", [day]), *_conditions(query)]
    where = " AND ".join(sql for sql, _ in conditions)
    values = [value for _, values in conditions for value in values]
    # `day + 0` keeps the planner from reading the texts' words paper by paper in order of time, which is slower.
    rows = _fetched(f"SELECT id FROM {TABLE} WHERE {where} ORDER BY day + 0 DESC, id DESC LIMIT %s", [*values, limit])
    return [pk for (pk,) in rows]


def _fetched(statement: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _conditions(query: Query) -> Iterable[_Sql]:
    if query.since:
        yield "day >= %s", [query.since]
    if query.until:
        yield "day <= %s", [query.until]
    for column, is_of in ((_TITLE, _is_of_title), (_WORDS, _is_of_words)):
        wanted = [_term(term) for term in query.wanted if is_of(term)]
        if wanted:
            yield _matches(column, _joined(" && ", wanted))
        for term in query.terms:
            if term.is_excluded and is_of(term):
                yield _matches(f"NOT {column}", _term(term))


_TITLE, _WORDS = "search_title", "search_words"


def _is_of_title(term: Term) -> bool:
    return term.where == Where.TITLE


def _is_of_words(term: Term) -> bool:
    return not _is_of_title(term)


def _matches(column: str, query: _Sql) -> _Sql:
    return f"{column} @@ {query[0]}", query[1]


def _rank(query: Query) -> _Sql:
    terms = [_term(term) for term in query.wanted if term.where != Where.CATEGORY]
    if not terms:
        return "0", []
    sql, values = _joined(" && ", terms)
    return _RANK.replace("{query}", sql), values


def _term(term: Term) -> _Sql:
    """The term as a tsquery."""
    words = _tsquery("paperboy_words", term.words, term)
    name = _tsquery("simple", name_words(term.words, is_start=term.is_start), term)
    match term.where:
        case Where.CATEGORY:
            return _tsquery("simple", [category_word(term.words[0])], term)
        case Where.AUTHOR:
            return name
        case Where.TITLE:
            return words
        case Where.ANYWHERE:
            return _joined(" || ", [words, name])


def _tsquery(configuration: str, words: Sequence[str], term: Term) -> _Sql:
    """The words one after the other; where the last may go on, so that it begins so or is one of its whole words."""
    forms = [_phrase(words)]
    if term.is_start:
        forms = [forms[0] + ":*", *(_phrase([*words[:-1], word]) for word in finished(words[-1]))]
    return f"to_tsquery('{configuration}', %s)", [" | ".join(f"({form})" for form in forms)]


def _phrase(words: Sequence[str]) -> str:
    """Letters and digits only, so that quotation marks hold them."""
    plain = [part for word in words for part in WORD.findall(folded(word))]
    return " <-> ".join(f"'{word}'" for word in plain)


def _joined(operator: str, queries: Sequence[_Sql]) -> _Sql:
    return f"({operator.join(sql for sql, _ in queries)})", [value for _, values in queries for value in values]
