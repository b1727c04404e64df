"""The search on PostgreSQL: a `Query` as conditions on the generated columns of the papers."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from .query import Query, Term, Where
from .schema import PERIODS, TABLE, period_of
from .words import WORD, category_word, finished, folded, name_words

# ts_rank_cd's weights of abstract, nothing, authors, title; the 1 divides by 1 + log(length).
_RANK = "ts_rank_cd('{0.1, 0, 0.4, 1}', search_words, {query}, 1)"
_FIRST_WINDOW = 2_000  # papers, the newest, that are searched first
_MOST_PERIODS = 64  # of one search; more are slower than none
_DAY = timedelta(days=1)

_Sql = tuple[str, list[Any]]


def newest(query: Query, limit: int) -> list[int]:
    """Primary keys of the newest papers found, newest first.

    The index knows no order, but of which period a paper is. So the newest papers are searched first, then so many days
    before them as should hold enough, and in the end all that are left: a frequent word costs no more in a large
    catalogue than in a small one.
    """
    if not query.wanted:
        return _in_order_of_time(query, limit)
    found: list[int] = []
    earliest, first, last = _days(query)
    until = last
    while first > earliest:
        found += _between(first, until, query, limit - len(found))
        if len(found) == limit:
            return found
        until = first - _DAY
        first = _before(first, (last - until).days, len(found), limit)
    return found + _between(earliest, until, query, limit - len(found))


def ranked(query: Query, limit: int) -> list[int]:
    """The same papers, best first; ties go to the newer."""
    found = newest(query, limit)
    rank, values = _rank(query)
    rows = _fetched(f"SELECT id, {rank} FROM {TABLE} WHERE id = ANY(%s)", [*values, found])
    ranks = dict(rows)
    return sorted((pk for pk in found if pk in ranks), key=lambda pk: -ranks[pk])


def _in_order_of_time(query: Query, limit: int) -> list[int]:
    """Without a word that is wanted: through the papers one by one, the newest first."""
    where, values = _where(query)
    rows = _fetched(f"SELECT id FROM {TABLE} WHERE {where} ORDER BY day DESC, id DESC LIMIT %s", [*values, limit])
    return [pk for (pk,) in rows]


def _days(query: Query) -> tuple[date, date, date]:
    """The first day that the query allows, the first of those that are searched first, and the last that it allows."""
    earliest, last = query.since or date.min, query.until or date.max
    allowed = f"FROM {TABLE} WHERE day BETWEEN %s AND %s"
    nth_newest = f"(SELECT day {allowed} ORDER BY day DESC OFFSET %s LIMIT 1)"
    values = [earliest, last, _FIRST_WINDOW, earliest, last]
    ((oldest, first, latest_day),) = _fetched(f"SELECT min(day), {nth_newest}, max(day) {allowed}", values)
    oldest = oldest or last
    return oldest, first or oldest, latest_day or last


def _before(first: date, days: int, found: int, limit: int) -> date:
    """The first day to search next, when so many papers were found in so many days."""
    more = max(days, days * 2 * (limit - found) // (found or 1))
    return date.fromordinal(max(1, first.toordinal() - more))


def _between(first: date, last: date, query: Query, limit: int) -> list[int]:
    where, values = _where(query)
    periods = [*range(period_of(first), period_of(last) + 1)]
    if len(periods) <= _MOST_PERIODS:
        where, values = f"{where} AND {PERIODS} && %s", [*values, periods]
    # `day + 0` keeps the planner from reading the texts' words paper by paper in order of time, which is slower.
    rows = _fetched(
        f"SELECT id FROM {TABLE} WHERE {where} AND day + 0 BETWEEN %s AND %s ORDER BY day + 0 DESC, id DESC LIMIT %s",
        [*values, first, last, limit],
    )
    return [pk for (pk,) in rows]


def _where(query: Query) -> _Sql:
    conditions = [*_conditions(query)]
    return " AND ".join(sql for sql, _ in conditions), [value for _, values in conditions for value in values]


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
