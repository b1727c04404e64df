"""Voting on a page, by form and by htmx."""

import pytest
from django.test import Client

from recommender.models import Vote, VoteEvent
from recommender.paper_ids import own_id
from tests.feeds.planting import paper, papers

from .pages import HTMX, html


def vote(client, value, public_id="2607.00001", **sent):
    headers = {name: sent.pop(name) for name in list(sent) if name.startswith("HTTP_")}
    return client.post(f"/papers/{public_id}/vote/", {"value": value, **sent}, **headers)


@pytest.mark.parametrize("public_id", ["2607.00001", "2607.00001v3", "hep-th/9901001", own_id("Ties")])
def test_a_form_votes_and_redirects_back(ada, client_of, public_id):
    for stored in ("2607.00001", "hep-th/9901001", own_id("Ties")):
        paper(stored)
    response = vote(client_of(ada), "1", public_id, next="/day/2026-07-21/?sort=recent#paper-1")
    assert (response.status_code, response["Location"]) == (302, "/day/2026-07-21/?sort=recent#paper-1")
    assert ada.votes.get().paper.public_id == public_id.removesuffix("v3")


def test_votes_change_and_are_removed_and_stay_in_history(ada, client_of):
    papers(1)
    client = client_of(ada)
    for value in ("1", "-1", "-1", "0", "0"):
        assert vote(client, value).status_code == 302
    assert not ada.votes.exists()
    assert list(VoteEvent.objects.values_list("value", "previous")) == [(1, 0), (-1, 1), (0, -1)]


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\x00//evil.example",
    "",
    "http://[",
    "\thttps://evil.example",
]


@pytest.mark.parametrize("next_url", ELSEWHERE)
def test_a_vote_never_redirects_to_another_site(ada, client_of, next_url):
    papers(1)
    assert vote(client_of(ada), "1", next=next_url)["Location"] == "/papers/2607.00001/"


@pytest.mark.parametrize("next_url", ["vote", "models", "nonsense", "/\nX: y", "/" + "x" * 3000, "/\x00"])
def test_an_odd_next_url_causes_no_error(ada, client_of, next_url):
    papers(1)
    response = vote(client_of(ada), "1", next=next_url)
    assert (response.status_code, "\n" in response["Location"]) == (302, False)


@pytest.mark.parametrize("value", ["", "2", "up", "+1", "1.0", "١", "NaN", "1e400", "\x00", " 1"])
def test_an_invalid_vote_is_a_400_and_changes_nothing(ada, client_of, value):
    papers(1)
    response = vote(client_of(ada), value)
    assert (response.status_code, Vote.objects.count()) == (400, 0)
    assert client_of(ada).post("/papers/2607.00001/vote/").status_code == 400


def test_a_vote_on_an_unknown_paper_is_a_404(ada, client_of):
    assert vote(client_of(ada), "1", "2607.99999").status_code == 404


def test_a_get_does_not_vote(ada, client_of):
    papers(1)
    assert client_of(ada).get("/papers/2607.00001/vote/", {"value": "1"}).status_code == 405
    assert not Vote.objects.exists()


def test_a_vote_without_a_csrf_token_is_a_403(ada):
    papers(1)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert (vote(client, "1").status_code, Vote.objects.count()) == (403, 0)


def test_anonymous_is_redirected_to_sign_in_and_back_to_the_paper(anonymous):
    [row] = papers(1)
    response = vote(anonymous, "1", next="/?sort=recent")
    back = f"/%3Fsort%3Drecent%23paper-{row.pk}"
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={back}")
    assert not Vote.objects.exists()


def test_htmx_loads_the_sign_in_page_as_a_whole(anonymous):
    papers(1)
    response = vote(anonymous, "1", **HTMX)
    assert (response.status_code, response["HX-Redirect"]) == (200, "/accounts/login/?next=/papers/2607.00001/")


def test_htmx_gets_the_new_buttons(ada, client_of):
    papers(1)
    page = " ".join(html(vote(client_of(ada), "1", **HTMX)).split())
    assert "<html" not in page
    assert 'aria-pressed="true" aria-label="Thumbs up (1)"' in page


@pytest.mark.parametrize(
    ("voted_on", "reordered"),
    [
        ("/", "/?"),
        ("/?sort=mine&page=3&ranking=rk_1", "/?sort=mine"),
        ("/week/2026-W30/#paper-4", "/week/2026-W30/?"),
        ("/papers/2607.00001/", "/day/2026-07-21/"),
        ("", "/day/2026-07-21/"),
        ("https://evil.example/", "/day/2026-07-21/"),
    ],
)
def test_htmx_gets_a_link_to_the_updated_ranking(ada, client_of, voted_on, reordered):
    papers(1)
    assert f'<a href="{reordered}">' in html(vote(client_of(ada), "1", next=voted_on, **HTMX))
