"""The parameters of `/me/feed/`: days, order, exploration and filters; and why a paper is in its place."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from feeds.models import visits
from recommender import votes
from recommender.models import Impression, Paper, Ranking
from tests.feeds.planting import DAY, paper, papers

FEED = "/api/v1/me/feed/"


def ids(answer):
    return [row["paper"]["id"] for row in answer["results"]]


def positions(answer):
    return [row["position"] for row in answer["results"]]


def feed(client, **asked):
    response = client.get(FEED, asked)
    assert response.status_code == 200, response.content
    return response.json()


@pytest.fixture
def voter(ada, planted):
    for number in (8, 9, 10):
        votes.cast(ada, planted[0][number], 1)
    return ada


@pytest.fixture
def this_week(db):
    """A paper of today and one of each of the seven days before."""
    today = timezone.now().date()
    return [paper(f"2611.{back:05d}", today - timedelta(days=back)) for back in range(8)]


def test_a_window_ends_with_the_last_day_that_has_papers(voter, ada_api):
    answer = feed(ada_api, window="2d", limit=100)
    assert (answer["first_day"], answer["day"], answer["count"]) == ("2026-07-20", "2026-07-21", 32)


def test_a_window_of_one_day_is_the_feed_of_that_day(voter, ada_api):
    assert feed(ada_api, window="1d") == feed(ada_api)


def test_since_a_day_includes_all_later_papers(ada_api, this_week):
    first = timezone.now().date() - timedelta(days=2)
    assert ids(feed(ada_api, since=str(first))) == [one.public_id for one in this_week[:3]]


def test_since_the_last_visit_starts_with_its_day_and_counts_as_a_visit(ada, ada_api, this_week):
    visits.record(ada, timezone.now() - timedelta(days=3))
    answer = feed(ada_api, since="last_visit")
    assert answer["first_day"] == str(timezone.now().date() - timedelta(days=3))
    assert timezone.now() - ada.visit.__class__.objects.get(reader=ada).seen_at < timedelta(minutes=1)


def test_a_first_visit_gets_a_week(ada_api, this_week):
    assert feed(ada_api, since="last_visit")["first_day"] == str(timezone.now().date() - timedelta(days=7))


def test_nothing_new_is_a_404_that_says_so(ada_api):
    papers(1, date(2020, 1, 1))
    response = ada_api.get(FEED, {"since": "last_visit"})
    assert (response.status_code, "/api/v1/days/" in response.json()["detail"]) == (404, True)


@pytest.mark.parametrize(("sort", "mode"), [("mine", "hybrid"), ("popular", "popular"), ("recent", "recent")])
def test_a_feed_can_be_sorted(voter, bob, ada_api, planted, sort, mode):
    votes.cast(bob, planted[0][0], 1)
    assert feed(ada_api, sort=sort)["mode"] == mode


def test_a_category_of_one_day_keeps_the_positions_of_the_ranking(voter, ada_api):
    Paper.objects.filter(day=DAY, public_id__endswith="10").update(categories=["cs.LG"])
    whole, some = feed(ada_api), feed(ada_api, category="cs.lg")
    expected = [row["position"] for row in whole["results"] if row["paper"]["categories"] == ["cs.LG"]]
    assert (positions(some), some["count"], some["ranking_id"]) == (expected, 2, whole["ranking_id"])


def test_several_days_are_ranked_for_the_category(voter, ada_api):
    Paper.objects.filter(public_id__endswith="10").update(categories=["cs.LG"])
    some = feed(ada_api, category="cs.LG", window="2d")
    assert (positions(some), some["category"]) == ([1, 2, 3, 4], "cs.LG")


def test_a_category_without_papers_is_empty_for_a_day_and_a_404_for_several(voter, ada_api):
    assert feed(ada_api, category="math.AG")["count"] == 0
    response = ada_api.get(FEED, {"category": "math.AG", "window": "2d"})
    assert (response.status_code, "in math.AG" in response.json()["detail"]) == (404, True)


def test_no_place_has_less_than_the_minimum_score(voter, ada_api):
    whole = feed(ada_api)
    fifth = sorted((row["score"] for row in whole["results"]), reverse=True)[4]
    some = feed(ada_api, min_score=f"{fifth - 1e-6:.6f}")
    assert all(row["score"] > fifth - 2e-6 for row in some["results"])
    assert set(positions(some)) == {row["position"] for row in whole["results"] if row["score"] >= fifth}


def test_an_order_by_time_has_no_place_with_a_minimum_score(voter, ada_api):
    assert feed(ada_api, sort="recent", min_score="-5")["count"] == 0


def test_papers_voted_on_or_shown_can_be_left_out(voter, bob, ada_api, planted):
    whole = feed(ada_api)
    graphs, _ = planted
    ranking = Ranking.objects.get(public_id=whole["ranking_id"])
    Impression.objects.create(reader=voter, ranking=ranking, paper=graphs[1], position=1, surface="api")
    votes.cast(voter, graphs[0], -1)
    votes.cast(bob, graphs[2], 1)
    assert set(ids(whole)) - set(ids(feed(ada_api, exclude_seen="true"))) == {
        graphs[0].public_id, graphs[1].public_id
    }  # fmt: skip


def test_without_explanations_entries_have_no_why(voter, ada_api):
    rows, whole = feed(ada_api, explain="false")["results"], feed(ada_api)["results"]
    assert rows == [{name: row[name] for name in row if name != "why"} for row in whole]


def test_a_share_of_exploration_applies_to_this_ranking_only(voter, ada_api):
    for number in range(45):
        paper(f"2609.{number:05d}", title=f"The {number}")
    explored = feed(ada_api, explore="0.3", limit=20)["results"]
    by_rank = {row["exploration"]["propensity"] for row in explored if not row["exploration"]["is"]}
    assert list(by_rank) == pytest.approx([1 - 0.3])
    assert {row["exploration"]["propensity"] for row in feed(ada_api)["results"]} == {1}
    assert User.objects.get(pk=voter.pk).exploration == 0


def test_a_reader_with_exploration_can_request_a_ranking_without_it(voter, ada_api):
    plain = ids(feed(ada_api))
    User.objects.filter(pk=voter.pk).update(exploration=0.3)
    assert ids(feed(ada_api, explore="0")) == plain


def test_as_of_returns_the_ranking_stored_at_that_time(voter, ada_api, planted):
    first = feed(ada_api)
    between = timezone.now()
    votes.cast(voter, planted[1][10], 1)
    second = feed(ada_api)
    feed(ada_api, sort="popular")
    assert feed(ada_api, as_of=between.isoformat()) == first
    assert feed(ada_api, as_of=timezone.now().isoformat(), day=str(DAY)) == second != first


def test_as_of_keeps_the_popular_and_the_own_order_apart(voter, ada_api):
    own, popular = feed(ada_api), feed(ada_api, sort="popular")
    now = timezone.now().isoformat()
    assert (feed(ada_api, as_of=now), feed(ada_api, as_of=now, sort="popular")) == (own, popular)


def test_as_of_without_a_ranking_is_a_404_with_the_remedy(voter, bob, ada_api, checked):
    feed(ada_api)
    response = checked(bob).get(FEED, {"as_of": timezone.now().isoformat()})
    assert (response.status_code, "leave out as_of" in response.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    "query", [{"category": "cs.LG"}, {"exclude_seen": "true"}, {"explain": "false"}, {"min_score": "-100"}], ids=str
)
def test_pages_keep_the_filters_and_do_not_skip_or_repeat_papers_while_votes_arrive(voter, ada_api, planted, query):
    Paper.objects.filter(day=DAY, public_id__startswith="2607").update(categories=["cs.LG"])
    whole = feed(ada_api, **query)
    page, paper_ids = feed(ada_api, limit=3, **query), []
    while True:
        paper_ids += page["results"]
        if not page["next"]:
            break
        votes.cast(voter, Paper.objects.get(public_id=page["results"][0]["paper"]["id"]), -1)
        page = ada_api.get(page["next"]).json()
        assert page["ranking_id"] == whole["ranking_id"]
    assert [row["position"] for row in paper_ids] == positions(whole)
    assert ["why" in row for row in paper_ids] == ["why" in row for row in whole["results"]]


TOGETHER = [
    ({"day": "2026-07-21", "window": "2d"}, "window"),
    ({"day": "2026-07-21", "since": "last_visit"}, "since"),
    ({"since": "last_visit", "window": "2d"}, "window"),
    ({"as_of": "2026-07-22T00:00:00Z", "window": "2d"}, "as_of"),
    ({"as_of": "2026-07-22T00:00:00Z", "explore": "0"}, "explore"),
    ({"explore": "0.1", "sort": "popular"}, "explore"),
    ({"explore": "0.1", "window": "2d"}, "explore"),
]
BAD = [
    *(("window", text) for text in ("", "0d", "7", "93d", "007d", "-1d", "7D", "٧d", "d", "9" * 5000 + "d")),
    *(("since", text) for text in ("", "yesterday", "2020-01-01", "9999-12-31", "2026-13-01", "\x00")),
    *(("sort", text) for text in ("", "best", "MINE", "\x00")),
    *(("explore", text) for text in ("", "0.31", "-0.1", "nan", "inf", "1e-1", "0.1.1", "a", "٠", "0" * 5000)),
    *(("min_score", text) for text in ("", "nan", "inf", "-inf", "x", "1e9", "0x1", "--1", "9" * 400)),
    *(("exclude_seen", text) for text in ("", "1", "True", "yes")),
    *(("explain", text) for text in ("", "0", "no", "\x00")),
    *(("category", text) for text in ("", "cs_LG", "cs.%", 'cs.LG"', "x" * 41, "cs.LG\x00")),
    *(("as_of", text) for text in ("", "now", "2026-07-21", "2026-07-21T00:00:00", "9999-12-31T23:59:59Z")),
    ("as_of", "0001-01-01T00:00:00+14:00"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "field"), TOGETHER, ids=lambda value: str(value)[:60])
def test_contradictory_parameters_are_a_400(ada_api, query, field):
    papers(2)
    response = ada_api.get(FEED, query)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize(("field", "value"), BAD, ids=lambda value: repr(value)[:40])
def test_an_invalid_parameter_is_a_400_that_names_it(ada_api, field, value):
    papers(2)
    response = ada_api.get(FEED, {field: value})
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["field"], error["value"][:40], len(error["message"]) > 10) == (field, value[:40], True)
    assert Ranking.objects.count() == 0


def test_a_cursor_can_be_sent_with_a_limit_only(ada_api):
    papers(3)
    following = feed(ada_api, limit=1)["next"]
    response = ada_api.get(f"{following}&category=cs.LG")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "category")


def test_why_names_every_vote_that_moved_the_paper(voter, ada_api, planted):
    for disliked in planted[1][8:12]:
        votes.cast(voter, disliked, -1)
    whole = feed(ada_api)
    row = whole["results"][0]
    answer = ada_api.get(f"{FEED}{row['paper']['id']}/why/").json()
    assert {name: answer["entry"][name] for name in row if name != "why"} == {
        name: row[name] for name in row if name != "why"
    }
    assert (answer["ranking_id"], answer["count"], answer["mode"]) == (whole["ranking_id"], 16, "hybrid")
    reasons = {why["paper_id"] for why in answer["entry"]["why"]}
    assert reasons > {why["paper_id"] for why in row["why"]}
    assert reasons <= {vote.paper.public_id for vote in voter.votes.all()}


def test_why_accepts_any_form_of_an_id_and_says_why_a_paper_has_no_place(voter, ada_api, planted):
    graph = planted[0][0]
    assert ada_api.get(f"{FEED}arXiv:{graph.public_id}v3/why/").status_code == 200
    Paper.objects.filter(pk=graph.pk).update(withdrawn=True, updated_at=timezone.now())
    response = ada_api.get(f"{FEED}{graph.public_id}/why/")
    assert (response.status_code, "no place" in response.json()["detail"]) == (404, True)
    assert ada_api.get(f"{FEED}2607.99999/why/").status_code == 404


def test_bob_gets_his_own_place_and_anonymous_a_401(voter, bob, checked, api, planted):
    address = f"{FEED}{planted[0][0].public_id}/why/"
    answer = checked(bob).get(address).json()
    assert (answer["mode"], answer["entry"]["why"]) != ("hybrid", [])
    assert not {why["paper_id"] for why in answer["entry"]["why"]} - {None}
    assert api.get(address).status_code == 401
