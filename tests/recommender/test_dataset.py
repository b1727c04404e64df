"""Rows to engine arrays."""

from datetime import timedelta

import numpy as np

from accounts.models import Interest
from recommender import dataset, voting
from recommender.dataset import collect, interest_texts, texts_of
from recommender.engine.data import PaperText
from recommender.models import Vote
from tests.recommender.planted import FIRST_DAY, a_paper


def triples(data):
    readers, papers = data.reader_ids[data.votes.readers], data.paper_ids[data.votes.papers]
    return set(zip(readers.tolist(), papers.tolist(), data.votes.values.tolist(), strict=True))


def test_votes_come_out_with_the_ids_they_went_in_with(ada, bob):
    first, second = a_paper("2611.00001"), a_paper("2611.00002")
    voting.cast(bob, second, -1)
    voting.cast(ada, first, 1)
    voting.cast(ada, second, 1)
    assert triples(collect()) == {(ada.pk, first.pk, 1), (ada.pk, second.pk, 1), (bob.pk, second.pk, -1)}


def test_times_and_days_stand_beside_their_votes_and_papers(ada):
    late, early = a_paper("2611.00001"), a_paper("2611.00002", day=FIRST_DAY - timedelta(days=9))
    for paper in (late, early):
        voting.cast(ada, paper, 1)
    data = collect()
    cast = dict(Vote.objects.values_list("paper", "voted_at"))
    days = dict(zip(data.paper_ids.tolist(), data.days.tolist(), strict=True))
    assert days == {late.pk: FIRST_DAY.toordinal(), early.pk: FIRST_DAY.toordinal() - 9}
    times = dict(zip(data.paper_ids[data.votes.papers].tolist(), data.times.tolist(), strict=True))
    assert times == {pk: at.timestamp() for pk, at in cast.items()}
    assert data.votes_until == max(cast.values())


def test_an_empty_catalogue_is_an_empty_data_set(db):
    data = collect()
    assert (len(data.votes), len(data.paper_ids), len(data.reader_ids), data.votes_until) == (0, 0, 0, None)


def test_papers_without_votes_are_there_too(db):
    paper = a_paper("2611.00001")
    assert collect().paper_ids.tolist() == [paper.pk]


def test_beyond_the_background_only_voted_papers_and_the_newest_are_read(ada, monkeypatch):
    monkeypatch.setattr(dataset, "BACKGROUND", 1)
    old, older, new = (a_paper(f"2611.0000{n}", day=FIRST_DAY + timedelta(days=day)) for n, day in enumerate((1, 0, 2)))
    voting.cast(ada, older, 1)
    assert collect().paper_ids.tolist() == sorted([older.pk, new.pk])
    assert old.pk not in collect().paper_ids


def test_texts_come_in_the_order_asked_for(db):
    made = [a_paper(f"2611.{n:05d}", f"title {n}", authors=["Ada"], categories=["cs.LG"]) for n in range(3)]
    texts = texts_of(np.array([made[2].pk, made[0].pk]))
    assert [text.title for text in texts] == ["title 2", "title 0"]
    assert (texts[0].authors, texts[0].categories) == (("Ada",), ("cs.LG",))


def test_a_paper_that_has_left_has_an_empty_text(db):
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
