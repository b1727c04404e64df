"""Shared collections: off by default, with an unguessable and revocable link, without private notes."""

import pytest

from recommender.collections import create, reading_list, save, share, write_note
from tests.feeds.planting import papers


@pytest.fixture
def collection(ada):
    collection = create(ada, "Graphs", "for the seminar")
    first, second = papers(2)
    save(collection, [first, second])
    write_note(collection, first, "my secret thought")
    return collection


def link_of(collection):
    collection.refresh_from_db()
    return f"/shared/{collection.link}/"


def press(client, collection, value):
    return client.post(f"/saved/{collection.public_id}/share/", {"shared": value})


def test_a_collection_is_not_shared_at_first(ada, client_of, collection):
    page = client_of(ada).get(f"/saved/{collection.public_id}/share/").content.decode()
    assert "Only you can see this collection." in page
    assert not collection.link


def test_anybody_with_the_link_sees_the_papers(ada, client_of, anonymous, collection):
    press(client_of(ada), collection, "1")
    response = anonymous.get(link_of(collection))
    page = response.content.decode()
    assert [entry.paper.public_id for entry in response.context["entries"]] == ["2607.00002", "2607.00001"]
    assert "for the seminar" in page


def test_notes_on_papers_and_the_reader_stay_private(ada, bob, client_of, anonymous, collection):
    ada.name = "Wilhelmina Quillwright"  # no token on the page spells it by chance
    ada.email = "quillwright@example.org"
    ada.save()
    press(client_of(ada), collection, "1")
    for client in (anonymous, client_of(bob)):
        page = client.get(link_of(collection)).content.decode()
        assert "my secret thought" not in page
        assert "quillwright" not in page.lower()


def test_search_engines_are_told_not_to_index_a_shared_page(collection, anonymous):
    share(collection)
    assert anonymous.get(link_of(collection))["X-Robots-Tag"] == "noindex"


def test_a_link_stays_the_same_until_it_is_revoked(ada, client_of, anonymous, collection):
    client = client_of(ada)
    press(client, collection, "1")
    first = link_of(collection)
    press(client, collection, "1")
    assert link_of(collection) == first
    press(client, collection, "0")
    assert anonymous.get(first).status_code == 404
    press(client, collection, "1")
    assert link_of(collection) != first


def test_a_link_has_32_random_characters(collection):
    assert len(share(collection).link) == 32  # 24 bytes, six bits a letter


def test_only_its_reader_shares_or_revokes_a_collection(ada, bob, client_of, collection):
    assert press(client_of(bob), collection, "1").status_code == 404
    share(collection)
    before = link_of(collection)
    assert (press(client_of(bob), collection, "0").status_code, link_of(collection)) == (404, before)


def test_an_empty_reading_list_can_be_shared(ada, client_of, anonymous):
    client_of(ada).post("/saved/saved/share/", {"shared": "1"})
    assert anonymous.get(f"/shared/{reading_list(ada).link}/").status_code == 200


def test_a_get_request_shares_nothing_and_a_shared_page_refuses_post(ada, client_of, anonymous, collection):
    client_of(ada).get(f"/saved/{collection.public_id}/share/?shared=1")
    collection.refresh_from_db()
    assert not collection.link
    share(collection)
    assert anonymous.post(link_of(collection)).status_code == 405


@pytest.mark.parametrize("value", ["", "2", "yes"])
def test_an_invalid_value_is_a_400_and_keeps_the_link(ada, client_of, collection, value):
    share(collection)
    before = link_of(collection)
    assert press(client_of(ada), collection, value).status_code == 400
    assert link_of(collection) == before


@pytest.mark.parametrize("link", ["x", "None", "saved", "0" * 32])
def test_an_unknown_link_is_a_404(collection, anonymous, link):
    assert anonymous.get(f"/shared/{link}/").status_code == 404


def test_queries_do_not_grow_with_papers(ada, anonymous, django_assert_num_queries, django_assert_max_num_queries):
    catalogue = papers(30)
    save(reading_list(ada), catalogue[:2])
    address = f"/shared/{share(reading_list(ada)).link}/"
    with django_assert_max_num_queries(8) as few:
        anonymous.get(address)
    save(reading_list(ada), catalogue)
    with django_assert_num_queries(len(few)):
        anonymous.get(address)
