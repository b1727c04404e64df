"""Pages of the reading list and of collections."""

import pytest
from django.urls import reverse

from recommender import collections, votes
from recommender.collections import create, find, reading_list, save, saved_in, write_note
from tests.feeds.planting import DAY, paper, papers

from .pages import html, message_texts


def listed_ids(response):
    assert response.status_code == 200
    return [row.saved.paper.public_id for row in response.context["rows"]]


def at(name, collection, *rest):
    return reverse(name, args=[collection.public_id, *rest])


def ids_in(collection):
    return sorted(saved_in(collection).values_list("paper__public_id", flat=True))


@pytest.mark.parametrize("address", ["/saved/", "/saved/new/", "/saved/co_x/", "/saved/saved/more/"])
def test_anonymous_is_redirected_to_sign_in(anonymous, address):
    assert anonymous.get(address)["Location"].startswith(reverse("account_login"))


def test_an_empty_reading_list_explains_saving_and_has_no_row(ada, client_of):
    assert "No saved papers yet" in html(client_of(ada).get("/saved/"))
    assert not ada.collections.exists()


def test_a_saved_paper_has_its_note_and_my_vote(ada, client_of):
    [first] = papers(1)
    save(reading_list(ada), [first])
    write_note(reading_list(ada), first, "for the <seminar>")
    votes.cast(ada, first, -1)
    response = client_of(ada).get("/saved/")
    assert (listed_ids(response), response.context["rows"][0].entry.my_vote) == (["2607.00001"], -1)
    assert "for the &lt;seminar&gt;" in html(response)


def test_a_page_has_fifty_papers(ada, client_of):
    save(reading_list(ada), papers(51))
    client = client_of(ada)
    assert (len(listed_ids(client.get("/saved/"))), len(listed_ids(client.get("/saved/?page=2")))) == (50, 1)


def test_queries_do_not_grow_with_papers(ada, client_of, django_assert_num_queries, django_assert_max_num_queries):
    catalogue, client = papers(40), client_of(ada)
    save(reading_list(ada), catalogue[:2])
    with django_assert_max_num_queries(15) as few:
        client.get("/saved/")
    save(reading_list(ada), catalogue)
    with django_assert_num_queries(len(few)):
        client.get("/saved/")


def test_fifty_papers_take_less_than_120_kilobytes(ada, client_of):
    fields = {"title": "A theorem on knots " * 5, "abstract": "Words " * 250, "authors": ["Ada Lovelace"] * 6}
    catalogue = [paper(f"2607.{n:05d}", categories=["math.GT", "cs.LG", "stat.ML"], **fields) for n in range(1, 51)]
    save(reading_list(ada), catalogue)
    assert len(client_of(ada).get("/saved/").content) < 120_000


def test_titles_can_be_searched_and_links_keep_the_search(ada, client_of):
    save(reading_list(ada), [paper("2607.00001", title="Knots"), paper("2607.00002", title="Rings")])
    response = client_of(ada).get("/saved/", {"q": "knots"})
    assert listed_ids(response) == ["2607.00001"]
    assert "q=knots&amp;sort=day" in html(response)


@pytest.mark.parametrize("sort", ["day", "mine", "nonsense", "\x00"])
def test_any_sort_shows_the_same_papers(ada, client_of, sort):
    save(reading_list(ada), papers(2))
    assert sorted(listed_ids(client_of(ada).get("/saved/", {"sort": sort}))) == ["2607.00001", "2607.00002"]


def test_a_new_collection_is_created_and_opened(ada, client_of):
    response = client_of(ada).post("/saved/new/", {"name": " Graph  theory ", "note": "for later"}, follow=True)
    [collection] = ada.collections.all()
    assert (collection.name, collection.note, response.redirect_chain) == (
        "Graph theory", "for later", [(f"/saved/{collection.public_id}/", 302)],
    )  # fmt: skip


def test_a_new_collection_can_start_with_a_paper(ada, client_of):
    papers(1)
    client = client_of(ada)
    assert "On 2607.00001" in html(client.get("/saved/new/?paper=2607.00001"))
    client.post("/saved/new/", {"name": "Graphs", "paper": "2607.00001"})
    assert ids_in(ada.collections.get()) == ["2607.00001"]


def test_a_name_in_use_is_an_error_beside_the_field(ada, client_of):
    create(ada, "Graphs")
    response = client_of(ada).post("/saved/new/", {"name": "graphs"})
    assert "already; choose another name" in response.context["form"].errors["name"][0]


def test_the_name_and_the_note_can_be_changed(ada, client_of):
    collection = create(ada, "Graphs")
    client_of(ada).post(at("collection-edit", collection), {"name": "Networks", "note": "new"})
    collection.refresh_from_db()
    assert (collection.name, collection.note) == ("Networks", "new")


def test_the_reading_list_accepts_a_note_and_no_other_name(ada, client_of):
    client_of(ada).post("/saved/saved/edit/", {"name": "Other", "note": "for the train"})
    assert (reading_list(ada).name, reading_list(ada).note) == ("Saved", "for the train")


def test_deleting_needs_a_confirmation(ada, client_of):
    collection, client = create(ada, "Graphs"), client_of(ada)
    assert "This cannot be undone" in html(client.get(at("collection-delete", collection)))
    assert ada.collections.exists()
    assert client.post(at("collection-delete", collection))["Location"] == "/saved/"
    assert not ada.collections.exists()


def test_the_reading_list_cannot_be_deleted(ada, client_of):
    save(reading_list(ada), papers(1))
    assert client_of(ada).post("/saved/saved/delete/").status_code == 404
    assert reading_list(ada).size == 1


def test_the_button_of_a_paper_removes_only_that_paper(ada, client_of):
    save(reading_list(ada), papers(2))
    pressed = {"remove": "2607.00001", "papers": "2607.00002"}
    response = client_of(ada).post("/saved/saved/papers/", pressed, follow=True)
    assert message_texts(response) == ["1 paper removed from “Saved”."]
    assert ids_in(reading_list(ada)) == ["2607.00002"]


@pytest.mark.parametrize(("action", "left"), [("move", 1), ("copy", 3)])
def test_selected_papers_are_moved_or_copied(ada, client_of, action, left):
    save(reading_list(ada), papers(3))
    target = create(ada, "Graphs")
    ticked = {"action": action, "papers": ["2607.00001", "2607.00002"], "to": target.public_id}
    client_of(ada).post("/saved/saved/papers/", ticked)
    assert (ids_in(target), len(ids_in(reading_list(ada)))) == (["2607.00001", "2607.00002"], left)


def test_a_message_says_that_no_papers_were_selected(ada, client_of):
    response = client_of(ada).post("/saved/saved/papers/", {"action": "remove"}, follow=True)
    assert message_texts(response) == ["No papers selected. Select papers first."]


def test_an_unknown_action_is_a_400(ada, client_of):
    save(reading_list(ada), papers(1))
    answer = client_of(ada).post("/saved/saved/papers/", {"action": "burn", "papers": "2607.00001"})
    assert (answer.status_code, reading_list(ada).size) == (400, 1)


@pytest.mark.parametrize(
    ("next_url", "location"),
    [("/saved/?sort=day", "/saved/?sort=day"), ("https://evil.example/saved/", "/saved/"), ("//evil", "/saved/")],
)
def test_next_is_followed_only_to_the_same_collection(ada, client_of, next_url, location):
    save(reading_list(ada), papers(1))
    answer = client_of(ada).post("/saved/saved/papers/", {"remove": "2607.00001", "next": next_url})
    assert answer["Location"] == location


def test_a_note_is_saved_and_deleted(ada, client_of):
    save(reading_list(ada), papers(1))
    client = client_of(ada)
    address = reverse("collection-note", args=["saved", "2607.00001"])
    client.post(address, {"note": "read it"})
    assert saved_in(reading_list(ada)).get().note == "read it"
    client.post(address, {"note": ""})
    assert saved_in(reading_list(ada)).get().note == ""


def test_a_note_that_is_too_long_is_refused_with_a_message(ada, client_of):
    save(reading_list(ada), papers(1))
    response = client_of(ada).post("/saved/saved/papers/2607.00001/note/", {"note": "x" * 2001}, follow=True)
    assert message_texts(response) == [
        "Your note was not saved: a note has at most 2,000 characters; this one has 2,001."
    ]


def test_a_note_on_a_paper_that_is_not_in_it_is_a_404(ada, client_of):
    papers(1)
    assert client_of(ada).post("/saved/saved/papers/2607.00001/note/", {"note": "x"}).status_code == 404


def test_more_shows_new_papers_with_the_papers_they_are_similar_to(ada, client_of, planted):
    collection = create(ada, "Folding")
    save(collection, planted[1][8:10])
    response = client_of(ada).get(at("collection-more", collection), {"window": "day"})
    assert {entry.paper for entry in response.context["entries"][:8]} == set(planted[1][:8])
    assert f'href="{planted[1][8].get_absolute_url()}"' in html(response)


def test_more_of_an_empty_collection_says_what_to_do(ada, client_of, planted):
    assert "Save a few papers here first" in html(client_of(ada).get("/saved/saved/more/"))


def test_a_strangers_collection_is_a_404_for_reading_and_for_changing(ada, bob, client_of):
    collection, client = create(ada, "Adas secret"), client_of(bob)
    papers(1)
    for name in ("collection", "collection-edit", "collection-delete", "collection-more"):
        assert client.get(at(name, collection)).status_code == 404
    assert client.get(at("collection-export", collection, "json")).status_code == 404
    assert client.post(at("collection-delete", collection)).status_code == 404
    save(collection, papers(1, month="2608"))
    removing = client.post(at("collection-papers", collection), {"remove": "2608.00001"})
    assert (removing.status_code, ids_in(collection)) == (404, ["2608.00001"])


def test_papers_cannot_be_moved_into_a_strangers_collection(ada, bob, client_of):
    collection = create(ada, "Graphs")
    save(reading_list(bob), papers(1))
    moving = {"action": "move", "papers": "2607.00001", "to": collection.public_id}
    assert client_of(bob).post("/saved/saved/papers/", moving).status_code == 404
    assert (ids_in(collection), ids_in(reading_list(bob))) == ([], ["2607.00001"])


@pytest.mark.parametrize("odd", ["\x00", "co_\x00", "../..", "😀", "x" * 5000])
def test_odd_ids_of_papers_and_collections_cause_no_error(ada, client_of, odd):
    save(reading_list(ada), papers(1))
    client = client_of(ada)
    for sent in ({"remove": odd}, {"action": "copy", "papers": odd, "to": "saved"}):
        assert client.post("/saved/saved/papers/", sent).status_code == 302
    moving = {"action": "move", "papers": "2607.00001", "to": odd}
    assert client.post("/saved/saved/papers/", moving).status_code == 404
    assert client.get("/saved/new/", {"paper": odd}).status_code == 404
    assert client.get("/saved/", {"q": odd, "page": odd}).status_code == 200


def test_a_get_request_changes_no_collection(ada, client_of):
    collection = create(ada, "Graphs")
    for address in (at("collection-papers", collection), at("collection-note", collection, "2607.00001")):
        assert client_of(ada).get(address).status_code == 405


def test_titles_names_and_notes_are_escaped(ada, client_of):
    collection = create(ada, "<b>name</b>", "<script>alert(1)</script>")
    save(collection, [paper("2607.00001", title="<img src=x onerror=alert(1)>")])
    page = html(client_of(ada).get(collection.get_absolute_url()))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>name" not in page


def test_a_withdrawn_paper_stays_in_its_collection(ada, client_of):
    save(reading_list(ada), [paper("2607.00001", DAY, withdrawn=True)])
    assert listed_ids(client_of(ada).get("/saved/")) == ["2607.00001"]
    assert find(ada, "saved").size == collections.reading_list(ada).size == 1
