"""Separate interests alternate, near-duplicates are kept apart, and no paper is lost."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine import diversity
from recommender.engine.data import PaperText, votes_from_triples
from recommender.engine.diversity import (
    APART,
    arrange,
    cluster,
    interest_scores,
    interleave,
    moved_down,
    near_duplicates,
    separate_interests,
    space_duplicates,
)
from recommender.engine.fit import fit
from recommender.engine.rows import Rows
from recommender.engine.score import ReaderVectors, best_first, prepare, score
from tests.recommender.planted import SMALL, VECTOR, unit_rows, with_authors_and_vectors
from tests.recommender.planted import world as world_of

from .readers import WORDS_ALONE


def taste(model, rows, values=None, interests=()):
    numbers = np.array(rows, dtype=np.int32)
    votes = np.ones(len(rows), dtype=np.float32) if values is None else np.array(values, dtype=np.float32)
    return ReaderVectors(model.rows[numbers], numbers, votes, model.represent(list(interests)))


def of(world, circle, count):
    return np.flatnonzero(world.circles == circle)[:count].tolist()


def two_interests(world, model):
    """Eight papers on proteins and two on markets."""
    return taste(model, of(world, 2, 8) + of(world, 6, 2))


def arranged(model, reader, candidates):
    return arrange(reader, score(model, reader, candidates), candidates).order


def topics_of_places(world, rows, order, count):
    return [world.circles[rows[place]] // 2 for place in order[:count]]


@pytest.fixture(scope="module")
def unseen(world):
    """Papers of every topic that `of(world, circle, 8)` leaves."""
    return np.array([row for circle in (2, 3, 6, 7) for row in np.flatnonzero(world.circles == circle)[8:]])


def test_votes_on_two_topics_are_two_interests_with_their_shares(world, model):
    groups = separate_interests(model, two_interests(world, model))
    assert sorted(groups.shares.tolist()) == [0.2, 0.8]
    assert sorted(len(part.values) for part in groups.tastes) == [2, 8]
    assert sorted(votes.tolist() for votes in groups.votes) == [list(range(8)), [8, 9]]


def test_votes_on_one_topic_are_one_interest(world, model):
    assert separate_interests(model, taste(model, of(world, 2, 8))).shares.tolist() == [1.0]


def test_the_share_of_a_stated_interest_is_its_weight_beside_the_votes(world, model):
    """Ten votes halve an interest's weight of 1: shares of 10 / 10.5 and 0.5 / 10.5."""
    reader = taste(model, of(world, 2, 10), interests=[PaperText(title="marketa marketb marketc")])
    assert sorted(separate_interests(model, reader).shares) == pytest.approx([0.5 / 10.5, 10 / 10.5])


def test_what_has_no_known_word_is_no_interest(world, model):
    reader = taste(model, of(world, 2, 4), interests=[PaperText(title="xyzzy")])
    (part,) = separate_interests(model, reader).tastes
    assert (len(part.values), len(part.interests)) == (4, 0)


def test_down_votes_are_no_interest(world, model):
    reader = taste(model, of(world, 2, 4) + of(world, 6, 2), [1, 1, 1, 1, -1, -1])
    assert [len(part.values) for part in separate_interests(model, reader).tastes] == [4]


def test_a_reader_who_likes_nothing_has_no_interests_and_is_ranked_by_score(world, model, unseen):
    reader = taste(model, of(world, 2, 3), [-1, -1, -1])
    candidates = prepare(model, model.represent([PaperText(title=f"{word}a") for word in ("protein", "market")]))
    scores = score(model, reader, candidates)
    assert separate_interests(model, reader).tastes == []
    assert arrange(reader, scores, candidates).order.tolist() == best_first(scores).tolist()


def test_groups_are_those_of_directions_that_have_nothing_in_common():
    right, up = [1.0, 0.0], [0.0, 1.0]
    rows = np.array([right, up, right, right, up], dtype=np.float32)
    groups = cluster(rows @ rows.T)
    assert groups[0] == groups[2] == groups[3] != groups[1] == groups[4]
    assert cluster(np.zeros((0, 2), dtype=np.float32)).tolist() == []


def test_an_interest_scores_as_for_a_reader_without_any_other(world, model, unseen):
    reader = two_interests(world, model)
    reader = taste(model, reader.known.tolist(), interests=[PaperText(title="marketa marketb")])
    candidates = prepare(model, model.rows[unseen])
    groups = separate_interests(model, reader)
    alone = [score(model, part, candidates) for part in groups.tastes]
    np.testing.assert_allclose(interest_scores(groups, candidates), alone, atol=1e-4)


@WORDS_ALONE  # where papers have authors, LightFM learns less of words
def test_votes_on_papers_that_the_model_does_not_know_are_grouped_by_their_text(model):
    rows = model.represent([PaperText(title=f"{word}a {word}b") for word in ("protein", "protein", "market")])
    reader = ReaderVectors(rows, np.full(3, -1, dtype=np.int32), np.ones(3, dtype=np.float32), model.rows[:0])
    assert sorted(len(part.values) for part in separate_interests(model, reader).tastes) == [1, 2]


def votes_told_apart_by_vectors(model, with_vectors):
    """Votes on eight papers with noise words, in turn with the mean vector of proteins and of no topic.

    Only those in `with_vectors` have a vector.
    """
    planted = with_authors_and_vectors(world_of())
    means = [planted.vectors[planted.circles // 2 == topic].mean(axis=0) for topic in (1, -1)]
    vectors = np.zeros((8, VECTOR), dtype=np.float32)
    vectors[with_vectors] = unit_rows(np.array(means * 4))[with_vectors]
    noise = "abcdefghijklmnopqrst"
    texts = [PaperText(title=f"noise{noise[number]} noise{noise[19 - number]}") for number in range(8)]
    rows, unknown = model.represent(texts, vectors), np.full(8, -1, dtype=np.int32)
    return ReaderVectors(rows, unknown, np.ones(8, dtype=np.float32), model.rows[:0])


def test_votes_on_two_topics_that_only_vectors_tell_apart_are_two_interests(vector_model):
    groups = separate_interests(vector_model, votes_told_apart_by_vectors(vector_model, np.arange(8)))
    assert sorted(votes.tolist() for votes in groups.votes) == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_a_vote_with_a_vector_among_votes_without_is_grouped_by_words(vector_model):
    """With one vector, which is compared with no other, the groups are those of the words alone."""
    weightless = replace(vector_model.settings, vector_weight=0.0, flat_vector_weight=0.0)
    by_words, by_both = (
        separate_interests(replace(vector_model, settings=settings), votes_told_apart_by_vectors(vector_model, [0]))
        for settings in (weightless, vector_model.settings)
    )
    assert [votes.tolist() for votes in by_both.votes] == [votes.tolist() for votes in by_words.votes]


def test_votes_without_a_word_are_grouped_by_their_vectors(vector_model):
    votes = votes_told_apart_by_vectors(vector_model, np.arange(8))
    vectors = votes.rows.dense.copy()
    vectors[:, : vector_model.embeddings.shape[1]] = 0
    groups = separate_interests(vector_model, replace(votes, rows=Rows(votes.rows.terms * 0, vectors)))
    assert sorted(votes.tolist() for votes in groups.votes) == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_places_are_divided_by_the_shares():
    """Shares of 0.6 and 0.4 over 1, 3, 5, ...: .6 a, .4 b, .2 a, .133 b, .12 a, .086 a (before .08 b), .08 b."""
    by_interest = np.array([[9, 8, 7, 6, 5, 4, 3] + [0] * 7, [0] * 7 + [9, 8, 7, 6, 5, 4, 3]], dtype=np.float32)
    scores = np.array([10] * 7 + [1] * 7, dtype=np.float32)
    order, turns = interleave(scores, by_interest, np.array([0.6, 0.4]), np.ones(14, dtype=bool))
    assert order[:7].tolist() == [0, 7, 1, 8, 2, 3, 9]
    assert turns[:7].tolist() == [0, 1, 0, 1, 0, 0, 1]


def test_a_voted_paper_does_not_raise_the_mean_that_others_are_compared_with():
    """Paper 0 was voted on: with its score of 90, the mean of the first interest would be 12, above all others."""
    by_interest = np.array([[90, 5, 4, 3, 0, 0, 0, 0, 0], [0, 0, 0, 0, 5, 4, 3, 0, 0]], dtype=np.float32)
    is_open = np.arange(9) > 0
    order, turns = interleave(by_interest.sum(axis=0), by_interest, np.array([0.5, 0.5]), is_open)
    assert order[:7].tolist() == [0, 4, 1, 5, 2, 6, 3]
    assert turns[:7].tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert 1 not in interleave(by_interest.sum(axis=0), by_interest, np.array([0.5, 0.5]), np.ones(9, bool))[0][:4]


@WORDS_ALONE  # planted vectors are noisy: by score alone one on markets comes among the first ten
def test_the_smaller_interest_gets_its_share_of_the_first_places(world, model, unseen):
    """By score alone ten papers on proteins (topic 1) come first; a fifth of the votes is on markets (topic 3)."""
    reader = two_interests(world, model)
    candidates = prepare(model, model.rows[unseen])
    scores = score(model, reader, candidates)
    groups = separate_interests(model, reader)
    order, _ = interleave(scores, interest_scores(groups, candidates), groups.shares, np.ones(len(unseen), dtype=bool))
    assert topics_of_places(world, unseen, best_first(scores), 10) == [1] * 10
    topics = topics_of_places(world, unseen, order, 10)
    assert (topics.count(1), topics.count(3)) == (8, 2)


def test_an_interest_without_a_good_paper_is_passed_over(world, model):
    """All candidates are about proteins: the market interest raises none above the others by its own words."""
    rows = np.array(of(world, 3, 15))
    candidates = prepare(model, model.rows[rows])
    order = arranged(model, two_interests(world, model), candidates)
    assert sorted(order.tolist()) == list(range(15))


@pytest.mark.parametrize("head", [0, 3, 50])
def test_an_arranged_order_holds_every_candidate_once(world, model, unseen, monkeypatch, head):
    monkeypatch.setattr(diversity, "HEAD", head)
    candidates = prepare(model, model.rows[unseen])
    order = arranged(model, two_interests(world, model), candidates)
    assert sorted(order.tolist()) == list(range(len(unseen)))
    assert order.dtype == np.int32


def test_the_same_input_is_arranged_the_same(world, model, unseen):
    candidates = prepare(model, model.rows[unseen])
    orders = [arranged(model, two_interests(world, model), candidates).tolist() for _ in range(2)]
    assert orders[0] == orders[1]


def test_the_order_of_the_candidates_does_not_matter(world, model, unseen):
    reader = two_interests(world, model)
    there = unseen[arranged(model, reader, prepare(model, model.rows[unseen]))]
    back = unseen[::-1][arranged(model, reader, prepare(model, model.rows[unseen[::-1]]))]
    assert there.tolist() == back.tolist()


def test_no_candidates_are_no_trouble(world, model):
    candidates = prepare(model, model.rows[:0])
    assert arrange(two_interests(world, model), np.zeros(0, dtype=np.float32), candidates).order.tolist() == []


def test_a_near_duplicate_is_moved_down_until_ten_papers_are_between():
    """Places 0 and 1 are alike: 1 moves down behind 2 to 11."""
    order = np.arange(20, dtype=np.int32)
    alike = np.zeros((20, 20), dtype=bool)
    alike[0, 1] = alike[1, 0] = True
    spaced = space_duplicates(order, alike, np.ones(20, dtype=bool)).tolist()
    assert spaced == [0, *range(2, 2 + APART), 1, *range(2 + APART, 20)]


def test_a_near_duplicate_is_not_moved_behind_a_paper_that_is_not_good():
    """Places 0 and 1 are alike, and only place 2 may be placed between them."""
    alike = np.zeros((5, 5), dtype=bool)
    alike[0, 1] = alike[1, 0] = True
    is_good = np.array([True, True, True, False, False])
    assert space_duplicates(np.arange(5, dtype=np.int32), alike, is_good).tolist() == [0, 2, 1, 3, 4]


def test_a_near_duplicate_that_was_moved_down_is_marked():
    """The second of two equal papers is held back behind the others with a high score."""
    words = " ".join(f"word{n}" for n in range(16))
    others = [PaperText(abstract=" ".join(f"other{k}x{n}" for n in range(16))) for k in range(4)]
    texts = [PaperText(abstract=words), PaperText(abstract=words), *others]
    model = fit(texts, np.arange(6, dtype=np.int64), votes_from_triples([(0, 0, 1.0)], 1, 6), SMALL)
    reader = taste(model, [], interests=[])
    scores = np.array([6, 5, 4, 3.9, 0, 0], dtype=np.float32)
    arrangement = arrange(reader, scores, prepare(model, model.rows))
    assert arrangement.order.tolist() == [0, 2, 3, 1, 4, 5]
    assert arrangement.held_back.tolist() == [False, False, False, True, False, False]
    in_two_lists = arrange(reader, scores, prepare(model, model.rows), np.array([0, 1, 0, 0, 0, 0], dtype=np.float32))
    assert in_two_lists.order.tolist() == [0, 1, 2, 3, 4, 5]
    assert not in_two_lists.held_back.any()


def test_a_paper_that_only_made_room_is_not_marked():
    """The third paper, which is not good, is passed over for the fourth: only the second is a near-duplicate."""
    alike = np.zeros((4, 4), dtype=bool)
    alike[0, 1] = alike[1, 0] = True
    order = np.arange(4, dtype=np.int32)
    spaced = space_duplicates(order, alike, np.array([True, True, False, True]))
    assert spaced.tolist() == [0, 3, 1, 2]
    assert moved_down(order, spaced, alike).tolist() == [False, False, True, False]


def test_papers_below_the_first_stay_where_they_are():
    alike = ~np.eye(2, dtype=bool)
    assert space_duplicates(np.array([3, 1, 0, 2]), alike, np.ones(2, dtype=bool)).tolist() == [3, 1, 0, 2]


def test_near_duplicates_are_detected_by_their_words_not_by_their_readers():
    """The second is the first with one more word; the third has other words and the same readers as the first."""
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi"
    texts = [PaperText(abstract=words), PaperText(abstract=f"{words} rho"), PaperText(abstract="one two three four")]
    votes = votes_from_triples([(reader, paper, 1.0) for reader in range(9) for paper in (0, 2)], 9, 3)
    model = fit(texts, np.arange(3, dtype=np.int64), votes, SMALL)
    alike = near_duplicates(prepare(model, model.rows), np.arange(3, dtype=np.int32))
    assert np.argwhere(alike).tolist() == [[0, 1], [1, 0]]


def test_the_same_authors_make_no_near_duplicates():
    """The first two papers have three words of 18 in common and all authors; the third is the first, by others."""
    shared = [f"shared{n}" for n in range(3)]
    one, other = (" ".join([*shared, *(f"{name}{n}" for n in range(15))]) for name in ("word", "term"))
    group, others = (tuple(f"{name} {n}" for n in range(8)) for name in ("Ada", "Max"))
    texts = [PaperText(abstract=one, authors=group), PaperText(abstract=other, authors=group)]
    texts += [PaperText(abstract=one, authors=others), PaperText(abstract=other, authors=others)]
    settings = replace(SMALL, author_weight=4.0)
    model = fit(texts, np.arange(4), votes_from_triples([(0, 0, 1.0)], 1, 4), settings)
    alike = near_duplicates(prepare(model, model.rows), np.arange(4, dtype=np.int32))
    assert np.argwhere(alike).tolist() == [[0, 2], [1, 3], [2, 0], [3, 1]]


def test_titles_of_one_subject_are_no_near_duplicates():
    """The first two have five words of six in common, the others 35 of 37."""
    short = ["one two three four five six", "one two three four five seven"]
    long = [" ".join(f"word{n}" for n in range(35)) + f" other{k} more{k}" for k in range(2)]
    model = fit(
        [PaperText(title=text) for text in short + long], np.arange(4), votes_from_triples([(0, 0, 1.0)], 1, 4), SMALL
    )
    alike = near_duplicates(prepare(model, model.rows), np.arange(4, dtype=np.int32))
    assert np.argwhere(alike).tolist() == [[2, 3], [3, 2]]


def test_rows_without_a_word_are_no_near_duplicates(model):
    empty = model.represent([PaperText(), PaperText()])
    assert not empty.toarray().any()
    assert not near_duplicates(prepare(model, empty), np.arange(2, dtype=np.int32)).any()
