"""Everybody's ranking before they ask: the same as on request."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import interests, votes
from recommender.models import NightStep, Ranking
from recommender.night import rank_everyone as nightly
from recommender.night.ledger import hold
from recommender.night.rank_everyone import rank_everyone
from recommender.ranking.rank import rank
from tests.recommender.planted import DAYS, FIRST_DAY, a_paper, publish


def night(day=FIRST_DAY):
    with hold(day, "rank", force=True) as claim:
        return rank_everyone(claim, lambda line: None)


def test_every_reader_with_votes_has_a_ranking(town, served):
    summary = night()
    assert summary == {"rankings": len(town.readers), "day": "2026-11-02", "model": served.row.version}
    assert set(Ranking.objects.values_list("reader", flat=True)) == {reader.pk for reader in town.readers}
    assert NightStep.objects.get().state == "done"


def test_a_request_after_the_night_finds_its_ranking(town, served):
    night()
    for reader in town.readers[:3]:
        assert rank(reader, FIRST_DAY) == reader.rankings.get()


def test_the_ranking_of_the_night_is_that_of_a_request(town, served, ada):
    """Votes known and unknown, up and down, and an interest: batch and single agree."""
    interests.add(ada, "topic", "galaxya")
    for paper, value in ((town.papers[1], 1), (town.papers[7], -1), (a_paper("2612.00001", "grapha graphb"), 1)):
        votes.cast(ada, paper, value)
    night()
    batch = ada.rankings.get()
    columns = [batch.mode, batch.taste, batch.includes_votes_until, batch.basis, batch.model]
    scores = dict(zip(batch.order.tolist(), batch.score_values.tolist(), strict=True))
    batch.delete()
    single = rank(ada, FIRST_DAY)
    assert [single.mode, single.taste, single.includes_votes_until, single.basis, single.model] == columns
    np.testing.assert_allclose([scores[pk] for pk in single.order.tolist()], single.score_values, atol=1e-5)


def test_the_night_explores_as_a_request_does(town, served, ada):
    votes.cast(ada, town.papers[1], 1)
    ada.exploration = 0.3
    ada.save()
    night()
    batch = ada.rankings.get()
    batch.delete()
    single = rank(ada, FIRST_DAY)
    assert batch.exploration["slots"]
    assert (single.exploration, single.propensities) == (batch.exploration, batch.propensities)
    assert single.order.tolist() == batch.order.tolist()


def test_a_vote_after_the_night_ranks_anew(town, served):
    night()
    reader = town.readers[0]
    votes.cast(reader, town.of(5)[0], -1)
    assert rank(reader, FIRST_DAY) not in [reader.rankings.earliest("made_at")]
    assert reader.rankings.count() == 2


def test_the_night_twice_adds_nothing(town, served):
    night()
    before = set(Ranking.objects.values_list("public_id", flat=True))
    night()
    assert set(Ranking.objects.values_list("public_id", flat=True)) == before


def test_readers_without_votes_and_interests_are_not_ranked(town, served, ada):
    assert night()["rankings"] == len(town.readers)
    assert not ada.rankings.exists()


def test_a_batch_of_readers_without_votes_and_interests_is_skipped(town, served, ada, bob, monkeypatch):
    """Ada and Bob are the newest readers, so the last batch of two is theirs alone."""
    monkeypatch.setattr(nightly, "BATCH", 2)
    assert night()["rankings"] == len(town.readers)


def test_the_size_of_the_batches_does_not_matter(town, served, monkeypatch):
    night()
    whole = dict(Ranking.objects.values_list("reader", "paper_pks"))
    Ranking.objects.all().delete()
    monkeypatch.setattr(nightly, "BATCH", 5)
    night()
    assert dict(Ranking.objects.values_list("reader", "paper_pks")) == whole


def test_inactive_readers_are_not_ranked(town, served):
    town.readers[0].is_active = False
    town.readers[0].save()
    assert night()["rankings"] == len(town.readers) - 1


def test_readers_with_interests_alone_are_ranked_by_content(town, served, ada):
    interests.add(ada, "topic", "galaxya")
    night()
    assert ada.rankings.get().mode == "content"


def test_seeds_and_authors_of_more_readers_take_no_more_queries(town, served):
    """Each of them names a paper that the model has never seen, which is read from the table."""
    night()
    counts = []
    for number, reader in enumerate(town.readers[:12]):
        new = a_paper(
            f"2612.{number:05d}", "grapha graphb", day=FIRST_DAY - timedelta(days=9), authors=[f"Ada {number}"]
        )
        interests.add(reader, "paper", new.public_id)
        interests.add(reader, "author", f"Ada {number}")
        if number in (1, 11):
            with CaptureQueriesContext(connection) as queries:
                night()
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_night_ranks_by_seeds_and_authors_as_a_request_does(town, served, ada):
    interests.add(ada, "paper", town.papers[1].public_id)
    interests.add(ada, "author", "Ada Lovelace")
    a_paper("2612.00001", "grapha graphb", day=FIRST_DAY - timedelta(days=9), authors=["Ada Lovelace"])
    night()
    batch = ada.rankings.get()
    batch.delete()
    single = rank(ada, FIRST_DAY)
    assert (single.taste, single.mode) == (batch.taste, batch.mode)
    np.testing.assert_allclose(np.sort(single.score_values), np.sort(batch.score_values), atol=1e-5)


def test_a_day_without_papers_ranks_the_last_one_before_it(town, served):
    last = FIRST_DAY + timedelta(days=DAYS - 1)
    assert night(last + timedelta(days=2))["day"] == str(last)


@pytest.mark.usefixtures("town", "model_dir")
def test_without_a_model_there_is_nothing_to_do(db):
    assert night() == {"rankings": 0, "reason": "no model"}


@pytest.mark.usefixtures("model_dir")
def test_an_empty_catalogue_is_nothing_to_do(db):
    assert night() == {"rankings": 0, "reason": "no papers"}
    assert NightStep.objects.get().state == "done"


def test_without_readers_there_is_nothing_to_do(db, model_dir, model):
    a_paper("2611.00001")
    publish(model)
    assert night()["rankings"] == 0


def test_who_has_paused_is_passed_over(town, served):
    reader = town.readers[0]
    reader.is_paused = True
    reader.save()
    assert night()["rankings"] == len(town.readers) - 1
    assert not reader.rankings.exists()
