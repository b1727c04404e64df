"""A reader's reading list and collections: made, filled, moved between, taken apart, and nobody else's."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from recommender import collections
from recommender.collections import collections_of, create, find, move, reading_list, save, saved_in, saved_pks
from recommender.models import Collection, Saved
from tests.feeds.planting import papers
from tests.threads import all_at_once, commits


def titles(collection):
    return sorted(saved_in(collection).values_list("paper__public_id", flat=True))


def test_everybody_has_a_reading_list_before_anything_is_saved(ada):
    [first] = collections_of(ada)
    assert (first.public_id, first.name, first.size, first.pk) == ("saved", "Saved", 0, None)
    assert not Collection.objects.exists()


def test_a_saved_paper_is_on_the_reading_list_once_however_often_it_is_saved(ada):
    [paper] = papers(1)
    assert (save(reading_list(ada), [paper]), save(reading_list(ada), [paper])) == (1, 0)
    assert (titles(reading_list(ada)), reading_list(ada).size) == (["2607.00001"], 1)


def test_removing_a_paper_that_is_not_saved_changes_nothing(ada):
    first, second = papers(2)
    save(reading_list(ada), [first])
    assert collections.remove(reading_list(ada), [second.pk]) == 0
    assert titles(reading_list(ada)) == ["2607.00001"]


def test_saved_papers_among_many_are_found_by_one_query(ada, django_assert_num_queries):
    some = papers(30)
    save(reading_list(ada), some[:3])
    with django_assert_num_queries(1):
        assert saved_pks(ada, [paper.pk for paper in some]) == {paper.pk for paper in some[:3]}


def test_nothing_is_saved_for_somebody_without_an_account(db):
    assert saved_pks(None, [1, 2]) == set()


def test_the_button_speaks_of_the_reading_list_alone(ada):
    [paper] = papers(1)
    save(create(ada, "Elsewhere"), [paper])
    assert saved_pks(ada, [paper.pk]) == set()


def test_collections_stand_by_name_after_the_reading_list(ada):
    for name in ("zebras", "Apes", "bees"):
        create(ada, name)
    assert [collection.name for collection in collections_of(ada)] == ["Saved", "Apes", "bees", "zebras"]


@pytest.mark.parametrize("name", ["Graphs", "graphs", "  GRAPHS ", "Saved", "sAVED"])
def test_a_name_is_given_once_whatever_its_case(ada, name):
    create(ada, "Graphs")
    with pytest.raises(ValidationError, match="already; choose another name"):
        create(ada, name)


def test_letters_beyond_ascii_are_the_same_in_either_case_too(ada):
    create(ada, "Élan")
    with pytest.raises(ValidationError, match="already"):
        create(ada, "éLAN")


def test_the_database_keeps_names_apart_even_without_us(ada):
    create(ada, "Graphs")
    with pytest.raises(IntegrityError), transaction.atomic():
        ada.collections.create(name="GRAPHS")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "null\x00"])
def test_a_name_that_will_not_do_is_refused(ada, name):
    with pytest.raises(ValidationError):
        create(ada, name)
    assert not ada.collections.exists()


def test_two_readers_may_use_the_same_name(ada, bob):
    assert create(ada, "Graphs").pk != create(bob, "Graphs").pk


def test_there_can_be_so_many_collections_and_no_more(ada, monkeypatch):
    monkeypatch.setattr(collections, "MOST_COLLECTIONS", 2)
    save(reading_list(ada), papers(1))  # which does not count
    create(ada, "one")
    create(ada, "two")
    with pytest.raises(ValidationError, match="2 collections, the maximum; delete one first"):
        create(ada, "three")


def test_a_collection_that_would_overflow_takes_none(ada, monkeypatch):
    monkeypatch.setattr(collections, "MOST_SAVED", 2)
    some = papers(3)
    save(reading_list(ada), some[:1])
    with pytest.raises(ValidationError, match="can hold 2; 2 more do not fit"):
        save(reading_list(ada), some)
    assert reading_list(ada).size == 1


def test_a_rename_keeps_the_id_and_the_papers(ada):
    graphs = create(ada, "Graphs", "for the seminar")
    save(graphs, papers(1))
    changed = collections.change(graphs, "Networks", "")
    assert (changed.public_id, changed.name, changed.note) == (graphs.public_id, "Networks", "")
    assert titles(changed) == ["2607.00001"]


def test_a_collection_may_be_renamed_to_its_own_name_in_another_case(ada):
    assert collections.change(create(ada, "graphs"), "Graphs", "").name == "Graphs"


def test_the_reading_list_keeps_its_name_and_takes_a_note(ada):
    with pytest.raises(ValidationError, match="keeps its name"):
        collections.change(reading_list(ada), "Later", "")
    assert collections.change(reading_list(ada), "Saved", "for the train").note == "for the train"


def test_the_reading_list_cannot_be_deleted(ada):
    with pytest.raises(ValidationError, match="remove its papers instead"):
        collections.delete(reading_list(ada))


def test_deleting_a_collection_leaves_the_papers(ada):
    graphs, some = create(ada, "Graphs"), papers(2)
    save(graphs, some)
    collections.delete(graphs)
    assert (Saved.objects.count(), some[0].pk) == (0, type(some[0]).objects.get(public_id="2607.00001").pk)


def test_a_move_takes_the_note_and_the_time_along(ada):
    [paper] = papers(1)
    source, target = reading_list(ada), create(ada, "Graphs")
    save(source, [paper])
    noted = collections.write_note(reading_list(ada), paper, "read the proof")
    assert move(reading_list(ada), target, [paper.pk]) == 1
    [moved] = saved_in(target)
    assert (moved.note, moved.added_at) == ("read the proof", noted.added_at)
    assert titles(reading_list(ada)) == []


def test_a_move_onto_a_paper_that_is_there_keeps_the_note_there(ada):
    [paper] = papers(1)
    one, other = create(ada, "one"), create(ada, "other")
    for collection, note in ((one, "moved"), (other, "stays")):
        save(collection, [paper])
        collections.write_note(collection, paper, note)
    move(one, other, [paper.pk])
    assert [(saved.collection.name, saved.note) for saved in Saved.objects.all()] == [("other", "stays")]


def test_a_move_to_where_it_is_loses_nothing(ada):
    some, graphs = papers(2), create(ada, "Graphs")
    save(graphs, some)
    assert move(graphs, find(ada, graphs.public_id), [paper.pk for paper in some]) == 0
    assert len(titles(graphs)) == 2


def test_a_paper_can_be_put_into_exactly_some_collections(ada):
    [paper] = papers(1)
    one, two = create(ada, "one"), create(ada, "two")
    save(one, [paper])
    collections.set_collections(ada, paper, [two, reading_list(ada)])
    assert (titles(one), titles(two), titles(reading_list(ada))) == ([], ["2607.00001"], ["2607.00001"])


def test_a_note_is_plain_text_of_at_most_two_thousand_characters(ada):
    [paper] = papers(1)
    save(reading_list(ada), [paper])
    assert collections.write_note(reading_list(ada), paper, " two\r\nlines \n").note == "two\nlines"
    for note in ("x" * 2001, "null\x00"):
        with pytest.raises(ValidationError):
            collections.write_note(reading_list(ada), paper, note)


def test_a_strangers_collection_is_not_there(ada, bob):
    graphs = create(ada, "Graphs")
    with pytest.raises(Collection.DoesNotExist):
        find(bob, graphs.public_id)


def test_deleting_a_reader_deletes_their_collections(ada, bob):
    some = papers(2)
    for reader in (ada, bob):
        save(reading_list(reader), some)
    ada.delete()
    assert set(Saved.objects.values_list("collection__reader__email", flat=True)) == {"bob@example.org"}


@commits
def test_one_paper_saved_by_many_requests_at_once_is_there_once(ada):
    [paper] = papers(1)
    outcomes = all_at_once(*[lambda: save(reading_list(ada), [paper])] * 8)
    assert (sorted(outcomes), Saved.objects.count()) == ([0] * 7 + [1], 1)
