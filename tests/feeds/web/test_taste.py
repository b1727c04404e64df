"""The page "My taste", used by forms and links."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import interests, mutes, votes
from recommender.models import Paper, Vote
from recommender.ranking.rank import ALL_MUTED
from recommender.search.query import parse
from recommender.search.search import search
from tests.feeds.planting import papers

from .pages import html

PAGE = "/taste/"


@pytest.fixture
def ada_page(ada, client_of):
    return client_of(ada)


@pytest.fixture
def taught(ada, planted):
    """Three papers on graphs up, one on proteins down, and a topic."""
    graphs, proteins = planted
    for paper in graphs[8:11]:
        votes.cast(ada, paper, 1)
    votes.cast(ada, proteins[8], -1)
    interests.add(ada, "topic", "subgraph clique")
    return graphs, proteins


def test_the_profile_is_shown_in_words_with_a_way_to_undo_each(ada, ada_page, taught):
    page = html(ada_page.get(PAGE))
    taste = ada_page.get(PAGE).context["taught"]
    assert f"<b>{taste.raising[0].text}</b>" in page
    assert f"?mute=word:{taste.raising[0].text}" in page
    assert f'formaction="/papers/{taught[0][8].public_id}/vote/" name="value" value="0"' in page
    assert f"/taste/interests/{ada.interests.get().pk}/remove/" in page


def test_a_new_reader_is_told_how_to_start(ada_page):
    papers(1)
    page = html(ada_page.get(PAGE))
    assert "Nothing yet." in page
    assert "/welcome/papers/" in page


def test_an_empty_catalogue_causes_no_error(ada, ada_page):
    mutes.add(ada, "word", "quantum")
    assert "quantum" in html(ada_page.get(PAGE))
    assert html(ada_page.get(PAGE, {"mute": "word:quantum"}))


def test_a_mute_is_added_counted_and_removed(ada, ada_page):
    papers(3)
    response = ada_page.post("/taste/mutes/", {"kind": "word", "text": "On 2607.00002"})
    assert (response.status_code, response["Location"]) == (302, "/taste/#mute")
    [mute] = ada_page.get(PAGE).context["mutes"]
    assert (mute.text, mute.hides) == ("On 2607.00002", 1)
    assert search(parse("2607.00002")).pks == [Paper.objects.get(public_id="2607.00002").pk]
    assert "2607.00002" not in html(ada_page.get("/"))
    ada_page.post(f"/taste/mutes/{mute.pk}/remove/")
    assert "2607.00002" in html(ada_page.get("/"))


def test_a_link_fills_in_the_mute_and_counts_what_it_would_hide(ada, ada_page):
    Paper.objects.filter(pk__in=[paper.pk for paper in papers(3)[:2]]).update(categories=["cs.CV"])
    response = ada_page.get(PAGE, {"mute": "category:cs.cv"})
    assert response.context["asked"] == {"kind": "category", "text": "cs.cv", "hides": 2}
    assert 'name="text" value="cs.cv"' in html(response)
    assert not ada.mutes.exists()


@pytest.mark.parametrize(
    ("wish", "problem"),
    [("category:cs.QQ", "is not an arXiv category"), ("word:?!", "no letter"), ("word:\x00", "control characters")],
)
def test_a_link_with_an_invalid_mute_explains_the_problem(ada_page, wish, problem):
    papers(1)
    assert problem in html(ada_page.get(PAGE, {"mute": wish}))


@pytest.mark.parametrize("wish", ["", "cs.CV", "journal:Knuth", "word:", ":", "\x00"])
def test_a_link_without_a_mute_shows_the_plain_page(ada_page, wish):
    papers(1)
    assert ada_page.get(PAGE, {"mute": wish}).context["asked"] is None


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"kind": "word", "text": "quantum"}, "is muted already"),
        ({"kind": "word", "text": ""}, "required"),
        ({"kind": "journal", "text": "Knuth"}, "not one of the available choices"),
        ({"kind": "category", "text": "cs.QQ"}, "is not an arXiv category"),
    ],
)
def test_an_invalid_mute_is_an_error_on_the_page(ada, ada_page, sent, problem):
    mutes.add(ada, "word", "quantum")
    response = ada_page.post("/taste/mutes/", sent)
    assert problem in html(response)
    assert ada.mutes.count() == 1


def test_a_mute_is_shown_as_written_and_escaped(ada, ada_page):
    ada_page.post("/taste/mutes/", {"kind": "author", "text": "<b>"})
    assert ada.mutes.get().folded == "b"
    assert "<b>&lt;b&gt;</b>" in html(ada_page.get(PAGE))


def test_sliders_are_saved(ada, ada_page):
    response = ada_page.post("/taste/sliders/", {"exploration": "20", "freshness": "75"})
    ada.refresh_from_db()
    assert (response.status_code, ada.exploration, ada.freshness) == (302, 0.2, 0.75)


def test_a_share_between_two_steps_stays_if_its_slider_is_not_moved(ada, ada_page):
    ada.exploration = 0.125
    ada.save()
    ada_page.post("/taste/sliders/", {"exploration": "12", "freshness": "10"})
    ada.refresh_from_db()
    assert (ada.exploration, ada.freshness) == (0.125, 0.1)


@pytest.mark.parametrize(
    "sent", [{"exploration": "31"}, {"freshness": "101"}, {"exploration": "-1"}, {"freshness": "x"}]
)
def test_sliders_beyond_their_limits_are_refused(ada, ada_page, sent):
    assert "errorlist" in html(ada_page.post("/taste/sliders/", {"exploration": "0", "freshness": "0"} | sent))
    ada.refresh_from_db()
    assert (ada.exploration, ada.freshness) == (0, 0)


def test_own_papers_are_hidden_by_name(ada, ada_page):
    mine, _ = papers(2)
    Paper.objects.filter(pk=mine.pk).update(authors=["Ada Lovelace"])
    ada_page.post("/taste/own-papers/", {"names": "ada  lovelace\n\nA. Lovelace", "hides": "on"})
    ada.refresh_from_db()
    assert (ada.own_names, ada.hides_own_papers) == (["ada lovelace", "A. Lovelace"], True)
    assert mine.public_id not in html(ada_page.get("/"))
    assert ada_page.get(PAGE).context["hiding"].own == 1


@pytest.mark.parametrize(
    ("sent", "problem"), [({"hides": "on", "names": ""}, "enter a name"), ({"names": "A"}, "2 to 100")]
)
def test_hiding_own_papers_needs_a_valid_name(ada, ada_page, sent, problem):
    assert problem in html(ada_page.post("/taste/own-papers/", sent))
    ada.refresh_from_db()
    assert (ada.own_names, ada.hides_own_papers) == ([], False)


def test_pausing_shows_everybodys_ranking_and_resuming_the_own_one(ada, ada_page, taught):
    """Nobody has voted on the papers of the day, so everybody's ranking is by time."""
    own = ada_page.get("/").context["ranking"]
    ada_page.post("/taste/pause/", {"paused": "1"})
    paused = ada_page.get("/")
    assert (paused.context["ranking"].mode, "You have paused" in html(paused)) == ("recent", True)
    assert "Resume personalisation" in html(ada_page.get(PAGE))
    ada_page.post("/taste/pause/", {"paused": "0"})
    assert ada_page.get("/").context["ranking"] == own
    assert ada_page.post("/taste/pause/", {}).status_code == 400


def test_starting_over_needs_the_word_and_deletes_everything(ada, ada_page, taught):
    assert "4 votes" in html(ada_page.get("/taste/forget/"))
    for word in ("", "yes", "forget me"):
        assert html(ada_page.post("/taste/forget/", {"word": word}))
    assert ada.votes.count() == 4
    assert ada_page.post("/taste/forget/", {"word": " Forget "})["Location"] == "/welcome/"
    assert (ada.votes.count(), ada.interests.count(), Vote.objects.exists()) == (0, 0, True)


def test_a_page_with_every_paper_muted_says_so(ada, ada_page):
    papers(2)
    mutes.add(ada, "word", "on")
    page = html(ada_page.get("/"))
    assert ALL_MUTED in page
    assert 'href="/taste/#mute"' in page


def test_bob_cannot_change_adas_mutes_and_interests(ada, bob, client_of):
    mute, interest = mutes.add(ada, "word", "quantum"), interests.add(ada, "topic", "graphs")
    for address in (f"/taste/mutes/{mute.pk}/remove/", f"/taste/interests/{interest.pk}/remove/"):
        assert client_of(bob).post(address).status_code == 404
        assert client_of(ada).get(address).status_code == 405
        assert client_of(ada).post(address).status_code == 302
    assert (ada.mutes.exists(), ada.interests.exists()) == (False, False)


def test_queries_do_not_grow_with_votes_and_mutes(ada, ada_page, taught):
    counts = []
    for word in ("node", "edge", "cell"):
        mutes.add(ada, "word", word)
        votes.cast(ada, taught[0][len(counts) + 12], 1)
        with CaptureQueriesContext(connection) as queries:
            html(ada_page.get(PAGE))
        counts.append(len(queries))
    assert counts[1] == counts[2]
