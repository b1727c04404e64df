"""What pages record with and without scripts; prefetching and other people record nothing."""

import pytest
from django.test import Client

from recommender.models import Impression
from recommender.ranking.rank import rank
from tests.feeds.planting import DAY, papers

from .pages import HTMX, html


@pytest.fixture
def catalogue(db):
    """Papers in the order of the page, newest first."""
    return papers(3)[::-1]


@pytest.fixture
def ranking(ada, catalogue):
    return rank(ada, DAY)


def recorded():
    rows = Impression.objects.order_by("position").values_list("position", "clicked_at", "vote", "surface")
    return [(position, clicked is not None, vote, surface) for position, clicked, vote, surface in rows]


def test_loading_a_page_records_nothing(ada, client_of, catalogue):
    client_of(ada).get("/")
    assert recorded() == []


def test_places_that_came_into_view_are_recorded(ada, client_of, ranking):
    answer = client_of(ada).post("/shown/", {"ranking": ranking.public_id, "places": "1,3"})
    assert (answer.status_code, recorded()) == (204, [(1, False, None, "web"), (3, False, None, "web")])


def test_without_scripts_an_image_records_all_places_of_the_page(ada, client_of, ranking):
    client = client_of(ada)
    page = html(client.get("/", {"sort": "recent"}))
    address = page.partition('<noscript><img src="')[2].partition('"')[0]
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert [row[0] for row in recorded()] == [1, 2, 3]


def test_opening_a_paper_from_a_list_is_recorded_and_keeps_its_canonical_url(ada, client_of, catalogue):
    client = client_of(ada)
    page = client.get("/")
    name = page.context["ranking"].public_id
    link = f"{catalogue[1].get_absolute_url()}?from={name}"
    assert f'<h2> <a href="{link}">' in " ".join(html(page).split())
    assert f'<link rel="canonical" href="http://testserver{catalogue[1].get_absolute_url()}">' in html(client.get(link))
    assert recorded() == [(2, True, None, "web")]


def test_a_followed_link_is_recorded(ada, client_of, ranking, catalogue):
    client = client_of(ada)
    assert client.post("/followed/", {"ranking": ranking.public_id, "paper": catalogue[0].pk}).status_code == 204
    assert recorded() == [(1, True, None, "web")]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_vote_is_recorded_with_its_list(ada, client_of, catalogue, headers):
    client = client_of(ada)
    name = client.get("/").context["ranking"].public_id
    client.post(f"/papers/{catalogue[2].public_id}/vote/", {"value": "1", "ranking": name}, **headers)
    assert recorded() == [(3, False, 1, "web")]


def test_the_vote_form_of_a_papers_page_names_the_list(ada, client_of, ranking, catalogue):
    page = html(client_of(ada).get(catalogue[0].get_absolute_url(), {"from": ranking.public_id}))
    assert f'<input type="hidden" name="ranking" value="{ranking.public_id}">' in page


AHEAD = [{"HTTP_SEC_PURPOSE": "prefetch;prerender"}, {"HTTP_PURPOSE": "prefetch"}, {"HTTP_X_MOZ": "prefetch"}]


@pytest.mark.parametrize("headers", AHEAD)
def test_prefetched_pages_are_not_recorded(ada, client_of, ranking, catalogue, headers):
    client = client_of(ada)
    client.get(catalogue[0].get_absolute_url(), {"from": ranking.public_id}, **headers)
    client.get(f"/shown/{ranking.public_id}/1,2.gif", **headers)
    assert recorded() == []


def test_a_head_request_records_nothing(ada, client_of, ranking, catalogue):
    client = client_of(ada)
    client.head(catalogue[0].get_absolute_url(), {"from": ranking.public_id})
    client.head(f"/shown/{ranking.public_id}/1.gif")
    assert recorded() == []


@pytest.mark.parametrize("places", ["", "0", "1,", "a", "1,2,4", "1" * 9, ",".join(["1"] * 201), "\x00", "1 ,2"])
def test_invalid_places_are_a_400_that_explains_the_format(ada, client_of, ranking, places):
    answer = client_of(ada).post("/shown/", {"ranking": ranking.public_id, "places": places})
    assert (answer.status_code, recorded()) == (400, [])
    assert answer.content.startswith(b"places must be 1 to 200 places")


@pytest.mark.parametrize("name", ["", "rk_none", "\x00", "x" * 33])
def test_an_unknown_ranking_is_a_404(ada, client_of, ranking, name):
    assert client_of(ada).post("/shown/", {"ranking": name, "places": "1"}).status_code == 404


def test_a_strangers_ranking_is_a_404_and_leaves_no_trace(bob, client_of, ranking, catalogue):
    client = client_of(bob)
    assert client.post("/shown/", {"ranking": ranking.public_id, "places": "1"}).status_code == 404
    assert client.get(f"/shown/{ranking.public_id}/1.gif").status_code == 404
    client.post("/followed/", {"ranking": ranking.public_id, "paper": catalogue[0].pk})
    client.get(catalogue[0].get_absolute_url(), {"from": ranking.public_id})
    client.post(f"/papers/{catalogue[0].public_id}/vote/", {"value": "1", "ranking": ranking.public_id})
    assert recorded() == []


@pytest.mark.parametrize("paper", ["", "x", "999999999", "9" * 30])
def test_a_followed_link_of_an_unknown_paper_is_a_404(ada, client_of, ranking, paper):
    sent = {"ranking": ranking.public_id, "paper": paper}
    assert client_of(ada).post("/followed/", sent).status_code == 404


@pytest.mark.parametrize("address", ["/shown/", "/followed/"])
def test_without_a_csrf_token_or_a_session_nothing_is_recorded(ada, anonymous, ranking, catalogue, address):
    sent = {"ranking": ranking.public_id, "places": "1", "paper": catalogue[0].pk}
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(address, sent).status_code == 403
    assert anonymous.post(address, sent)["Location"].startswith("/accounts/login/")
    assert (client.get(address).status_code, recorded()) == (405, [])


@pytest.mark.parametrize("wish", [{"gives_evidence": False}, {"is_paused": True}])
def test_pages_of_readers_without_statistics_report_nothing(ada, client_of, catalogue, wish):
    type(ada).objects.filter(pk=ada.pk).update(**wish)
    page = html(client_of(ada).get("/"))
    assert [mark for mark in ("data-ranking", "?from=", "noscript") if mark in page] == []


def test_anonymous_pages_report_nothing(anonymous, catalogue):
    assert "data-ranking" not in html(anonymous.get("/"))


def test_statistics_are_turned_off_and_on_in_the_settings(ada, client_of):
    client = client_of(ada)
    for value, is_on in (("0", False), ("1", True)):
        assert client.post("/settings/evidence/", {"given": value}).status_code == 302
        ada.refresh_from_db()
        assert ada.gives_evidence is is_on
    assert client.post("/settings/evidence/", {"given": "x"}).status_code == 400
