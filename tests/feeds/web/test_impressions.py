"""What pages notice of a reader, with and without scripts; and that others, and browsers ahead of time, leave none."""

import pytest
from django.test import Client

from recommender.models import Impression
from recommender.ranking.rank import rank
from tests.feeds.planting import DAY, papers

from .test_papers import HTMX, html


@pytest.fixture
def found(db):
    """The newest first, as the page has them."""
    return papers(3)[::-1]


@pytest.fixture
def ranking(ada, found):
    return rank(ada, DAY)


def noted():
    rows = Impression.objects.order_by("position").values_list("position", "clicked_at", "vote", "surface")
    return [(position, clicked is not None, vote, surface) for position, clicked, vote, surface in rows]


def test_looking_at_a_page_notes_nothing_by_itself(ada, client_of, found):
    client_of(ada).get("/")
    assert noted() == []


def test_places_that_came_into_view_are_noted(ada, client_of, ranking):
    answer = client_of(ada).post("/shown/", {"ranking": ranking.public_id, "places": "1,3"})
    assert (answer.status_code, noted()) == (204, [(1, False, None, "web"), (3, False, None, "web")])


def test_without_scripts_a_picture_notes_all_places_of_the_page(ada, client_of, ranking):
    client = client_of(ada)
    page = html(client.get("/", {"sort": "recent"}))
    address = page.partition('<noscript><img src="')[2].partition('"')[0]
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert [row[0] for row in noted()] == [1, 2, 3]


def test_a_paper_opened_from_a_list_is_noted_and_still_has_its_own_address(ada, client_of, found):
    client = client_of(ada)
    page = client.get("/")
    name = page.context["ranking"].public_id
    link = f"{found[1].get_absolute_url()}?from={name}"
    assert f'<h2>\n<a href="{link}">' in html(page)
    assert f'<link rel="canonical" href="http://testserver{found[1].get_absolute_url()}">' in html(client.get(link))
    assert noted() == [(2, True, None, "web")]


def test_a_followed_link_is_noted(ada, client_of, ranking, found):
    client = client_of(ada)
    assert client.post("/followed/", {"ranking": ranking.public_id, "paper": found[0].pk}).status_code == 204
    assert noted() == [(1, True, None, "web")]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_vote_carries_the_list_that_it_was_cast_from(ada, client_of, found, headers):
    client = client_of(ada)
    name = client.get("/").context["ranking"].public_id
    client.post(f"/papers/{found[2].public_id}/vote/", {"value": "1", "ranking": name}, **headers)
    assert noted() == [(3, False, 1, "web")]


def test_a_vote_on_a_papers_page_carries_the_list_that_led_there(ada, client_of, ranking, found):
    page = html(client_of(ada).get(found[0].get_absolute_url(), {"from": ranking.public_id}))
    assert f'<input type="hidden" name="ranking" value="{ranking.public_id}">' in page


AHEAD = [{"HTTP_SEC_PURPOSE": "prefetch;prerender"}, {"HTTP_PURPOSE": "prefetch"}, {"HTTP_X_MOZ": "prefetch"}]


@pytest.mark.parametrize("headers", AHEAD)
def test_what_a_browser_loads_ahead_of_time_is_nothing_that_was_seen(ada, client_of, ranking, found, headers):
    client = client_of(ada)
    client.get(found[0].get_absolute_url(), {"from": ranking.public_id}, **headers)
    client.get(f"/shown/{ranking.public_id}/1,2.gif", **headers)
    assert noted() == []


def test_a_head_request_notes_nothing(ada, client_of, ranking, found):
    client = client_of(ada)
    client.head(found[0].get_absolute_url(), {"from": ranking.public_id})
    client.head(f"/shown/{ranking.public_id}/1.gif")
    assert noted() == []


@pytest.mark.parametrize("places", ["", "0", "1,", "a", "1,2,4", "1" * 9, ",".join(["1"] * 201), "\x00", "1 ,2"])
def test_what_is_no_list_of_places_is_a_400_that_says_what_is(ada, client_of, ranking, places):
    answer = client_of(ada).post("/shown/", {"ranking": ranking.public_id, "places": places})
    assert (answer.status_code, noted()) == (400, [])
    assert answer.content.startswith(b"places: up to 200 whole numbers")


@pytest.mark.parametrize("name", ["", "rk_none", "\x00", "x" * 33])
def test_an_unknown_ranking_is_a_404(ada, client_of, ranking, name):
    assert client_of(ada).post("/shown/", {"ranking": name, "places": "1"}).status_code == 404


def test_a_strangers_ranking_is_a_404_and_leaves_no_trace(bob, client_of, ranking, found):
    client = client_of(bob)
    assert client.post("/shown/", {"ranking": ranking.public_id, "places": "1"}).status_code == 404
    assert client.get(f"/shown/{ranking.public_id}/1.gif").status_code == 404
    client.post("/followed/", {"ranking": ranking.public_id, "paper": found[0].pk})
    client.get(found[0].get_absolute_url(), {"from": ranking.public_id})
    client.post(f"/papers/{found[0].public_id}/vote/", {"value": "1", "ranking": ranking.public_id})
    assert noted() == []


@pytest.mark.parametrize("paper", ["", "x", "999999999", "9" * 30])
def test_a_followed_link_of_no_paper_is_a_404(ada, client_of, ranking, paper):
    sent = {"ranking": ranking.public_id, "paper": paper}
    assert client_of(ada).post("/followed/", sent).status_code == 404


@pytest.mark.parametrize("address", ["/shown/", "/followed/"])
def test_without_a_csrf_token_or_a_session_nothing_is_noted(ada, anonymous, ranking, found, address):
    sent = {"ranking": ranking.public_id, "places": "1", "paper": found[0].pk}
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(address, sent).status_code == 403
    assert anonymous.post(address, sent)["Location"].startswith("/accounts/login/")
    assert (client.get(address).status_code, noted()) == (405, [])


@pytest.mark.parametrize("wish", [{"gives_evidence": False}, {"is_paused": True}])
def test_pages_of_who_is_not_counted_ask_for_nothing(ada, client_of, found, wish):
    type(ada).objects.filter(pk=ada.pk).update(**wish)
    page = html(client_of(ada).get("/"))
    assert [mark for mark in ("data-ranking", "?from=", "noscript") if mark in page] == []


def test_anonymous_pages_ask_for_nothing(anonymous, found):
    assert "data-ranking" not in html(anonymous.get("/"))


def test_being_counted_is_switched_off_and_on_in_the_settings(ada, client_of):
    client = client_of(ada)
    for given, wanted in (("0", False), ("1", True)):
        assert client.post("/settings/evidence/", {"given": given}).status_code == 302
        ada.refresh_from_db()
        assert ada.gives_evidence is wanted
    assert client.post("/settings/evidence/", {"given": "x"}).status_code == 400
