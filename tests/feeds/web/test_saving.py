"""Saving a paper by form and by htmx, and choosing its collections."""

import pytest
from django.urls import reverse

from recommender import collections
from recommender.collections import create, reading_list, save, saved_in, saved_pks
from tests.feeds.planting import paper, papers

HTMX = {"HTTP_HX_REQUEST": "true"}
SAVE = "/papers/2607.00001/save/"


def press(client, value, **more):
    return client.post(SAVE, {"saved": value, "next": "/?sort=recent"}, **more)


def test_a_form_saves_a_paper_and_redirects_back(ada, client_of):
    [row] = papers(1)
    assert press(client_of(ada), "1")["Location"] == "/?sort=recent"
    assert saved_pks(ada, [row.pk]) == {row.pk}


def test_a_second_press_removes_the_paper(ada, client_of):
    papers(1)
    client = client_of(ada)
    press(client, "1")
    press(client, "0")
    assert reading_list(ada).size == 0


@pytest.mark.parametrize(("value", "pressed", "words"), [("1", "true", "Saved to"), ("0", "false", "Removed from")])
def test_htmx_gets_the_new_button_and_the_message(ada, client_of, value, pressed, words):
    papers(1)
    page = press(client_of(ada), value, **HTMX).content.decode()
    assert f'aria-pressed="{pressed}"' in page
    assert words in page
    assert ("Add to a collection" in page) == (value == "1")


@pytest.mark.parametrize("value", ["", "2", "true", "-1"])
def test_an_invalid_value_is_a_400(ada, client_of, value):
    papers(1)
    assert press(client_of(ada), value).status_code == 400


def test_a_full_reading_list_is_an_error(ada, client_of, monkeypatch):
    monkeypatch.setattr(collections, "MOST_SAVED", 0)
    papers(1)
    page = press(client_of(ada), "1", **HTMX).content.decode()
    assert "can hold 0" in page
    assert 'aria-pressed="false"' in page


def test_a_paper_that_could_not_be_saved_is_an_error_on_the_page(ada, client_of, monkeypatch):
    monkeypatch.setattr(collections, "MOST_SAVED", 0)
    papers(1)
    response = client_of(ada).post(SAVE, {"saved": "1"}, follow=True)
    [message] = response.context["messages"]
    assert message.level_tag == "error"
    assert "was not saved" in str(message)


def test_anonymous_is_redirected_to_sign_in_and_back(anonymous):
    papers(1)
    assert press(anonymous, "1")["Location"] == f"{reverse('account_login')}?next=/%3Fsort%3Drecent"
    assert press(anonymous, "1", **HTMX)["HX-Redirect"].startswith(reverse("account_login"))


def test_saving_never_redirects_to_another_site(ada, client_of):
    papers(1)
    answer = client_of(ada).post(SAVE, {"saved": "1", "next": "https://evil.example/"})
    assert answer["Location"] == "/papers/2607.00001/"


def test_an_unknown_paper_is_a_404_and_get_is_refused(ada, client_of):
    client = client_of(ada)
    assert (press(client, "1").status_code, client.get(SAVE).status_code) == (404, 405)


def test_an_old_id_with_a_slash_can_be_saved(ada, client_of):
    paper("hep-th/9901001")
    client_of(ada).post("/papers/hep-th/9901001/save/", {"saved": "1"})
    assert reading_list(ada).size == 1


def test_the_collections_of_a_paper_are_checked(ada, client_of):
    [row] = papers(1)
    collection = create(ada, "Graphs")
    save(collection, [row])
    response = client_of(ada).get("/papers/2607.00001/collections/")
    assert response.context["there"] == {collection.public_id}
    assert response.content.decode().count("checked") == 1


def test_checked_collections_get_the_paper_and_others_lose_it(ada, client_of):
    [row] = papers(1)
    one, other = create(ada, "One"), create(ada, "Other")
    save(one, [row])
    answer = client_of(ada).post("/papers/2607.00001/collections/", {"in": [other.public_id, "saved"]})
    assert answer["Location"] == "/papers/2607.00001/"
    assert [saved_in(collection).count() for collection in (one, other, reading_list(ada))] == [0, 1, 1]


def test_a_paper_cannot_be_put_into_a_strangers_collection(ada, bob, client_of):
    papers(1)
    collection = create(ada, "Graphs")
    client_of(bob).post("/papers/2607.00001/collections/", {"in": collection.public_id})
    assert saved_in(collection).count() == 0
