"""The orders of the daily papers for each kind of client, and their pages."""

from datetime import timedelta

from feeds.models import Submission
from recommender import votes
from recommender.models import Paper, Ranking
from tests.feeds.planting import DAY, paper, papers

from .answers import follow, ids, listed


def test_the_submitter_is_a_person_or_the_service_account(anonymous, ada):
    theirs, hers, ours = paper("2607.00001", submitted_by="AK"), paper("2607.00002"), paper("2607.00003")
    Submission.objects.create(submitter=ada, public_id=hers.public_id, paper=hers, day=DAY, state="listed")
    names = {item["paper"]["id"]: item["submittedBy"]["name"] for item in listed(anonymous, "/api/daily_papers")}
    assert names == {"2607.00001": "AK", "2607.00002": "Ada", "2607.00003": "paperboy"}
    for one in (theirs, hers, ours):
        assert ids(listed(anonymous, f"/api/daily_papers?submitter={names[one.public_id]}")) == [one.public_id]


def test_headers_have_the_length_of_the_list_and_the_next_page(anonymous, db):
    papers(5)
    response = anonymous.get("/api/daily_papers?date=2026-07-21&limit=2&p=1")
    assert response["X-Total-Count"] == "5"
    assert response["Link"] == (
        '<http://testserver/api/daily_papers?date=2026-07-21&sort=publishedAt&p=2&limit=2>; rel="next"'
    )
    assert "Link" not in anonymous.get("/api/daily_papers?limit=2&p=2")


def test_pages_do_not_skip_or_repeat_papers_while_votes_arrive(planted, ada, api_of):
    graphs, _ = planted
    votes.cast(ada, graphs[8], 1)
    paper_ids = []
    for page in follow(api_of(ada), "/api/daily_papers?limit=3"):
        paper_ids += ids(page)
        votes.cast(ada, Paper.objects.get(public_id=paper_ids[-1]), -1)
    assert len(paper_ids) == 16
    assert set(paper_ids) == set(Paper.objects.filter(day=DAY).values_list("public_id", flat=True))


def test_trending_pages_do_not_skip_or_repeat_papers_while_votes_arrive(planted, anonymous, ada):
    """All 48 papers of the week up to 21 July trend."""
    paper_ids = []
    for page in follow(anonymous, "/api/daily_papers?sort=trending&limit=20"):
        paper_ids += ids(page)
        votes.cast(ada, Paper.objects.get(public_id=paper_ids[-1]), -1)
    assert len(paper_ids) == len(set(paper_ids)) == 48


def test_bob_cannot_page_through_adas_ranking(planted, ada, bob, api_of):
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


def test_a_reader_gets_their_own_order_of_a_week(planted, ada, api_of):
    votes.cast(ada, planted[0][8], 1)
    items = listed(api_of(ada), "/api/daily_papers?week=2026-W30&sort=mine")
    assert {one[:4] for one in ids(items)[:15]} == {"2607"}
    assert len(items) == 32


def test_a_reader_can_request_the_order_for_everybody(planted, ada, api_of, anonymous):
    votes.cast(ada, planted[0][8], 1)
    address = "/api/daily_papers?sort=publishedAt"
    assert listed(api_of(ada), address) == listed(anonymous, address)


def test_mutes_apply_to_a_readers_own_order(planted, ada, api_of):
    votes.cast(ada, planted[0][8], 1)
    ada.mutes.create(kind="word", text="protein", folded="protein")
    items = listed(api_of(ada), f"/api/daily_papers?date={DAY}")
    assert len(items) == 8


def test_an_empty_catalogue_returns_empty_lists(anonymous, ada, api_of):
    for client in (anonymous, api_of(ada)):
        for address in ("/api/daily_papers", "/api/daily_papers?sort=trending", "/api/papers", "/api/papers/search"):
            assert listed(client, address) == []


def test_the_cursor_of_the_catalogue_continues_while_papers_arrive(anonymous, db):
    known = {one.public_id for one in papers(3, DAY)} | {one.public_id for one in papers(4, DAY - timedelta(1), "2606")}
    paper_ids = []
    for number, page in enumerate(follow(anonymous, "/api/papers?limit=2")):
        paper_ids += [one["id"] for one in page]
        paper(f"2605.0000{number}", DAY + timedelta(days=1))
    assert len(paper_ids) == 7
    assert set(paper_ids) == known
