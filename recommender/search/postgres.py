"""Search on PostgreSQL: a `Query` as conditions on the generated columns of the papers."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from .query import Query, Term, Where
from .schema import PERIODS, TABLE, period_of
from .words import WORD, category_word, completions, fold, name_words

# ts_rank_cd's weights of abstract, nothing, authors, title; the 1 divides by 1 + log(length).
_RANK = "ts_rank_cd('{0.1, 0, 0.4, 1}', search_words, {query}, 1)"
FIRST_WINDOW = 2_000  # papers, the newest, that are searched first
_MOST_PERIODS = 64  # of one search; with more, naming them is slower than naming none
_DAY = timedelta(days=1)

_Sql = tuple[str, list[Any]]


def newest(query: Query, limit: int, first_window: int = FIRST_WINDOW) -> list[int]:
    """Primary keys of the newest matching papers, newest first.

    first_window  the number of papers, the newest, that are searched first

    The index has no order; it only knows the period of a paper. So the newest papers are searched first, then as many
    days before them as should hold enough, and in the end all that are left. A frequent word then costs no more in a
    large catalogue than in a small one.
    """
    where = _where(query)
    if not query.included:  # without words the papers are read one by one, the newest first
        return _fetch_pks(f"{where[0]} ORDER BY day DESC, id DESC LIMIT %s", [*where[1], limit])
    earliest, first, last = _window(query, first_window)
    until = last
    pks: list[int] = []
    while first > earliest:
        pks += _between(first, until, where, limit - len(pks))
        if len(pks) == limit:
            return pks
        until = first - _DAY
        days = (last - until).days
        more_days = max(days, days * 2 * (limit - len(pks)) // (len(pks) or 1))
        first = date.fromordinal(max(1, first.toordinal() - more_days))
    return pks + _between(earliest, until, where, limit - len(pks))


def ranked(query: Query, limit: int) -> list[int]:
    """The papers of `newest`, best first; ties go to the newer."""
    pks = newest(query, limit)
    terms = [_tsquery_of(term) for term in query.included if term.where != Where.CATEGORY]
    if not terms:
        return pks
    sql, values = _join(" && ", terms)
    rank = _RANK.replace("{query}", sql)
    ranks = dict(_fetch(f"SELECT id, {rank} FROM {TABLE} WHERE id = ANY(%s)", [*values, pks]))
    return sorted((pk for pk in pks if pk in ranks), key=lambda pk: -ranks[pk])


def _window(query: Query, papers: int) -> tuple[date, date, date]:
    """The first day, the n-th newest paper's day, and the last day.

    First and last are those that the query allows.
    """
    earliest, last = query.since or date.min, query.until or date.max
    allowed = f"FROM {TABLE} WHERE day BETWEEN %s AND %s"
    nth_newest = f"(SELECT day {allowed} ORDER BY day DESC OFFSET %s LIMIT 1)"
    values = [earliest, last, papers, earliest, last]
    ((oldest, first, newest_day),) = _fetch(f"SELECT min(day), {nth_newest}, max(day) {allowed}", values)
    oldest = oldest or last
    return oldest, first or oldest, newest_day or last


def _between(first: date, last: date, where: _Sql, limit: int) -> list[int]:
    """The newest papers of these days, newest first."""
    conditions, values = where
    periods = [*range(period_of(first), period_of(last) + 1)]
    if len(periods) <= _MOST_PERIODS:
        conditions, values = f"{conditions} AND {PERIODS} && %s", [*values, periods]
    # `day + 0` keeps the planner from reading the texts' words paper by paper in order of time, which is slower.
    return _fetch_pks(
        f"{conditions} AND day + 0 BETWEEN %s AND %s ORDER BY day + 0 DESC, id DESC LIMIT %s",
        [*values, first, last, limit],
    )


def _fetch_pks(where: str, values: Sequence[Any]) -> list[int]:
    return [pk for (pk,) in _fetch(f"SELECT id FROM {TABLE} WHERE {where}", values)]


def _fetch(statement: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _where(query: Query) -> _Sql:
    """The conditions of the query.

    Its days, and its terms on the column of the titles and on that of all words.
    """
    conditions: list[_Sql] = []
    if query.since:
        conditions.append(("day >= %s", [query.since]))
    if query.until:
        conditions.append(("day <= %s", [query.until]))
    in_title = [term for term in query.terms if term.where == Where.TITLE]
    elsewhere = [term for term in query.terms if term.where != Where.TITLE]
    for column, terms in (("search_title", in_title), ("search_words", elsewhere)):
        included = [_tsquery_of(term) for term in terms if not term.is_excluded]
        if included:
            sql, values = _join(" && ", included)
            conditions.append((f"{column} @@ {sql}", values))
        for term in terms:
            if term.is_excluded:
                sql, values = _tsquery_of(term)
                conditions.append((f"NOT {column} @@ {sql}", values))
    return " AND ".join(sql for sql, _ in conditions), [value for _, values in conditions for value in values]


def _tsquery_of(term: Term) -> _Sql:
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
            return _join(" || ", [words, name])


def _tsquery(configuration: str, words: Sequence[str], term: Term) -> _Sql:
    """A tsquery for these words in a row.

    Where the term is a start, the last word may go on: the text has a word that begins so, or one of its completions.
    """
    phrases = [[*words]]
    if term.is_start:
        phrases += [[*words[:-1], word] for word in completions(words[-1])]
    forms = []
    for phrase in phrases:
        # letters and digits only, so that they can stand in quotation marks
        parts = [part for word in phrase for part in WORD.findall(fold(word))]
        forms.append(" <-> ".join(f"'{part}'" for part in parts))
    if term.is_start:
        forms[0] += ":*"
    return f"to_tsquery('{configuration}', %s)", [" | ".join(f"({form})" for form in forms)]


def _join(operator: str, queries: Sequence[_Sql]) -> _Sql:
    return f"({operator.join(sql for sql, _ in queries)})", [value for _, values in queries for value in values]
