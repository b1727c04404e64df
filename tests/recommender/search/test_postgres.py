"""The newest papers found, however far back they are looked for."""

from datetime import timedelta

import pytest
from django.db import connection

from recommender.search import postgres
from recommender.search.asking import parse
from tests.recommender.planted import FIRST_DAY, a_paper

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
def test_the_newest_are_found_whatever_part_is_searched_first(forty, monkeypatch, first, limit):
    monkeypatch.setattr(postgres, "_FIRST_WINDOW", first)
    assert postgres.newest(parse("waves"), limit) == forty[::-3][:limit]


def test_an_old_paper_is_found_although_the_newest_are_searched_first(forty, monkeypatch):
    monkeypatch.setattr(postgres, "_FIRST_WINDOW", 1)
    assert postgres.newest(parse(f"waves until:{FIRST_DAY}"), 1000) == [forty[3], forty[0]]
