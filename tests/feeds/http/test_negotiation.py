"""Markdown in place of HTML: for which clients, and for which reader."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import AuthToken
from feeds.http.negotiation import prefers_markdown
from feeds.models import Visit
from recommender import votes
from tests.feeds.planting import DAY, papers

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
MARKDOWN = "text/markdown; charset=utf-8"
ASKED = {"Accept": "text/markdown"}


def bearer(reader, scope="read", expiry=None):
    return ASKED | {"Authorization": f"Bearer {AuthToken.issue(reader, 'agent', scope, expiry)[1]}"}


@pytest.mark.parametrize(
    ("accept", "is_markdown"),
    [
        ("text/markdown", True),
        ("text/markdown, text/html", True),
        ("text/html, text/markdown", False),
        ("text/html;q=0.8, text/markdown;q=0.9", True),
        ("text/html;q=0.9, text/markdown;q=0.8", False),
        ("text/markdown;q=0", False),
        ("text/markdown;charset=utf-8", True),
        ("text/*", False),
        ("*/*", False),
        ("application/json", False),
        ("", False),
        (";;q=x", False),
        (BROWSER, False),
    ],
)
def test_the_quality_values_decide(accept, is_markdown):
    assert prefers_markdown(RequestFactory().get("/", headers={"Accept": accept})) is is_markdown


def test_without_an_accept_header_a_page_is_html(rf):
    assert prefers_markdown(rf.get("/")) is False


@pytest.mark.parametrize("accept", [BROWSER, "text/markdown"])
@pytest.mark.parametrize("path", ["/", "/search/?q=on", "/trending/", "/papers/2607.00001/", "/api/"])
def test_both_formats_vary_on_accept(path, accept, anonymous):
    papers(2)
    assert "Accept" in anonymous.get(path, headers={"Accept": accept})["Vary"].split(", ")


def test_markdown_is_private(anonymous):
    papers(2)
    answer = anonymous.get("/", headers=ASKED)
    assert (answer["Content-Type"], answer["Cache-Control"]) == (MARKDOWN, "private, no-cache")
    assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


def test_a_token_gives_its_readers_view_of_a_paper(ada, bob, anonymous):
    [first, _] = papers(2)
    votes.cast(ada, first, 1)
    answers = [
        "You voted up." in anonymous.get("/papers/2607.00001/", headers=headers).text
        for headers in (bearer(ada), bearer(bob), ASKED)
    ]
    assert answers == [True, False, False]


def test_a_session_gives_its_readers_view_of_a_paper(ada, client_of):
    [first, _] = papers(2)
    votes.cast(ada, first, 1)
    assert "You voted up." in client_of(ada).get("/papers/2607.00001/", headers=ASKED).text


def test_a_token_does_not_sign_in_to_html(ada, anonymous):
    [first, _] = papers(2)
    votes.cast(ada, first, 1)
    headers = bearer(ada) | {"Accept": BROWSER}
    assert anonymous.get("/", headers=headers).text.count("Sign out") == 0


def test_a_token_changes_nothing_on_a_page(ada, anonymous):
    [first, _] = papers(2)
    answer = Client(enforce_csrf_checks=True).post(
        "/papers/2607.00001/vote/", {"value": "1"}, headers=bearer(ada, "write")
    )
    assert (answer.status_code, first.votes.count()) == (403, 0)


def test_a_request_by_a_program_is_not_a_visit(ada, anonymous):
    papers(2)
    anonymous.get("/", headers=bearer(ada))
    assert not Visit.objects.exists()


@pytest.mark.parametrize("token", ["pb_" + "0" * 64, "hf_secret", "nonsense"])
def test_an_unknown_token_is_refused_with_the_reason(token, anonymous):
    papers(2)
    answer = anonymous.get("/", headers=ASKED | {"Authorization": f"Bearer {token}"})
    assert (answer.status_code, token in answer.text) == (401, False)


def test_an_expired_token_is_refused(ada, anonymous):
    papers(2)
    headers = bearer(ada, expiry=timezone.now() + timedelta(days=1))
    AuthToken.objects.update(expiry=timezone.now() - timedelta(days=1))
    answer = anonymous.get(f"/day/{DAY}/", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert "expired" in answer.json()["detail"]
