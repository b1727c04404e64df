"""`/days/`: which days have papers, and how many."""

from datetime import date, timedelta

from .planting import DAY, paper, papers

DAYS = "/api/v1/days/"


def test_days_are_newest_first_with_their_number_of_papers(ada_api):
    papers(3)
    paper("hep-th/9901001", date(1999, 1, 1))
    assert ada_api.get(DAYS).json()["results"] == [
        {"day": "2026-07-21", "papers": 3},
        {"day": "1999-01-01", "papers": 1},
    ]


def test_without_papers_there_are_no_days(ada_api):
    assert ada_api.get(DAYS).json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_days_come_in_pages(ada_api):
    for back in range(51):
        paper(f"2607.{back:05d}", DAY - timedelta(days=back))
    first = ada_api.get(DAYS).json()
    [last] = ada_api.get(first["next"]).json()["results"]
    assert (first["count"], last["day"]) == (51, str(DAY - timedelta(days=50)))


def test_days_take_the_same_queries_however_many_there_are(ada_api, django_assert_num_queries):
    for start in (0, 20):
        for back in range(start, start + 20):
            paper(f"2607.{back:05d}", DAY - timedelta(days=back))
        with django_assert_num_queries(3):  # who is asking, how many, which
            ada_api.get(DAYS)
