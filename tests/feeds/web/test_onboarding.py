"""The first steps of a new reader: interests, then a handful of questions."""

import pytest
from django.urls import reverse

from tests.feeds.planting import paper, papers

WELCOME, QUESTIONS = "/welcome/", "/welcome/papers/"


def html(response):
    assert response.status_code == 200
    return response.content.decode()


def asked(client):
    return [question.paper for question in client.get(QUESTIONS).context["asking"].questions]


def answer(client, found, value):
    return client.post(reverse("welcome-answer", args=[found.public_id]), {"value": value})


@pytest.mark.parametrize("address", [WELCOME, QUESTIONS])
def test_anonymous_is_led_to_signing_in(anonymous, address):
    assert anonymous.get(address)["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("kind", "text"),
    [("topic", "graphs"), ("category", "cs.LG"), ("paper", "2607.00001"), ("author", "Ada Lovelace")],
)
def test_each_kind_of_interest_can_be_named(ada, client_of, kind, text):
    papers(1)
    page = client_of(ada).post(WELCOME, {"kind": kind, "text": text}, follow=True)
    assert page.redirect_chain == [(WELCOME, 302)]
    assert list(ada.interests.values_list("kind", "text")) == [(kind, text)]
    assert text in html(page)


def test_a_paper_that_is_not_here_is_refused_in_words(ada, client_of):
    page = html(client_of(ada).post(WELCOME, {"kind": "paper", "text": "2607.99999"}))
    assert "2607.99999 is not in the catalogue" in page
    assert not ada.interests.exists()


def test_an_author_without_papers_is_kept_and_the_page_says_so(ada, client_of):
    page = client_of(ada).post(WELCOME, {"kind": "author", "text": "Nobody Yet"}, follow=True)
    assert "no paper by this name in the catalogue yet" in html(page)


def test_five_papers_come_each_with_its_reason(ada, client_of, planted):
    response = client_of(ada).get(QUESTIONS)
    assert len(response.context["asking"].questions) == 5
    assert html(response).count("Why this one:") == 5
    assert "0 of 10 answered" in html(response)


@pytest.mark.parametrize(("value", "kept"), [("1", [1]), ("-1", [-1]), ("skip", [])])
def test_an_answer_is_a_vote_and_a_skip_is_none(ada, client_of, planted, value, kept):
    client = client_of(ada)
    first = asked(client)[0]
    assert answer(client, first, value)["Location"] == QUESTIONS
    assert list(ada.votes.values_list("value", flat=True)) == kept
    assert first not in asked(client)


def test_progress_counts_the_answers(ada, client_of, planted):
    client = client_of(ada)
    for _ in range(2):
        answer(client, asked(client)[0], "1")
    assert "2 of 10 answered" in html(client.get(QUESTIONS))


def test_ten_answers_are_enough(ada, client_of, planted):
    client = client_of(ada)
    for place in range(10):
        answer(client, asked(client)[0], "1" if place % 2 else "-1")
    assert "10 answered: enough" in html(client.get(QUESTIONS))


def test_skips_last_as_long_as_the_session(ada, client_of, planted):
    client = client_of(ada)
    first = asked(client)[0]
    answer(client, first, "skip")
    assert first not in asked(client)
    assert first in asked(client_of(ada))


@pytest.mark.parametrize("value", ["", "2", "up", "0"])
def test_no_other_answer_is_taken(ada, client_of, value):
    assert answer(client_of(ada), papers(1)[0], value).status_code == 400
    assert not ada.votes.exists()


def test_an_answer_about_an_unknown_paper_is_a_404(ada, client_of):
    assert client_of(ada).post("/welcome/papers/2607.99999/answer/", {"value": "1"}).status_code == 404


def test_an_answer_is_not_given_by_following_a_link(ada, client_of):
    assert client_of(ada).get(f"/welcome/papers/{papers(1)[0].public_id}/answer/").status_code == 405


def test_everything_answered_says_so(ada, client_of):
    client = client_of(ada)
    answer(client, papers(1)[0], "skip")
    assert "You have answered all questions." in html(client.get(QUESTIONS))


def test_without_a_model_the_page_says_how_the_papers_were_chosen(ada, client_of):
    papers(3)
    page = html(client_of(ada).get(QUESTIONS))
    assert "No model has been trained yet." in page
    assert "popular papers of different fields" in page


def test_what_a_paper_says_is_shown_as_text(ada, client_of):
    paper("2607.00001", title="<script>alert(1)</script>", abstract="<b>bold</b>")
    page = html(client_of(ada).get(QUESTIONS))
    assert "<script>alert" not in page
    assert "&lt;b&gt;bold" in page


def test_the_answers_order_the_day(ada, client_of, planted):
    graphs, _ = planted
    client = client_of(ada)
    for found in asked(client):
        answer(client, found, "1" if found in graphs else "-1")
    order = [entry.paper for entry in client.get("/").context["entries"]]
    assert set(order[:6]) <= set(graphs)


def test_a_reader_without_votes_is_shown_the_way_here(ada, client_of, planted):
    client = client_of(ada)
    assert f'href="{WELCOME}"' in html(client.get("/"))
    answer(client, asked(client)[0], "1")
    assert f'href="{WELCOME}"' not in html(client.get("/"))
