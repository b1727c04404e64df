"""Collections over REST; every response is checked against the schema."""

import pytest

from recommender import collections
from recommender.collections import create, reading_list, save, saved_in
from tests.feeds.planting import paper, papers

MINE = "/api/v1/me/collections/"


def put(client, collection_id="saved", paper_id="2607.00001", body=None):
    return client.put(f"{MINE}{collection_id}/papers/{paper_id}/", body or {})


def test_the_reading_list_exists_before_anything_is_saved(ada_api):
    [row] = ada_api.get(MINE).json()["results"]
    assert (row["id"], row["name"], row["papers"]) == ("saved", "Saved", 0)


def test_a_collection_is_created_read_changed_and_deleted(ada, ada_api):
    response = ada_api.post(MINE, {"name": "Graphs", "note": "two\nlines"})
    address = f"{MINE}{response.json()['id']}/"
    assert (response.status_code, ada_api.get(address).json()["note"]) == (201, "two\nlines")
    assert ada_api.patch(address, {"name": "Networks"}).json()["name"] == "Networks"
    assert ada_api.delete(address).status_code == 204
    assert ada_api.get(address).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": ["a"]}, {"name": "x" * 101}, {"name": "Saved"}, {"name": "a", "id": "co_x"}, []]
)
def test_an_invalid_collection_is_a_400_that_names_the_field(ada, ada_api, body):
    assert ada_api.post(MINE, body).status_code == 400
    assert not ada.collections.exists()


def test_a_name_that_is_taken_is_a_400_that_says_so(ada, ada_api):
    create(ada, "Graphs")
    [error] = ada_api.post(MINE, {"name": "graphs"}).json()["errors"]
    assert (error["field"], error["value"]) == ("name", "graphs")


def test_the_reading_list_cannot_be_renamed_or_deleted(ada, ada_api):
    assert ada_api.patch(f"{MINE}saved/", {"name": "Later"}).status_code == 400
    assert ada_api.patch(f"{MINE}saved/", {"note": "later"}).json()["note"] == "later"
    assert ada_api.delete(f"{MINE}saved/").status_code == 422


def test_adding_a_paper_twice_is_the_same_as_adding_it_once(ada, ada_api):
    papers(1)
    first, second = put(ada_api), put(ada_api)
    assert (first.json(), first.status_code) == (second.json(), 200)
    assert first.json()["paper"]["id"] == "2607.00001"
    assert reading_list(ada).size == 1


def test_a_note_does_not_change_unless_one_is_sent(ada, ada_api):
    papers(1)
    put(ada_api, body={"note": "read it"})
    assert put(ada_api).json()["note"] == "read it"
    assert put(ada_api, body={"note": ""}).json()["note"] == ""


def test_removing_a_paper_twice_is_the_same_as_removing_it_once(ada, ada_api):
    save(reading_list(ada), papers(1))
    for _ in range(2):
        assert ada_api.delete(f"{MINE}saved/papers/2607.00001/").status_code == 204
    assert reading_list(ada).size == 0


def test_any_form_of_an_id_is_accepted_and_an_unknown_one_is_a_404(ada, ada_api):
    paper("hep-th/9901001")
    assert put(ada_api, paper_id="arXiv:hep-th/9901001v2").status_code == 200
    assert put(ada_api, paper_id="2607.99999").status_code == 404


def test_a_full_collection_says_why_it_accepts_no_more(ada, ada_api, monkeypatch):
    monkeypatch.setattr(collections, "MOST_SAVED", 0)
    papers(1)
    answer = put(ada_api)
    assert (answer.status_code, "can hold 0" in answer.json()["detail"]) == (400, True)


def test_the_papers_come_in_pages_newest_addition_first(ada, ada_api):
    for one in papers(3):
        save(reading_list(ada), [one])
    page = ada_api.get(f"{MINE}saved/papers/?page_size=2").json()
    assert [row["paper"]["id"] for row in page["results"]] == ["2607.00003", "2607.00002"]
    assert (page["count"], page["next"] is None) == (3, False)


def test_the_number_of_queries_does_not_depend_on_the_number_of_papers(
    ada, ada_api, django_assert_num_queries, django_assert_max_num_queries
):
    many = papers(30)
    save(reading_list(ada), many[:2])
    with django_assert_max_num_queries(10) as few:
        ada_api.get(f"{MINE}saved/papers/")
    save(reading_list(ada), many)
    with django_assert_num_queries(len(few)):
        ada_api.get(f"{MINE}saved/papers/")


def test_the_collection_of_another_reader_is_a_404(ada, bob, checked):
    collection = create(ada, "Adas secret")
    save(collection, papers(1))
    client = checked(bob)
    address = f"{MINE}{collection.public_id}/"
    answers = [client.get(address), client.patch(address, {"name": "x"}), client.delete(address)]
    answers += [put(client, collection.public_id)]
    answers += [client.get(f"{address}papers/"), client.delete(f"{address}papers/2607.00001/")]
    assert {answer.status_code for answer in answers} == {404}
    assert saved_in(collection).count() == 1
