"""`/days/`, and the papers of one day, week or month, for readers and for anybody."""

from datetime import date, timedelta

import pytest
from django.test import Client

from recommender.models import Paper
from recommender.votes import cast
from tests.feeds.conftest import CheckedClient
from tests.feeds.planting import DAY, paper, papers

DAYS = "/api/v1/days/"
DAY_URL, WEEK_URL, MONTH_URL = "/api/v1/days/2026-07-21/", "/api/v1/weeks/2026-W30/", "/api/v1/months/2026-07/"
URLS = [DAY_URL, WEEK_URL, MONTH_URL]


def ids(answer):
    return [row["paper"]["id"] for row in answer["results"]]


def listed(client, address, **asked):
    response = client.get(address, asked)
    assert response.status_code == 200, response.content
    return response.json()


def pages_of(client, answer, between=lambda: None):
    paper_ids = ids(answer)
    while answer["next"]:
        between()
        answer = client.get(answer["next"]).json()
        paper_ids += ids(answer)
    return paper_ids


SPANS = [
    (DAY_URL, None, "2026-07-21", 3),
    (WEEK_URL, "2026-07-20", "2026-07-26", 4),
    (MONTH_URL, "2026-07-01", "2026-07-31", 5),
]


@pytest.mark.parametrize(("address", "first_day", "day", "count"), SPANS)
def test_a_day_a_week_and_a_month_have_their_papers(ada_api, address, first_day, day, count):
    papers(3)
    paper("2607.00010", date(2026, 7, 20))  # a Monday, and so of the same week
    paper("2607.00011", date(2026, 7, 19))
    paper("2608.00001", date(2026, 8, 1))
    answer = listed(ada_api, address)
    assert (answer["first_day"], answer["day"], answer["count"]) == (first_day, day, count)


@pytest.mark.parametrize("address", URLS)
@pytest.mark.parametrize(
    ("query", "mode"), [({}, "hybrid"), ({"sort": "popular"}, "popular"), ({"sort": "recent"}, "recent")], ids=str
)
def test_a_reader_gets_their_own_order_unless_they_request_another(ada, bob, ada_api, planted, address, query, mode):
    cast(ada, planted[0][10], 1)
    cast(bob, planted[1][0], 1)
    assert listed(ada_api, address, **query)["mode"] == mode


@pytest.mark.parametrize("address", URLS)
def test_anonymous_gets_the_popular_order_and_learns_how_to_get_their_own(ada, planted, address):
    cast(ada, planted[1][0], 1)
    client = CheckedClient()
    assert listed(client, address)["mode"] == "popular"
    response = client.get(address, {"sort": "mine"})
    assert (response.status_code, "sort=popular" in response.json()["detail"]) == (401, True)
    assert response["WWW-Authenticate"]


@pytest.mark.parametrize("address", URLS)
def test_anonymous_pages_do_not_skip_or_repeat_papers_while_votes_arrive(ada, db, address):
    remaining = iter(papers(9))
    client = CheckedClient()
    whole = ids(listed(client, address))
    first = listed(client, address, limit=2)
    assert pages_of(client, first, lambda: cast(ada, next(remaining), 1)) == whole
    assert ids(listed(client, address)) != whole


def test_a_cursor_stays_with_its_ranking_and_belongs_to_its_reader(ada, bob, ada_api, checked, planted):
    cast(ada, planted[0][10], 1)
    whole = ids(listed(ada_api, WEEK_URL, limit=100))
    first = listed(ada_api, WEEK_URL, limit=5)
    votes = iter(planted[1] + planted[0])
    assert checked(bob).get(first["next"]).status_code == 404
    assert CheckedClient().get(first["next"]).status_code == 404
    assert pages_of(ada_api, first, lambda: cast(ada, next(votes), 1)) == whole


def test_a_cursor_of_another_day_is_a_400(ada_api):
    papers(3)
    paper("2607.00010", date(2026, 7, 20))
    following = listed(ada_api, DAY_URL, limit=1)["next"]
    response = ada_api.get(following.replace("2026-07-21", "2026-07-20"))
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "cursor")


def test_a_category_of_one_day_keeps_positions_on_every_page(ada_api):
    for number in range(8):
        paper(f"2607.{number:05d}", categories=["cs.LG"] if number % 2 else ["math.AG"])
    answer = listed(ada_api, DAY_URL, category="cs.LG", limit=3)
    assert [row["position"] for row in answer["results"]] == [1, 3, 5]
    assert pages_of(ada_api, answer) == ["2607.00007", "2607.00005", "2607.00003", "2607.00001"]


def test_a_week_and_a_month_are_ranked_for_a_category(ada_api):
    for number in range(8):
        paper(f"2607.{number:05d}", categories=["cs.LG"] if number % 2 else ["math.AG"])
    for address in (WEEK_URL, MONTH_URL):
        answer = listed(ada_api, address, category="cs.LG")
        assert (answer["category"], [row["position"] for row in answer["results"]]) == ("cs.LG", [1, 2, 3, 4])


def test_a_53rd_week_is_there_in_the_years_that_have_one(ada_api):
    paper("2012.00001", date(2020, 12, 31))
    answer = listed(ada_api, "/api/v1/weeks/2020-W53/")
    assert (answer["first_day"], answer["day"], answer["count"]) == ("2020-12-28", "2021-01-03", 1)


NOT_THERE = [
    "weeks/2021-W53", "weeks/2026-W00", "weeks/2026-W54", "weeks/2026-30", "weeks/0000-W01", "weeks/9999-W52",
    "weeks/2026-w30", "weeks/%00", "months/2026-13", "months/2026-00", "months/0000-01", "months/9999-12",
    "months/2026-7", "days/2026-02-30", "days/2026-7-1", "days/today", "days/0001-01-01", "days/9999-12-31",
    "days/2020-01-01", "weeks/2020-W01", "months/2020-01", "weeks/0001-W01", "days/%ff",
]  # fmt: skip


@pytest.mark.parametrize("name", NOT_THERE)
def test_a_period_that_does_not_exist_or_has_no_papers_is_a_404(ada_api, name):
    papers(1)
    response = ada_api.get(f"/api/v1/{name}/")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_the_page_of_a_week_that_ends_after_the_last_day_is_a_404(db):
    assert Client().get("/week/9999-W52/").status_code == 404


@pytest.mark.parametrize("address", URLS)
@pytest.mark.parametrize(
    ("field", "value"),
    [("sort", "best"), ("limit", "0"), ("category", "cs_LG"), ("cursor", "x"), ("cursor", "")],
)
def test_an_invalid_query_is_a_400_that_names_it(ada_api, address, field, value):
    papers(2)
    response = ada_api.get(address, {field: value})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize("address", URLS)
def test_the_number_of_queries_does_not_depend_on_the_number_of_papers(
    ada, ada_api, address, django_assert_max_num_queries
):
    counts = []
    for start in (1, 31):
        for number in range(start, start + 30):
            paper(f"2607.{number:05d}")
        listed(ada_api, address, limit=100)
        with django_assert_max_num_queries(20) as counted:
            listed(ada_api, address, limit=100)
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]


def test_a_withdrawn_paper_is_not_listed(ada_api):
    two = papers(2)
    Paper.objects.filter(pk=two[0].pk).update(withdrawn=True)
    assert ids(listed(ada_api, DAY_URL)) == [two[1].public_id]
    assert DAY - timedelta(days=1) < two[1].day


def test_days_are_listed_newest_first_with_their_number_of_papers(ada_api):
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


def test_the_number_of_queries_does_not_depend_on_the_number_of_days(ada_api, django_assert_num_queries):
    for start in (0, 20):
        for back in range(start, start + 20):
            paper(f"2607.{back:05d}", DAY - timedelta(days=back))
        with django_assert_num_queries(3):  # who is asking, how many, which
            ada_api.get(DAYS)


def test_the_daily_sort_lists_the_first_ten_of_each_day_newest_first(ada_api):
    for n in range(12):
        paper(f"2607.000{n:02d}", date(2026, 7, 20))
    paper("2607.00099", date(2026, 7, 21))
    answer = listed(ada_api, WEEK_URL, sort="daily")
    assert (answer["count"], ids(answer)[0]) == (11, "2607.00099")
    assert answer["mode_reason"].startswith("You chose the first 10 papers of each day.")


@pytest.mark.parametrize("address", [DAY_URL, "/api/v1/me/feed/?day=2026-07-21"])
def test_the_daily_sort_of_a_single_day_is_refused_by_name(ada_api, address):
    papers(1)
    response = ada_api.get(address, {"sort": "daily"}) if "?" not in address else ada_api.get(f"{address}&sort=daily")
    assert response.status_code == 400
    assert "needs several days" in response.content.decode()


def test_an_order_that_nobody_chose_is_not_called_a_choice(ada_api, db):
    papers(1)
    by_default = listed(Client(), DAY_URL)["mode_reason"]
    chosen = [listed(client, DAY_URL, sort="popular")["mode_reason"] for client in (Client(), ada_api)]
    assert by_default.startswith("You are not signed in.")
    assert [reason.partition(".")[0] for reason in chosen] == ["You chose the most popular papers first"] * 2


def test_without_a_token_only_a_request_for_the_own_order_is_refused(db):
    papers(1)
    assert Client().get(DAY_URL, {"sort": "mine"}).status_code == 401
    assert Client().get(DAY_URL).status_code == 200
