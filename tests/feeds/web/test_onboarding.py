"""The first steps of a new reader: interests, then a few questions."""

import secrets

import pytest
from django.urls import reverse

from tests.feeds.planting import paper, papers

from .pages import html

WELCOME, QUESTIONS = "/welcome/", "/welcome/papers/"


def questions(client):
    return [question.paper for question in client.get(QUESTIONS).context["asking"].questions]


def answer(client, question, value):
    return client.post(reverse("welcome-answer", args=[question.public_id]), {"value": value})


@pytest.mark.parametrize("address", [WELCOME, QUESTIONS])
def test_anonymous_is_redirected_to_sign_in(anonymous, address):
    assert anonymous.get(address)["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("kind", "text"),
    [("topic", "graphs"), ("category", "cs.LG"), ("paper", "2607.00001"), ("author", "Ada Lovelace")],
)
def test_each_kind_of_interest_can_be_added(ada, client_of, kind, text):
    papers(1)
    page = client_of(ada).post(WELCOME, {"kind": kind, "text": text}, follow=True)
    assert page.redirect_chain == [(WELCOME, 302)]
    assert list(ada.interests.values_list("kind", "text")) == [(kind, text)]
    assert text in html(page)


def test_a_paper_outside_the_catalogue_is_an_error(ada, client_of):
    page = html(client_of(ada).post(WELCOME, {"kind": "paper", "text": "2607.99999"}))
    assert "2607.99999 is not in the catalogue" in page
    assert not ada.interests.exists()


def test_an_author_without_papers_is_saved_with_a_note(ada, client_of):
    page = client_of(ada).post(WELCOME, {"kind": "author", "text": "Nobody Yet"}, follow=True)
    assert "no paper by this name in the catalogue yet" in html(page)


def test_the_page_shows_five_papers_with_reasons(ada, client_of, planted):
    response = client_of(ada).get(QUESTIONS)
    assert len(response.context["asking"].questions) == 5
    assert html(response).count("Why this one:") == 5
    assert "0 of 10 answered" in html(response)


@pytest.mark.parametrize(("value", "values"), [("1", [1]), ("-1", [-1]), ("skip", [])])
def test_an_answer_is_a_vote_and_a_skip_is_not(ada, client_of, planted, value, values):
    client = client_of(ada)
    first = questions(client)[0]
    assert answer(client, first, value)["Location"] == QUESTIONS
    assert list(ada.votes.values_list("value", flat=True)) == values
    assert first not in questions(client)


def test_progress_counts_the_answers(ada, client_of, planted):
    client = client_of(ada)
    for _ in range(2):
        answer(client, questions(client)[0], "1")
    assert "2 of 10 answered" in html(client.get(QUESTIONS))


def test_ten_answers_are_enough(ada, client_of, planted):
    client = client_of(ada)
    for place in range(10):
        answer(client, questions(client)[0], "1" if place % 2 else "-1")
    assert "10 answered: enough" in html(client.get(QUESTIONS))


def test_skips_last_for_the_session(ada, client_of, planted):
    client = client_of(ada)
    first = questions(client)[0]
    answer(client, first, "skip")
    assert first not in questions(client)
    assert first in questions(client_of(ada))


@pytest.mark.parametrize("value", ["", "2", "up", "0"])
def test_an_invalid_answer_is_a_400(ada, client_of, value):
    assert answer(client_of(ada), papers(1)[0], value).status_code == 400
    assert not ada.votes.exists()


def test_answers_count_for_the_daily_limit_of_votes(ada, client_of, settings):
    settings.VOTES_PER_DAY, settings.SECRET_KEY = 1, secrets.token_hex(32)  # no count of an earlier test continues
    first, second = papers(2)
    client = client_of(ada)
    assert answer(client, first, "1").status_code == 302
    assert answer(client, second, "1").status_code == 429
    assert ada.votes.count() == 1


def test_an_answer_on_an_unknown_paper_is_a_404(ada, client_of):
    assert client_of(ada).post("/welcome/papers/2607.99999/answer/", {"value": "1"}).status_code == 404


def test_a_get_request_is_not_an_answer(ada, client_of):
    assert client_of(ada).get(f"/welcome/papers/{papers(1)[0].public_id}/answer/").status_code == 405


def test_the_page_says_that_no_questions_are_left(ada, client_of):
    client = client_of(ada)
    answer(client, papers(1)[0], "skip")
    assert "You have answered all questions." in html(client.get(QUESTIONS))


def test_without_a_model_the_page_says_how_the_papers_were_chosen(ada, client_of):
    papers(3)
    page = html(client_of(ada).get(QUESTIONS))
    assert "No model has been trained yet." in page
    assert "popular papers of different fields" in page


def test_titles_are_escaped(ada, client_of):
    paper("2607.00001", title="<script>alert(1)</script>", abstract="<b>bold</b>")
    page = html(client_of(ada).get(QUESTIONS))
    assert "<script>alert" not in page
    assert "&lt;b&gt;bold" in page


def test_the_answers_rank_the_day(ada, client_of, planted):
    graphs, _ = planted
    client = client_of(ada)
    for question in questions(client):
        answer(client, question, "1" if question in graphs else "-1")
    order = [entry.paper for entry in client.get("/").context["entries"]]
    assert set(order[:6]) <= set(graphs)


def test_a_reader_without_votes_gets_a_link_to_the_questions(ada, client_of, planted):
    client = client_of(ada)
    assert f'href="{WELCOME}"' in html(client.get("/"))
    answer(client, questions(client)[0], "1")
    assert f'href="{WELCOME}"' not in html(client.get("/"))
