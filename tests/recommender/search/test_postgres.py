"""The newest matching papers, however far back the search has to go."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection

from recommender.search import postgres, schema
from recommender.search.query import parse
from tests.recommender.planted import FIRST_DAY, a_paper
from tests.threads import commits

by_time = import_module("recommender.migrations.0013_search_by_time")
pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL only: run with --servers")


@pytest.fixture
def forty(db):
    """Waves on every third of forty papers, the newest last, four on a day."""
    return [
        a_paper(f"2611.{n:05d}", "Waves" if n % 3 == 0 else "Cats", day=FIRST_DAY + timedelta(days=n // 4)).pk
        for n in range(40)
    ]


@pytest.mark.parametrize("first", [1, 3, 10, 39, 40, 1000])
@pytest.mark.parametrize("limit", [1, 5, 14, 50])
def test_the_newest_are_found_whatever_part_is_searched_first(forty, first, limit):
    assert postgres.newest(parse("waves"), limit, first) == forty[::-3][:limit]


def test_an_old_paper_is_found_although_the_newest_are_searched_first(forty):
    assert postgres.newest(parse(f"waves until:{FIRST_DAY}"), 1000, 1) == [forty[3], forty[0]]


@pytest.mark.parametrize("first", [1, 10, 1000])
def test_days_that_bound_a_search_bound_every_part_of_it(forty, first):
    """The papers 12 to 27 are of the days 3 to 6; of them 12, 15, 18, 21, 24 and 27 are on waves."""
    bounds = f"since:{FIRST_DAY + timedelta(days=3)} until:{FIRST_DAY + timedelta(days=6)}"
    assert postgres.newest(parse(f"waves {bounds}"), 50, first) == forty[27:11:-3]
    assert postgres.newest(parse(f"-cats {bounds}"), 2, first) == [forty[27], forty[24]]
    assert postgres.newest(parse("waves since:2027-01-01"), 50, first) == []


def test_papers_of_many_years_are_found_in_order(db):
    """Forty years are more periods than one search names."""
    papers = [a_paper(f"2611.{n:05d}", "Waves", day=date(1991 + n, 8, 14)).pk for n in range(40)]
    assert postgres.newest(parse("waves"), 1000, 3) == papers[::-1]
    assert postgres.newest(parse("waves"), 5, 3) == papers[:-6:-1]


def indexes():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'paper_search%%'"
            " AND (SELECT indisvalid FROM pg_index WHERE indexrelid = indexname::regclass)"
        )
        return {name for (name,) in cursor.fetchall()}


@commits
def test_the_migration_replaces_the_index_without_periods_and_can_be_reversed():
    a_paper("2611.00001", "Waves")
    with connection.schema_editor(atomic=False) as editor:
        by_time.remove_periods(None, editor)
    assert indexes() == {"paper_search_words", "paper_search_title"}
    for _ in range(2):
        with connection.schema_editor(atomic=False) as editor:
            by_time.add_periods(None, editor)
        assert indexes() == {"paper_search_by_time"}
    assert len(postgres.newest(parse("waves"), 5)) == 1


def test_the_database_and_the_search_agree_on_the_number_of_a_period(db):
    days = [date(1, 1, 1), date(1991, 8, 14), date(2026, 11, 23), date(9999, 12, 31)]
    for number, day in enumerate(days):
        a_paper(f"2611.{number:05d}", "Waves", day=day)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {schema.PERIODS} FROM {schema.TABLE} ORDER BY day")
        assert cursor.fetchall() == [([schema.period_of(day)],) for day in days]
