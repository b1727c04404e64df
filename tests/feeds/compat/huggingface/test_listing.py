"""The orders of the daily papers, by whoever asks, and paging through them."""

from datetime import timedelta

from feeds.models import Submission
from recommender import votes
from recommender.models import Paper, Ranking
from tests.feeds.planting import DAY, paper, papers

from .answers import follow, ids, listed


def test_the_submitter_is_whoever_put_it_there_else_the_service_account(anonymous, ada):
    theirs, hers, ours = paper("2607.00001", submitted_by="AK"), paper("2607.00002"), paper("2607.00003")
    Submission.objects.create(submitter=ada, public_id=hers.public_id, paper=hers, day=DAY, state="listed")
    names = {item["paper"]["id"]: item["submittedBy"]["name"] for item in listed(anonymous, "/api/daily_papers")}
    assert names == {"2607.00001": "AK", "2607.00002": "Ada", "2607.00003": "paperboy"}
    for found in (theirs, hers, ours):
        assert ids(listed(anonymous, f"/api/daily_papers?submitter={names[found.public_id]}")) == [found.public_id]


def test_the_length_of_the_list_and_where_it_goes_on_are_in_headers(anonymous, db):
    papers(5)
    response = anonymous.get("/api/daily_papers?date=2026-07-21&limit=2&p=1")
    assert response["X-Total-Count"] == "5"
    assert response["Link"] == (
        '<http://testserver/api/daily_papers?date=2026-07-21&sort=publishedAt&p=2&limit=2>; rel="next"'
    )
    assert "Link" not in anonymous.get("/api/daily_papers?limit=2&p=2")


def test_who_follows_the_links_neither_skips_nor_repeats_though_votes_arrive(planted, ada, api_of):
    graphs, _ = planted
    votes.cast(ada, graphs[8], 1)
    seen = []
    for page in follow(api_of(ada), "/api/daily_papers?limit=3"):
        seen += ids(page)
        votes.cast(ada, Paper.objects.get(public_id=seen[-1]), -1)
    assert len(seen) == 16
    assert set(seen) == set(Paper.objects.filter(day=DAY).values_list("public_id", flat=True))


def test_who_follows_what_trends_neither_skips_nor_repeats_though_votes_arrive(planted, anonymous, ada):
    """What trends of the week up to 21 July are all 48 papers."""
    seen = []
    for page in follow(anonymous, "/api/daily_papers?sort=trending&limit=20"):
        seen += ids(page)
        votes.cast(ada, Paper.objects.get(public_id=seen[-1]), -1)
    assert len(seen) == len(set(seen)) == 48


def test_the_ranking_of_ada_cannot_be_paged_through_by_bob(planted, ada, bob, api_of):
    votes.cast(ada, planted[0][8], 1)
    listed(api_of(ada), "/api/daily_papers")
    name = ada.rankings.get().public_id
    for client in (api_of(bob), api_of(bob)):
        response = client.get(f"/api/daily_papers?ranking={name}")
        assert (response.status_code, list(response.json())) == (404, ["error"])


def test_without_a_token_nothing_is_ranked_for_anybody(planted, anonymous, ada, client_of):
    votes.cast(ada, planted[0][8], 1)
    assert listed(client_of(ada), "/api/daily_papers") == listed(anonymous, "/api/daily_papers")
    assert not Ranking.objects.exists()


def test_a_readers_own_order_of_a_week_is_theirs_too(planted, ada, api_of):
    votes.cast(ada, planted[0][8], 1)
    found = listed(api_of(ada), "/api/daily_papers?week=2026-W30&sort=mine")
    assert {one[:4] for one in ids(found)[:15]} == {"2607"}
    assert len(found) == 32


def test_a_reader_may_still_ask_for_the_order_of_everybody(planted, ada, api_of, anonymous):
    votes.cast(ada, planted[0][8], 1)
    address = "/api/daily_papers?sort=publishedAt"
    assert listed(api_of(ada), address) == listed(anonymous, address)


def test_a_readers_mutes_hold_in_their_own_order(planted, ada, api_of):
    votes.cast(ada, planted[0][8], 1)
    ada.mutes.create(kind="word", text="protein", folded="protein")
    found = listed(api_of(ada), f"/api/daily_papers?date={DAY}")
    assert len(found) == 8


def test_an_empty_catalogue_gives_empty_lists(anonymous, ada, api_of):
    for client in (anonymous, api_of(ada)):
        for address in ("/api/daily_papers", "/api/daily_papers?sort=trending", "/api/papers", "/api/papers/search"):
            assert listed(client, address) == []


def test_the_catalogue_goes_on_by_a_cursor_though_papers_arrive(anonymous, db):
    known = {one.public_id for one in papers(3, DAY)} | {one.public_id for one in papers(4, DAY - timedelta(1), "2606")}
    seen = []
    for number, page in enumerate(follow(anonymous, "/api/papers?limit=2")):
        seen += [one["id"] for one in page]
        paper(f"2605.0000{number}", DAY + timedelta(days=1))
    assert len(seen) == 7
    assert set(seen) == known
