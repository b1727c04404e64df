"""The pages of what a reader keeps."""

import pytest
from django.urls import reverse

from recommender import collections, votes
from recommender.collections import create, find, reading_list, save, saved_in, write_note
from tests.feeds.planting import DAY, paper, papers


def html(response):
    assert response.status_code == 200
    return response.content.decode()


def shown(response):
    assert response.status_code == 200
    return [row.saved.paper.public_id for row in response.context["rows"]]


def said(response):
    return [str(message) for message in response.context["messages"]]


def at(name, collection, *rest):
    return reverse(name, args=[collection.public_id, *rest])


def kept_in(collection):
    return sorted(saved_in(collection).values_list("paper__public_id", flat=True))


@pytest.mark.parametrize("address", ["/saved/", "/saved/new/", "/saved/co_x/", "/saved/saved/more/"])
def test_anonymous_is_led_to_signing_in(anonymous, address):
    assert anonymous.get(address)["Location"].startswith(reverse("account_login"))


def test_an_empty_reading_list_says_how_to_fill_it_and_reading_makes_no_row(ada, client_of):
    assert "No saved papers yet" in html(client_of(ada).get("/saved/"))
    assert not ada.collections.exists()


def test_what_is_saved_is_shown_with_its_note_and_my_vote(ada, client_of):
    [first] = papers(1)
    save(reading_list(ada), [first])
    write_note(reading_list(ada), first, "for the <seminar>")
    votes.cast(ada, first, -1)
    response = client_of(ada).get("/saved/")
    assert (shown(response), response.context["rows"][0].entry.my_vote) == (["2607.00001"], -1)
    assert "for the &lt;seminar&gt;" in html(response)


def test_fifty_papers_come_at_a_time(ada, client_of):
    save(reading_list(ada), papers(51))
    client = client_of(ada)
    assert (len(shown(client.get("/saved/"))), len(shown(client.get("/saved/?page=2")))) == (50, 1)


def test_queries_do_not_grow_with_papers(ada, client_of, django_assert_num_queries, django_assert_max_num_queries):
    found, client = papers(40), client_of(ada)
    save(reading_list(ada), found[:2])
    with django_assert_max_num_queries(15) as few:
        client.get("/saved/")
    save(reading_list(ada), found)
    with django_assert_num_queries(len(few)):
        client.get("/saved/")


def test_fifty_papers_take_less_than_120_kilobytes(ada, client_of):
    fields = {"title": "A theorem on knots " * 5, "abstract": "Words " * 250, "authors": ["Ada Lovelace"] * 6}
    found = [paper(f"2607.{n:05d}", categories=["math.GT", "cs.LG", "stat.ML"], **fields) for n in range(1, 51)]
    save(reading_list(ada), found)
    assert len(client_of(ada).get("/saved/").content) < 120_000


def test_titles_can_be_searched_and_the_search_stays_in_the_links(ada, client_of):
    save(reading_list(ada), [paper("2607.00001", title="Knots"), paper("2607.00002", title="Rings")])
    response = client_of(ada).get("/saved/", {"q": "knots"})
    assert shown(response) == ["2607.00001"]
    assert "q=knots&amp;sort=day" in html(response)


@pytest.mark.parametrize("sort", ["day", "mine", "nonsense", "\x00"])
def test_any_sort_shows_the_same_papers(ada, client_of, sort):
    save(reading_list(ada), papers(2))
    assert sorted(shown(client_of(ada).get("/saved/", {"sort": sort}))) == ["2607.00001", "2607.00002"]


def test_a_collection_is_made_and_opened(ada, client_of):
    response = client_of(ada).post("/saved/new/", {"name": " Graph  theory ", "note": "for later"}, follow=True)
    [made] = ada.collections.all()
    assert (made.name, made.note, response.redirect_chain) == (
        "Graph theory", "for later", [(f"/saved/{made.public_id}/", 302)],
    )  # fmt: skip


def test_a_collection_can_begin_with_a_paper(ada, client_of):
    papers(1)
    client = client_of(ada)
    assert "On 2607.00001" in html(client.get("/saved/new/?paper=2607.00001"))
    client.post("/saved/new/", {"name": "Graphs", "paper": "2607.00001"})
    assert kept_in(ada.collections.get()) == ["2607.00001"]


def test_a_name_that_is_taken_is_refused_beside_the_field(ada, client_of):
    create(ada, "Graphs")
    response = client_of(ada).post("/saved/new/", {"name": "graphs"})
    assert "already; choose another name" in response.context["form"].errors["name"][0]


def test_a_collection_gets_another_name_and_note(ada, client_of):
    made = create(ada, "Graphs")
    client_of(ada).post(at("collection-edit", made), {"name": "Networks", "note": "new"})
    made.refresh_from_db()
    assert (made.name, made.note) == ("Networks", "new")


def test_the_reading_list_takes_a_note_and_keeps_its_name(ada, client_of):
    client_of(ada).post("/saved/saved/edit/", {"name": "Other", "note": "for the train"})
    assert (reading_list(ada).name, reading_list(ada).note) == ("Saved", "for the train")


def test_deleting_asks_first(ada, client_of):
    made, client = create(ada, "Graphs"), client_of(ada)
    assert "This cannot be undone" in html(client.get(at("collection-delete", made)))
    assert ada.collections.exists()
    assert client.post(at("collection-delete", made))["Location"] == "/saved/"
    assert not ada.collections.exists()


def test_the_reading_list_cannot_be_deleted(ada, client_of):
    save(reading_list(ada), papers(1))
    assert client_of(ada).post("/saved/saved/delete/").status_code == 404
    assert reading_list(ada).size == 1


def test_one_paper_is_removed_by_its_own_button(ada, client_of):
    save(reading_list(ada), papers(2))
    pressed = {"remove": "2607.00001", "papers": "2607.00002"}
    response = client_of(ada).post("/saved/saved/papers/", pressed, follow=True)
    assert said(response) == ["1 paper removed from “Saved”."]
    assert kept_in(reading_list(ada)) == ["2607.00002"]


@pytest.mark.parametrize(("action", "left"), [("move", 1), ("copy", 3)])
def test_ticked_papers_are_moved_or_copied(ada, client_of, action, left):
    save(reading_list(ada), papers(3))
    target = create(ada, "Graphs")
    ticked = {"action": action, "papers": ["2607.00001", "2607.00002"], "to": target.public_id}
    client_of(ada).post("/saved/saved/papers/", ticked)
    assert (kept_in(target), len(kept_in(reading_list(ada)))) == (["2607.00001", "2607.00002"], left)


def test_nothing_ticked_is_said(ada, client_of):
    response = client_of(ada).post("/saved/saved/papers/", {"action": "remove"}, follow=True)
    assert said(response) == ["No papers selected. Select papers first."]


def test_no_other_action_is_taken(ada, client_of):
    save(reading_list(ada), papers(1))
    answer = client_of(ada).post("/saved/saved/papers/", {"action": "burn", "papers": "2607.00001"})
    assert (answer.status_code, reading_list(ada).size) == (400, 1)


@pytest.mark.parametrize(
    ("wanted", "back"),
    [("/saved/?sort=day", "/saved/?sort=day"), ("https://evil.example/saved/", "/saved/"), ("//evil", "/saved/")],
)
def test_the_way_back_is_to_the_same_collection_only(ada, client_of, wanted, back):
    save(reading_list(ada), papers(1))
    answer = client_of(ada).post("/saved/saved/papers/", {"remove": "2607.00001", "next": wanted})
    assert answer["Location"] == back


def test_a_note_is_written_and_taken_away(ada, client_of):
    save(reading_list(ada), papers(1))
    client = client_of(ada)
    address = reverse("collection-note", args=["saved", "2607.00001"])
    client.post(address, {"note": "read it"})
    assert saved_in(reading_list(ada)).get().note == "read it"
    client.post(address, {"note": ""})
    assert saved_in(reading_list(ada)).get().note == ""


def test_a_note_that_is_too_long_is_refused_in_words(ada, client_of):
    save(reading_list(ada), papers(1))
    response = client_of(ada).post("/saved/saved/papers/2607.00001/note/", {"note": "x" * 2001}, follow=True)
    assert said(response) == ["Your note was not saved: a note has at most 2,000 characters; this one has 2,001."]


def test_a_note_on_a_paper_that_is_not_in_it_is_a_404(ada, client_of):
    papers(1)
    assert client_of(ada).post("/saved/saved/papers/2607.00001/note/", {"note": "x"}).status_code == 404


def test_more_like_it_shows_new_papers_with_the_papers_they_are_like(ada, client_of, planted):
    made = create(ada, "Folding")
    save(made, planted[1][8:10])
    response = client_of(ada).get(at("collection-more", made), {"window": "day"})
    assert {entry.paper for entry in response.context["entries"][:8]} == set(planted[1][:8])
    assert f'href="{planted[1][8].get_absolute_url()}"' in html(response)


def test_more_like_nothing_says_what_to_do(ada, client_of, planted):
    assert "Save a few papers here first" in html(client_of(ada).get("/saved/saved/more/"))


def test_a_strangers_collection_is_a_404_for_reading_and_for_changing(ada, bob, client_of):
    made, client = create(ada, "Adas secret"), client_of(bob)
    papers(1)
    for name in ("collection", "collection-edit", "collection-delete", "collection-more"):
        assert client.get(at(name, made)).status_code == 404
    assert client.get(at("collection-export", made, "json")).status_code == 404
    assert client.post(at("collection-delete", made)).status_code == 404
    save(made, papers(1, month="2608"))
    removing = client.post(at("collection-papers", made), {"remove": "2608.00001"})
    assert (removing.status_code, kept_in(made)) == (404, ["2608.00001"])


def test_nobody_moves_papers_into_a_strangers_collection(ada, bob, client_of):
    made = create(ada, "Graphs")
    save(reading_list(bob), papers(1))
    moving = {"action": "move", "papers": "2607.00001", "to": made.public_id}
    assert client_of(bob).post("/saved/saved/papers/", moving).status_code == 404
    assert (kept_in(made), kept_in(reading_list(bob))) == ([], ["2607.00001"])


@pytest.mark.parametrize("odd", ["\x00", "co_\x00", "../..", "😀", "x" * 5000])
def test_odd_names_of_papers_and_collections_are_answered(ada, client_of, odd):
    save(reading_list(ada), papers(1))
    client = client_of(ada)
    for sent in ({"remove": odd}, {"action": "copy", "papers": odd, "to": "saved"}):
        assert client.post("/saved/saved/papers/", sent).status_code == 302
    moving = {"action": "move", "papers": "2607.00001", "to": odd}
    assert client.post("/saved/saved/papers/", moving).status_code == 404
    assert client.get("/saved/new/", {"paper": odd}).status_code == 404
    assert client.get("/saved/", {"q": odd, "page": odd}).status_code == 200


def test_collections_are_not_changed_by_following_a_link(ada, client_of):
    made = create(ada, "Graphs")
    for address in (at("collection-papers", made), at("collection-note", made, "2607.00001")):
        assert client_of(ada).get(address).status_code == 405


def test_what_papers_and_readers_write_is_shown_as_text(ada, client_of):
    made = create(ada, "<b>name</b>", "<script>alert(1)</script>")
    save(made, [paper("2607.00001", title="<img src=x onerror=alert(1)>")])
    page = html(client_of(ada).get(made.get_absolute_url()))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>name" not in page


def test_a_withdrawn_paper_stays_where_it_was_put(ada, client_of):
    save(reading_list(ada), [paper("2607.00001", DAY, withdrawn=True)])
    assert shown(client_of(ada).get("/saved/")) == ["2607.00001"]
    assert find(ada, "saved").size == collections.reading_list(ada).size == 1
