"""The weights of a model's parts, chosen by held-out votes."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine import vector_map
from recommender.engine.evaluation import Case, ndcg, per_reader
from recommender.engine.fit import assemble, learn
from recommender.engine.score import ReaderVectors, best_first, prepare, score
from recommender.engine.weights import FEW, Parts, choose_weights, parts_of
from tests.recommender.planted import READERS, SMALL, with_authors_and_vectors, world

PLANTED = with_authors_and_vectors(world())
IDS = np.arange(len(PLANTED.texts), dtype=np.int64)


def split(share=0.3, readers=READERS):
    """Each reader's votes on a random share of the papers are held out; those papers are ranked."""
    votes, is_new = PLANTED.votes, np.random.default_rng(3).random(len(IDS)) < share
    sheet = np.flatnonzero(is_new).astype(np.int32)
    earlier = votes.only(~is_new[votes.papers])
    likes, before = votes.only(is_new[votes.papers]).likes, earlier.matrix
    cases = [
        Case(reader, before[reader].indices, before[reader].data, likes[reader].indices, sheet)
        for reader in range(readers)
        if likes[reader].nnz and before[reader].nnz
    ]
    return earlier, cases


@pytest.fixture(scope="module")
def learned():
    return learn(PLANTED.texts, split()[0], SMALL)


SETTINGS = {
    "usual": SMALL,
    "no vectors": replace(SMALL, vector_weight=0.0, flat_vector_weight=0.0),
    "both kernels": replace(SMALL, vector_weight=0.5, flat_vector_weight=2.0),
    "authors": replace(SMALL, author_weight=3.0, prior_weight=0.0),
    "no neighbours": replace(SMALL, smoothing=0.0),
    "no LightFM": replace(SMALL, embedding_weight=0.0, vector_weight=0.25),
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_parts_together_rank_as_a_model_with_these_weights(learned, settings, monkeypatch):
    """Without the rounding of stored vectors, which may swap two papers that score nearly the same."""
    monkeypatch.setattr(vector_map, "STORED", np.float32)
    earlier, cases = split()
    model = assemble(learned, IDS, earlier, settings, PLANTED.vectors)
    values = []
    for case in cases:
        taste = ReaderVectors(model.rows[case.revealed], case.revealed, case.values, model.rows[:0])
        scores = score(model, taste, prepare(model, model.rows[case.among], case.among))
        values.append(ndcg(best_first(scores, 10), np.flatnonzero(np.isin(case.among, case.relevant))))
    by_parts = Parts(learned, earlier, cases, SMALL, PLANTED.vectors).measure(settings)
    differences = by_parts - per_reader(np.array(values), cases)
    assert (differences == 0).mean() > 0.95  # sums in another order may still swap papers that nearly tie
    assert np.abs(differences).max() < 0.05


def test_a_bad_usual_weight_is_given_up(learned):
    earlier, cases = split()
    drowned = replace(SMALL, prior_weight=1000.0)
    choice = choose_weights(learned, earlier, cases, drowned, PLANTED.vectors)
    assert choice.settings.prior_weight < 10
    assert choice.chosen.mean() > choice.usual.mean() + 0.1


def test_with_one_reader_the_usual_weights_stay(learned):
    earlier, cases = split(readers=1)
    assert choose_weights(learned, earlier, cases, SMALL, PLANTED.vectors).settings == SMALL


def test_the_choice_is_the_same_again_and_never_below_the_usual(learned):
    earlier, cases = split()
    one, two = (choose_weights(learned, earlier, cases, SMALL, PLANTED.vectors) for _ in range(2))
    assert one.settings == two.settings
    assert one.chosen.mean() >= one.usual.mean()
    assert one.as_dict()["readers"] == len({case.reader for case in cases})


def test_without_vectors_their_weights_are_not_chosen(learned):
    earlier, cases = split()
    choice = choose_weights(learned, earlier, cases, SMALL, None)
    usual = (SMALL.vector_weight, SMALL.flat_vector_weight)
    assert (choice.settings.vector_weight, choice.settings.flat_vector_weight) == usual


def test_a_readers_first_votes_are_measured_alone_as_well(learned):
    """With a case of seven votes, those with one and five of them."""
    earlier, cases = split()
    long = next(case for case in cases if len(case.revealed) > max(FEW))
    parts = parts_of(learned, earlier, [long], SMALL, None)
    assert sorted(len(case.revealed) for case in parts.cases) == sorted([*FEW, len(long.revealed)])
