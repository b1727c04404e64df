"""Saving one paper, by form and by htmx; and choosing its collections."""

import pytest
from django.urls import reverse

from recommender import collections
from recommender.collections import create, reading_list, save, saved_in, saved_pks
from tests.feeds.planting import paper, papers

HTMX = {"HTTP_HX_REQUEST": "true"}
SAVE = "/papers/2607.00001/save/"


def press(client, value, **more):
    return client.post(SAVE, {"saved": value, "next": "/?sort=recent"}, **more)


def test_a_form_saves_and_comes_back(ada, client_of):
    [found] = papers(1)
    assert press(client_of(ada), "1")["Location"] == "/?sort=recent"
    assert saved_pks(ada, [found.pk]) == {found.pk}


def test_pressed_again_it_is_taken_off(ada, client_of):
    papers(1)
    client = client_of(ada)
    press(client, "1")
    press(client, "0")
    assert reading_list(ada).size == 0


@pytest.mark.parametrize(("value", "pressed", "words"), [("1", "true", "Saved to"), ("0", "false", "Removed from")])
def test_htmx_gets_the_new_button_and_the_words(ada, client_of, value, pressed, words):
    papers(1)
    page = press(client_of(ada), value, **HTMX).content.decode()
    assert f'aria-pressed="{pressed}"' in page
    assert words in page


@pytest.mark.parametrize("value", ["", "2", "true", "-1"])
def test_no_other_value_is_taken(ada, client_of, value):
    papers(1)
    assert press(client_of(ada), value).status_code == 400


def test_a_full_reading_list_says_so(ada, client_of, monkeypatch):
    monkeypatch.setattr(collections, "MOST_SAVED", 0)
    papers(1)
    page = press(client_of(ada), "1", **HTMX).content.decode()
    assert "can hold 0" in page
    assert 'aria-pressed="false"' in page


def test_anonymous_is_led_to_signing_in_and_back(anonymous):
    papers(1)
    assert press(anonymous, "1")["Location"] == f"{reverse('account_login')}?next=/%3Fsort%3Drecent"
    assert press(anonymous, "1", **HTMX)["HX-Redirect"].startswith(reverse("account_login"))


def test_nobody_is_led_to_another_site(ada, client_of):
    papers(1)
    answer = client_of(ada).post(SAVE, {"saved": "1", "next": "https://evil.example/"})
    assert answer["Location"] == "/papers/2607.00001/"


def test_an_unknown_paper_is_a_404_and_a_link_saves_nothing(ada, client_of):
    client = client_of(ada)
    assert (press(client, "1").status_code, client.get(SAVE).status_code) == (404, 405)


def test_an_old_id_with_a_slash_can_be_saved(ada, client_of):
    paper("hep-th/9901001")
    client_of(ada).post("/papers/hep-th/9901001/save/", {"saved": "1"})
    assert reading_list(ada).size == 1


def test_the_page_of_a_papers_collections_ticks_those_it_is_in(ada, client_of):
    [found] = papers(1)
    made = create(ada, "Graphs")
    save(made, [found])
    response = client_of(ada).get("/papers/2607.00001/collections/")
    assert response.context["there"] == {made.public_id}
    assert response.content.decode().count("checked") == 1


def test_ticking_puts_it_in_and_out(ada, client_of):
    [found] = papers(1)
    one, other = create(ada, "One"), create(ada, "Other")
    save(one, [found])
    answer = client_of(ada).post("/papers/2607.00001/collections/", {"in": [other.public_id, "saved"]})
    assert answer["Location"] == "/papers/2607.00001/"
    assert [saved_in(made).count() for made in (one, other, reading_list(ada))] == [0, 1, 1]


def test_a_strangers_collection_cannot_be_ticked(ada, bob, client_of):
    papers(1)
    made = create(ada, "Graphs")
    client_of(bob).post("/papers/2607.00001/collections/", {"in": made.public_id})
    assert saved_in(made).count() == 0
