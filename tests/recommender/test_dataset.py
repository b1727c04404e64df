"""Rows to engine arrays."""

from datetime import timedelta

import numpy as np

from accounts.models import Interest
from recommender import dataset, votes
from recommender.dataset import HALF_LIFE, collect, interest_texts, most_voted, read_votes, texts_of
from recommender.engine.data import PaperText
from recommender.models import Vote
from tests.recommender.planted import FIRST_DAY, a_paper


def triples(data):
    readers, papers = data.reader_ids[data.votes.readers], data.paper_ids[data.votes.papers]
    return set(zip(readers.tolist(), papers.tolist(), data.votes.values.tolist(), strict=True))


def test_votes_come_out_with_the_ids_they_went_in_with(ada, bob):
    first, second = a_paper("2611.00001"), a_paper("2611.00002")
    votes.cast(bob, second, -1)
    votes.cast(ada, first, 1)
    votes.cast(ada, second, 1)
    assert triples(collect()) == {(ada.pk, first.pk, 1), (ada.pk, second.pk, 1), (bob.pk, second.pk, -1)}


def test_times_and_days_stand_beside_their_votes_and_papers(ada):
    late, early = a_paper("2611.00001"), a_paper("2611.00002", day=FIRST_DAY - timedelta(days=9))
    for paper in (late, early):
        votes.cast(ada, paper, 1)
    data = collect()
    cast = dict(Vote.objects.values_list("paper", "voted_at"))
    days = dict(zip(data.paper_ids.tolist(), data.days.tolist(), strict=True))
    assert days == {late.pk: FIRST_DAY.toordinal(), early.pk: FIRST_DAY.toordinal() - 9}
    times = dict(zip(data.paper_ids[data.votes.papers].tolist(), data.times.tolist(), strict=True))
    assert times == {pk: at.timestamp() for pk, at in cast.items()}
    assert data.votes_until == max(cast.values())


def test_votes_come_by_reader_and_paper_however_they_were_stored(ada, bob):
    """A database that was restored may have its rows in another order; the model must not differ."""
    papers = [a_paper(f"2611.0000{number}") for number in range(3)]
    for reader, paper in ((bob, papers[1]), (ada, papers[2]), (bob, papers[0]), (ada, papers[1])):
        votes.cast(reader, paper, 1)
    pairs = [(ada.pk, papers[1].pk), (ada.pk, papers[2].pk), (bob.pk, papers[0].pk), (bob.pk, papers[1].pk)]
    every, _ = read_votes()
    assert list(zip(every["reader"].tolist(), every["paper"].tolist(), strict=True)) == pairs
    times = dict(zip(pairs, every["time"].tolist(), strict=True))
    assert times == {(vote.reader_id, vote.paper_id): vote.voted_at.timestamp() for vote in Vote.objects.all()}


def test_an_empty_catalogue_is_an_empty_data_set(db):
    data = collect()
    assert (len(data.votes), len(data.paper_ids), len(data.reader_ids), data.votes_until) == (0, 0, 0, None)


def test_papers_without_votes_are_there_too(db):
    paper = a_paper("2611.00001")
    assert collect().paper_ids.tolist() == [paper.pk]


def test_beyond_the_background_only_voted_papers_and_the_newest_are_read(ada, monkeypatch):
    monkeypatch.setattr(dataset, "BACKGROUND", 1)
    old, older, new = (a_paper(f"2611.0000{n}", day=FIRST_DAY + timedelta(days=day)) for n, day in enumerate((1, 0, 2)))
    votes.cast(ada, older, 1)
    assert collect().paper_ids.tolist() == sorted([older.pk, new.pk])
    assert old.pk not in collect().paper_ids


def test_texts_come_in_the_order_asked_for(db):
    rows = [a_paper(f"2611.{n:05d}", f"title {n}", authors=["Ada"], categories=["cs.LG"]) for n in range(3)]
    texts = texts_of(np.array([rows[2].pk, rows[0].pk]))
    assert [text.title for text in texts] == ["title 2", "title 0"]
    assert (texts[0].authors, texts[0].categories) == (("Ada",), ("cs.LG",))


def test_a_deleted_paper_has_an_empty_text(db):
    assert texts_of(np.array([404])) == [PaperText()]


def test_a_topic_is_a_title_and_an_archive_all_its_categories():
    topic, archive, single = interest_texts(
        [
            Interest(kind="topic", text="sparse trees"),
            Interest(kind="category", text="econ"),
            Interest(kind="category", text="cs.LG"),
        ]
    )
    assert topic == PaperText(title="sparse trees")
    assert archive.categories == ("econ", "econ.EM", "econ.GN", "econ.TH")
    assert single.categories == ("cs.LG",)


def test_of_too_many_papers_those_with_most_votes_are_learned_from():
    papers, times = np.array([3, 3, 5, 9, 9]), np.zeros(5)
    assert most_voted(papers, times, 2).tolist() == [3, 9]
    assert most_voted(papers, times, 3).tolist() == [3, 5, 9]


def test_a_vote_loses_half_its_weight_with_each_half_life():
    """Paper 3: two votes of weight 1/4 make 1/2; paper 5: one of 1."""
    papers, times = np.array([3, 3, 5]), np.array([0, 0, 2 * HALF_LIFE])
    assert most_voted(papers, times, 1).tolist() == [5]


def test_of_papers_with_equal_votes_the_newer_ones_are_learned_from():
    assert most_voted(np.array([3, 5, 9]), np.zeros(3), 2).tolist() == [5, 9]


def test_votes_on_papers_that_are_not_learned_from_stay_out(ada, bob, monkeypatch):
    monkeypatch.setattr(dataset, "VOTED", 1)
    monkeypatch.setattr(dataset, "BACKGROUND", 0)
    liked, other = a_paper("2611.00001", "liked"), a_paper("2611.00002", "other")
    for reader, paper in ((ada, liked), (bob, liked), (bob, other)):
        votes.cast(reader, paper, 1)
    data = collect()
    assert triples(data) == {(ada.pk, liked.pk, 1), (bob.pk, liked.pk, 1)}
    assert data.paper_ids.tolist() == [liked.pk]
