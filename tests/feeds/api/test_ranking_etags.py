"""The feed's entity tag changes with anything that changes the feed; cached pages are stored under their tag."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from feeds.api import ranking_etags
from feeds.api.ranking_etags import cached_page
from feeds.models import Submission, Telling
from recommender import mutes, votes
from recommender.models import Paper, PaperSource, PaperVector, Ranking
from recommender.vectors import encoder_identity
from tests.feeds.planting import DAY, paper, plant, train

FEED = "/api/v1/me/feed/"


@pytest.fixture
def voter(ada, planted):
    for number in (10, 11):
        votes.cast(ada, planted[0][number], 1)
    return ada


def tag(client, address=FEED):
    response = client.get(address)
    assert response.status_code == 200
    return response["ETag"]


def test_an_unchanged_feed_is_a_304_without_ranking_or_reading_rankings(voter, ada_api):
    known = tag(ada_api)
    with CaptureQueriesContext(
        connection,
    ) as counted:
        response = ada_api.get(FEED, headers={"If-None-Match": known})
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", known)
    # who asks, the newest day, the state, the model: none of them about rankings
    assert len(counted.captured_queries) == 5
    assert not any(Ranking._meta.db_table in query["sql"] for query in counted.captured_queries)


def test_a_304_does_not_need_a_stored_ranking(voter, ada_api):
    known = tag(ada_api)
    Ranking.objects.all().delete()
    assert ada_api.get(FEED, headers={"If-None-Match": known}).status_code == 304
    assert Ranking.objects.count() == 0


def my_vote(ada, graphs):
    votes.cast(ada, graphs[12], -1)


def my_interest(ada, graphs):
    ada.interests.create(kind="topic", text="cells")
    ada.touch_taste()


def my_mute(ada, graphs):
    mutes.add(ada, "word", "clique")


def my_share(ada, graphs):
    User.objects.filter(pk=ada.pk).update(exploration=0.1)


def my_pause(ada, graphs):
    User.objects.filter(pk=ada.pk).update(is_paused=True)


def a_model(ada, graphs):
    train(DAY + timedelta(days=1))


def a_paper(ada, graphs):
    paper("2607.99999")


def another_title(ada, graphs):
    Paper.objects.filter(pk=graphs[0].pk).update(title="New", updated_at=timezone.now())


def another_title_of_a_paper_that_reasons_name(ada, graphs):
    Paper.objects.filter(pk=graphs[10].pk).update(title="New", updated_at=timezone.now())


def a_withdrawal(ada, graphs):
    Paper.objects.filter(pk=graphs[0].pk).update(withdrawn=True)


def a_public_vote(ada, graphs):
    votes.cast(User.objects.get(email="crowd1@example.org"), graphs[1], 1)


def another_source(ada, graphs):
    Telling.objects.create(paper=graphs[0], source=PaperSource.HUGGING_FACE, fields={})


def a_submitter(ada, graphs):
    public_id = graphs[0].public_id
    Submission.objects.create(submitter=ada, public_id=public_id, paper=graphs[0], day=DAY, state="listed")


def a_vector(ada, graphs):
    PaperVector.objects.create(
        paper=graphs[0], encoder=encoder_identity(), paper_updated_at=graphs[0].updated_at, vector=b""
    )


CHANGES = [
    my_vote, my_interest, my_mute, my_share, my_pause, a_model, a_paper, another_title,
    another_title_of_a_paper_that_reasons_name, a_withdrawal, a_public_vote, another_source, a_submitter,
    a_vector,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_whatever_changes_the_response_changes_the_tag(voter, ada_api, planted, change):
    known = tag(ada_api)
    change(voter, planted[0])
    response = ada_api.get(FEED, headers={"If-None-Match": known})
    assert (response.status_code, response["ETag"] != known) == (200, True)


def test_a_removed_vote_and_one_by_another_reader_change_the_tag(voter, ada_api, planted):
    bobs = User.objects.get(email="crowd1@example.org")
    votes.cast(bobs, planted[0][1], 1)
    known = tag(ada_api)
    votes.take_back(bobs, planted[0][1])
    votes.cast(User.objects.get(email="crowd3@example.org"), planted[0][2], 1)
    assert tag(ada_api) != known


@pytest.fixture
def voter_before_the_first_night(ada):
    """Ada has voted on a paper; no model has been trained."""
    votes.cast(ada, plant()[0][10], 1)
    return ada


def test_before_the_first_night_a_paper_of_another_day_changes_the_tag(voter_before_the_first_night, ada_api):
    """The model of the newest papers, which ranks until then, is another one with it."""
    known = tag(ada_api, f"{FEED}?day={DAY}")
    paper("2607.99999", DAY - timedelta(days=9), title="The edge")
    assert tag(ada_api, f"{FEED}?day={DAY}") != known


def test_a_change_of_a_submitters_name_changes_the_tag(voter, bob, ada_api, planted):
    a_submitter(bob, planted[0])
    known = tag(ada_api)
    User.objects.filter(pk=bob.pk).update(name="Robert")
    assert tag(ada_api) != known


@pytest.mark.parametrize("other", ["?limit=3", "?explain=false", "?day=2026-07-20", "?min_score=0", "?explore=0.2"])
def test_other_pages_have_other_tags(voter, ada_api, other):
    assert tag(ada_api, FEED + other) != tag(ada_api)


def test_another_reader_has_another_tag(voter, bob, ada_api, checked, planted):
    for number in (10, 11):
        votes.cast(bob, planted[0][number], 1)
    assert tag(checked(bob)) != tag(ada_api)


def test_votes_on_papers_of_other_days_do_not_change_the_tag(voter, bob, ada_api, planted):
    known = tag(ada_api)
    votes.cast(bob, planted[0][12], 1)
    assert tag(ada_api) == known


@pytest.mark.parametrize("query", ["?exclude_seen=true", ""])
def test_a_feed_without_a_tag_of_its_state_has_a_tag_of_its_bytes(ada, ada_api, planted, query):
    known = tag(ada_api, FEED + query)
    assert ada_api.get(FEED + query, headers={"If-None-Match": known}).status_code == 304
    paper("2607.99999")
    assert tag(ada_api, FEED + query) != known


def page_for(tag, page, tag_after=None):
    return cached_page(tag, lambda: page, lambda: tag_after or tag)


def test_a_page_is_made_once():
    assert page_for("once", {"page": 1}) == {"page": 1}
    assert page_for("once", {"page": 2}) == {"page": 1}


def test_a_page_whose_tag_changed_meanwhile_is_not_cached():
    page_for("meanwhile", {"page": 1}, tag_after="another")
    assert page_for("meanwhile", {"page": 2}) == {"page": 2}


def test_the_most_recently_used_pages_are_cached(monkeypatch):
    monkeypatch.setattr(ranking_etags, "MOST", 2)
    for tag in ("a", "b", "a", "c"):
        page_for(tag, {"first": tag})
    assert [page_for(tag, {"second": tag}) for tag in ("a", "c", "b")] == [
        {"first": "a"},
        {"first": "c"},
        {"second": "b"},
    ]
