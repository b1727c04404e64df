"""A collection shown to whoever has its link: off at first, unguessable, revocable, and without what is private."""

import pytest

from recommender.collections import create, reading_list, save, share, write_note
from tests.feeds.planting import papers


@pytest.fixture
def made(ada):
    found = create(ada, "Graphs", "for the seminar")
    first, second = papers(2)
    save(found, [first, second])
    write_note(found, first, "my secret thought")
    return found


def link_of(made):
    made.refresh_from_db()
    return f"/shared/{made.link}/"


def press(client, made, value):
    return client.post(f"/saved/{made.public_id}/share/", {"shared": value})


def test_nothing_is_shared_until_its_reader_says_so(ada, client_of, made):
    assert "Only you can see this collection." in client_of(ada).get(f"/saved/{made.public_id}/share/").content.decode()
    assert not made.link


def test_anybody_with_the_link_sees_the_papers(ada, client_of, anonymous, made):
    press(client_of(ada), made, "1")
    response = anonymous.get(link_of(made))
    page = response.content.decode()
    assert [entry.paper.public_id for entry in response.context["entries"]] == ["2607.00002", "2607.00001"]
    assert "for the seminar" in page


def test_notes_on_papers_and_the_reader_stay_private(ada, bob, client_of, anonymous, made):
    press(client_of(ada), made, "1")
    for client in (anonymous, client_of(bob)):
        page = client.get(link_of(made)).content.decode()
        assert "my secret thought" not in page
        assert "ada" not in page.lower()


def test_search_engines_are_asked_to_leave_it_out(made, anonymous):
    share(made)
    assert anonymous.get(link_of(made))["X-Robots-Tag"] == "noindex"


def test_a_link_stays_the_same_until_it_is_revoked(ada, client_of, anonymous, made):
    client = client_of(ada)
    press(client, made, "1")
    first = link_of(made)
    press(client, made, "1")
    assert link_of(made) == first
    press(client, made, "0")
    assert anonymous.get(first).status_code == 404
    press(client, made, "1")
    assert link_of(made) != first


def test_a_link_has_32_letters_of_chance(made):
    assert len(share(made).link) == 32  # 24 bytes, six bits a letter


def test_nobody_else_shares_or_revokes_it(ada, bob, client_of, made):
    assert press(client_of(bob), made, "1").status_code == 404
    share(made)
    before = link_of(made)
    assert (press(client_of(bob), made, "0").status_code, link_of(made)) == (404, before)


def test_a_reading_list_can_be_shared_before_it_has_a_row(ada, client_of, anonymous):
    client_of(ada).post("/saved/saved/share/", {"shared": "1"})
    assert anonymous.get(f"/shared/{reading_list(ada).link}/").status_code == 200


def test_reading_the_page_shares_nothing_and_a_shared_page_takes_no_post(ada, client_of, anonymous, made):
    client_of(ada).get(f"/saved/{made.public_id}/share/?shared=1")
    made.refresh_from_db()
    assert not made.link
    share(made)
    assert anonymous.post(link_of(made)).status_code == 405


@pytest.mark.parametrize("link", ["x", "None", "saved", "0" * 32])
def test_a_link_that_nobody_made_is_a_404(made, anonymous, link):
    assert anonymous.get(f"/shared/{link}/").status_code == 404


def test_queries_do_not_grow_with_papers(ada, anonymous, django_assert_num_queries, django_assert_max_num_queries):
    found = papers(30)
    save(reading_list(ada), found[:2])
    address = f"/shared/{share(reading_list(ada)).link}/"
    with django_assert_max_num_queries(8) as few:
        anonymous.get(address)
    save(reading_list(ada), found)
    with django_assert_num_queries(len(few)):
        anonymous.get(address)
