"""The trained model: one score computed in four ways, and the true effect of every vote."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.data import PaperText, Settings
from recommender.engine.explain import explain, explain_interests
from recommender.engine.score import ReaderVectors, best_first, prepare, score, score_many, trust

NEW = [PaperText(title="grapha graphb noisea"), PaperText(title="never seen words")]
TRUST = Settings(smoothing=16, smoothing_power=1, interest_weight=2, interest_votes=4)


def taste(model, known, values, new=(), interests=()):
    """Votes on papers of the model by row, then votes on new papers by text."""
    rows = sp.vstack([model.rows[list(known)], model.represent(list(new))], format="csr")
    numbers = np.array([*known, *[-1] * len(new)], dtype=np.int32)
    return ReaderVectors(rows, numbers, np.array(values, dtype=np.float32), model.represent(list(interests)))


def every_paper(model):
    """The papers of training as candidates that the model knows."""
    return prepare(model, model.rows, np.arange(len(model.paper_ids), dtype=np.int32))


def without(model, reader, vote):
    others = np.arange(len(reader.values)) != vote
    return ReaderVectors(reader.rows[others], reader.known[others], reader.values[others], reader.interests)


def tastes_of(model):
    topic = PaperText(title="galaxya galaxyb")
    return {
        "up-votes": taste(model, [3, 40, 41], [1, 1, 1]),
        "down-votes": taste(model, [5, 6], [-1, -1]),
        "both": taste(model, [3, 5, 200], [1, -1, 1]),
        "papers unknown to the model": taste(model, [3], [1, 1, -1], new=NEW),
        "only unknown papers": taste(model, [], [1, -1], new=NEW),
        "interests beside": taste(model, [3, 5], [1, -1, 1], new=NEW[:1], interests=[topic, topic]),
        "one vote": taste(model, [3], [1]),
        "one vote and an interest": taste(model, [3], [-1], interests=[topic]),
    }


CASES = [
    "up-votes", "down-votes", "both", "papers unknown to the model", "only unknown papers", "interests beside",
    "one vote", "one vote and an interest",
]  # fmt: skip


def slow_scores(model, reader, rows, numbers=()):
    """The formula of the module, vote by vote in double precision."""
    ridge = model.ridge.gain * np.eye(model.rows.shape[1]) - model.ridge.directions @ model.ridge.directions.T
    smoothing, interest = trust(len(reader.values), model)
    votes = np.zeros(rows.shape[0])
    whole = interest * reader.interests.toarray().sum(axis=0) + model.prior
    directly, shared = np.zeros(rows.shape[0]), np.zeros(model.rows.shape[1])
    if len(numbers):
        votes = model.direct.votes[numbers]
        ease = model.direct.vote_scores(numbers, model.direct.from_readers(numbers))
    for row, known, value in zip(reader.rows.toarray(), reader.known, reader.values, strict=True):
        neighbours = 0 if known < 0 else (model.item_map[known] @ model.rows).toarray()[0]
        weight = 1 if value > 0 else -model.settings.down_weight
        whole, shared = whole + weight * row, shared + weight * smoothing * neighbours
        if known >= 0 and len(numbers):
            directly += weight * model.settings.direct_weight * ease[known]
    return rows.toarray() @ ridge @ whole + rows.toarray() @ ridge @ shared / (1 + votes) + directly


@pytest.mark.parametrize("case", CASES)
def test_the_score_follows_the_formula(model, case):
    rows = model.rows[:60]
    reader = tastes_of(model)[case]
    np.testing.assert_allclose(score(model, reader, prepare(model, rows)), slow_scores(model, reader, rows), atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_papers_that_had_votes_in_training_are_scored_directly_as_well(model, case):
    reader, numbers = tastes_of(model)[case], np.arange(60, dtype=np.int32)
    scores = score(model, reader, prepare(model, model.rows[:60], numbers))
    np.testing.assert_allclose(scores, slow_scores(model, reader, model.rows[:60], numbers), atol=1e-5)


def test_only_the_known_among_the_candidates_are_scored_directly(model):
    voted = int(np.argmax(model.direct.votes))
    numbers = model.item_map[voted].indices[:2]
    reader = taste(model, [voted], [1])
    rows = model.rows[numbers]
    mixed = score(model, reader, prepare(model, rows, np.array([numbers[0], -1], dtype=np.int32)))
    known = score(model, reader, prepare(model, rows, numbers))
    new = score(model, reader, prepare(model, rows))
    np.testing.assert_allclose(mixed, [known[0], new[1]], atol=1e-6)
    assert abs(known[1] - new[1]) > 1e-4


def test_a_batch_of_readers_gets_the_scores_of_each_alone(model):
    reader = list(tastes_of(model).values())
    candidates = prepare(model, model.represent([*NEW, PaperText(title="marketa marketc")]))
    together = score_many(model, reader, candidates)
    np.testing.assert_allclose(together, [score(model, one, candidates) for one in reader], atol=1e-5)


def test_a_large_batch_with_as_many_votes_each_gets_the_same_scores(model):
    """170 readers with 3 votes each are over twice as many votes as the 240 papers: one product; one has 2 votes."""
    rng = np.random.default_rng(3)
    reader = [taste(model, rng.permutation(240)[:3], rng.choice([1, -1], 3)) for _ in range(170)]
    reader.insert(7, taste(model, [3, 5], [1, -1]))
    candidates = every_paper(model)
    alone = [score(model, one, candidates) for one in reader]
    np.testing.assert_allclose(score_many(model, reader, candidates), alone, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_a_reader_gets_the_same_scores_once_the_shared_products_are_made(model, case):
    reader, candidates = tastes_of(model)[case], every_paper(model)
    before = score(model, reader, candidates)
    assert not candidates.is_whole
    assert len(candidates.blocks) == 2  # 240 papers, 128 at a time
    assert candidates.is_whole
    np.testing.assert_allclose(score(model, reader, candidates), before, atol=1e-5)


def test_a_batch_of_nobody_has_no_scores(model):
    candidates = prepare(model, model.rows[:4])
    assert score_many(model, [], candidates).shape == (0, 4)


@pytest.mark.parametrize("case", CASES)
def test_the_effect_of_a_vote_is_the_score_minus_the_score_without_it(model, case):
    reader = tastes_of(model)[case]
    candidates = every_paper(model)
    effects = explain(model, reader, candidates)
    for vote in range(len(reader.values)):
        change = score(model, reader, candidates) - score(model, without(model, reader, vote), candidates)
        np.testing.assert_allclose(effects[vote], change, atol=1e-4)


def test_the_effect_of_an_interest_is_the_score_minus_the_score_without_it(model):
    reader = taste(model, [3], [1], interests=[PaperText(title="galaxya"), PaperText(title="marketa")])
    candidates = prepare(model, model.rows)
    effects = explain_interests(model, reader, candidates)
    for gone in range(2):
        rest = replace(reader, interests=reader.interests[[1 - gone]])
        change = score(model, reader, candidates) - score(model, rest, candidates)
        np.testing.assert_allclose(effects[gone], change, atol=1e-4)


def test_a_reader_without_votes_gets_what_readers_like_in_general(model):
    nothing = taste(model, [], [])
    candidates = prepare(model, model.rows[:5])
    np.testing.assert_allclose(score(model, nothing, candidates), candidates.prior, atol=1e-6)
    assert np.ptp(candidates.prior) > 0
    assert explain(model, nothing, candidates).shape == explain_interests(model, nothing, candidates).shape == (0, 5)


def test_the_order_of_the_votes_does_not_matter(model):
    forth, back = taste(model, [3, 5, 200], [1, -1, 1]), taste(model, [200, 5, 3], [1, -1, 1])
    candidates = prepare(model, model.rows)
    np.testing.assert_allclose(score(model, forth, candidates), score(model, back, candidates), atol=1e-6)


def test_the_other_candidates_do_not_matter(model):
    reader = taste(model, [3, 5], [1, -1])
    alone = score(model, reader, prepare(model, model.rows[7]))
    np.testing.assert_allclose(alone, score(model, reader, prepare(model, model.rows))[[7]], atol=1e-6)


def test_everything_voted_on_still_has_finite_scores(model):
    reader = taste(model, range(240), [1] * 240)
    assert np.isfinite(score(model, reader, prepare(model, model.rows))).all()


def test_an_abstract_with_no_known_word_scores_zero(model):
    reader = taste(model, [3, 5], [1, -1])
    assert score(model, reader, prepare(model, model.represent([PaperText(abstract="xyzzy")]))).tolist() == [0]


def test_a_down_vote_takes_away_its_weight(model):
    """One vote alone, beside what readers like in general: down is exactly -down_weight times up."""
    candidates = prepare(model, model.rows)
    up, down = (score(model, taste(model, [3], [value]), candidates) - candidates.prior for value in (1, -1))
    np.testing.assert_allclose(down, -model.settings.down_weight * up, atol=1e-6)


def test_neighbours_and_interests_count_less_with_every_vote(model):
    """With smoothing 16 * 0.5 / n and interests 2 / (1 + n / 4): 8 and 2 without votes, 2 and 1 with four."""
    half = replace(model, settings=TRUST, neighbour_trust=0.5)
    assert trust(0, half) == (8, 2)
    assert trust(4, half) == (2, 1)


def test_unknown_papers_have_no_row(model):
    ids = model.paper_ids
    paper_ids = np.array([ids[2], 0, ids[-1], ids[-1] + 1, ids[0]])
    assert model.rows_of(paper_ids).tolist() == [2, -1, len(ids) - 1, -1, 0]
    assert model.rows_of(np.array([], dtype=np.int64)).tolist() == []


def test_rows_are_alike_by_text_and_by_lightfm(model, world):
    """Inner products are cos_text + scale^2 * cos_lightfm; both cosines of a paper with itself are 1."""
    own = np.asarray(model.rows.multiply(model.rows).sum(axis=1)).ravel()
    np.testing.assert_allclose(own, 1 + model.embedding_scale**2, rtol=1e-5)


def test_a_paper_has_the_same_row_whether_old_or_new(model, world):
    np.testing.assert_allclose(model.represent(world.texts[:5]).toarray(), model.rows[:5].toarray(), atol=1e-6)


def test_representing_nothing_gives_no_rows(model):
    assert model.represent([]).shape == (0, model.rows.shape[1])


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("rows", sp.csr_matrix((3, 3)), "rows has shape"),
        ("item_map", sp.csr_matrix((3, 3)), "item_map has shape"),
        ("embeddings", np.zeros((3, 3)), "embeddings has shape"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused_by_name(model, field, value, name):
    with pytest.raises(ValueError, match=name):
        replace(model, **{field: value})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_not_finite_is_noticed(model, value):
    spoiled = model.embeddings.copy()
    spoiled[0, 0] = value
    assert model.is_finite()
    assert not replace(model, embeddings=spoiled).is_finite()
    assert not replace(model, embedding_scale=float(value)).is_finite()


@pytest.mark.parametrize("whole", [False, True])
def test_some_of_the_candidates_score_as_among_all(model, whole):
    candidates, positions = every_paper(model), np.array([7, 0, 41], dtype=np.int32)
    if whole:
        candidates.make_products()
    reader = tastes_of(model)["interests beside"]
    some = score(model, reader, candidates.only(positions))
    np.testing.assert_allclose(some, score(model, reader, candidates)[positions], atol=1e-4)


def test_the_best_come_first_and_ties_go_to_the_lower_position():
    assert best_first(np.array([1, 3, 3, 2], np.float32)).tolist() == [1, 2, 3, 0]
    assert best_first(np.array([1, 3, 3, 2], np.float32), 2).tolist() == [1, 2]
    assert best_first(np.array([], np.float32)).tolist() == []
