"""What the judge asks: which votes are hidden, which papers are ranked together, and the measure of an order."""

import numpy as np
import pytest

from recommender.dataset import Dataset
from recommender.engine import trial
from recommender.engine.data import votes_from_triples
from recommender.engine.trial import HeldOutReader, Trial, likeness, measure, popularity
from recommender.night.trial import CHANCE, NEWEST, SINCE, hold_out, recency, scores_of
from tests.recommender.planted import dataset_of


def small_data(triples, times, n_papers=4, days=None):
    readers = max((reader for reader, _, _ in triples), default=0) + 1
    votes = votes_from_triples(triples, readers, n_papers)
    days = np.zeros(n_papers, np.int32) if days is None else np.array(days, np.int32)
    return Dataset(np.arange(n_papers), [], votes, np.arange(readers), np.array(times, dtype=float), days, None)


def crowd(readers, late):
    """Each reader likes papers 0 to 8 at time 0, and paper 9 or 10 at `late(reader)`; paper 11 is nobody's."""
    early = [(reader, paper, 1.0) for reader in range(readers) for paper in range(9)]
    last = [(reader, 9 + reader % 2, 1.0) for reader in range(readers)]
    times = [0.0] * len(early) + [late(reader) for reader in range(readers)]
    return small_data([*early, *last], times, n_papers=12)


def one_sheet(sheet, liked, voted=()):
    voted = np.array(voted, np.int32)
    case = HeldOutReader(0, voted, np.ones(len(voted), np.float32), ((0, np.array(liked, np.int32)),))
    return Trial(NEWEST, votes_from_triples([], 1, 9), [np.array(sheet, np.int32)], [case])


def test_the_newest_votes_are_held_out():
    """A tenth of the 200 votes are the 20 late ones."""
    split = hold_out(crowd(20, lambda reader: 5.0 + reader), None)
    assert (split.kind, len(split.earlier), len(split.cases)) == (NEWEST, 180, 20)
    assert {case.voted.tolist() == list(range(9)) for case in split.cases} == {True}
    liked = {case.reader: split.sheets[0][case.liked[0][1]].tolist() for case in split.cases}
    assert liked == {reader: [9 + reader % 2] for reader in range(20)}


def test_votes_that_are_new_to_both_models_make_the_trial_when_enough_readers_cast_them():
    """Of 60 late voters the serving model knows those before 4.0, the first ten."""
    split = hold_out(crowd(60, lambda reader: 3.0 + (reader >= 10)), 3.5)
    assert (split.kind, {case.reader for case in split.cases}) == (SINCE, set(range(10, 60)))
    assert len(split.earlier) == 600 - 50


@pytest.mark.parametrize("until", [None, 3.5])
def test_the_whole_newest_tenth_is_taken_when_few_readers_voted_since_the_serving_model(until):
    """Here 49 of 60 voted after 3.5, one too few."""
    split = hold_out(crowd(60, lambda reader: 3.0 + (reader >= 11)), until)
    assert (split.kind, len(split.cases)) == (NEWEST, 60)


def test_votes_without_distinct_times_are_split_by_chance():
    split = hold_out(crowd(60, lambda reader: 0.0), None)
    assert split.kind == CHANCE
    assert 0 < 600 - len(split.earlier) < 200
    assert len(split.cases) >= 10


def test_where_no_split_has_enough_readers_the_fullest_comes_back():
    split = hold_out(crowd(3, lambda reader: 5.0), None)
    assert (split.kind, len(split.cases)) == (NEWEST, 3)


def test_no_votes_make_no_cases():
    split = hold_out(small_data([], []), None)
    assert (len(split.cases), len(split.earlier), len(split.papers)) == (0, 0, 0)


def test_a_reader_is_a_case_only_with_earlier_votes_and_later_likes():
    """Of the two late votes one is reader 1's first, the other is reader 2's down-vote."""
    triples = [(0, p, 1) for p in range(10)] + [(2, p, 1) for p in range(8)] + [(1, 11, 1), (2, 11, -1)]
    data = small_data(triples, [*range(18), 50, 50], n_papers=12)
    assert trial.split_votes(data.votes, data.days, NEWEST, data.times > 18).cases == []


def test_without_an_earlier_up_vote_there_are_no_cases():
    data = small_data([(0, 0, -1), (0, 1, 1)], [1, 2])
    assert trial.split_votes(data.votes, data.days, NEWEST, data.times > 1).cases == []


def test_a_sheet_on_which_the_reader_liked_every_paper_is_left_out():
    data = small_data([(0, 0, 1), (0, 1, 1), (0, 2, 1)], [1, 2, 3], n_papers=23, days=[1] + [2] * 2 + [1] * 20)
    later = data.times > 1
    assert trial.held_out_readers(data.votes.only(~later), data.votes.only(later), [np.array([1, 2], np.int32)]) == []
    [case] = trial.held_out_readers(data.votes.only(~later), data.votes.only(later), [np.array([1, 2, 3], np.int32)])
    assert case.liked[0][1].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("counts", "pages"),
    [
        ([5, 30, 5], [0, 1, 2]),  # a day of five stands for itself
        ([2, 3, 5], [0, 0, 1]),  # two thin days are ranked together
        ([5, 2, 2], [0, 0, 0]),  # what is left over goes to the day before
        ([3], [0]),  # however few there are
        ([4, 4, 4, 4], [0, 0, 1, 1]),
    ],
)
def test_thin_days_are_ranked_together_with_their_neighbours(counts, pages):
    numbers = trial.sheet_numbers(np.repeat(np.arange(len(counts)) + 700, counts).astype(np.int32))
    assert numbers.tolist() == np.repeat(pages, counts).tolist()


def test_papers_are_ranked_among_those_of_their_own_day():
    """Forty papers on each of three days; later votes are on the first and the third."""
    sheets = trial.sheets_with(np.repeat([1, 2, 3], 40).astype(np.int32), np.array([5, 90]))
    assert [sheet.tolist() for sheet in sheets] == [list(range(40)), list(range(80, 120))]


def test_a_huge_day_is_sampled_around_the_papers_voted_on(monkeypatch):
    monkeypatch.setattr(trial, "POOL", 30)
    [sheet] = trial.sheets_with(np.ones(500, np.int32), np.arange(100, 110))
    assert len(sheet) == len(set(sheet)) == 30
    assert set(range(100, 110)) < set(sheet.tolist())


def test_the_measure_is_the_ndcg_of_the_days_order():
    """The liked paper 7 comes second: 1 / log2(3) of an ideal 1."""
    figures = measure(one_sheet([4, 7, 8], liked=[1]), [np.array([0.1, 0.5, 0.9])])
    assert figures == pytest.approx([1 / np.log2(3)])


def test_days_count_alike_for_a_reader():
    """First on one day, second on the other: the mean of 1 and 1 / log2(3)."""
    liked = ((0, np.array([0], np.int32)), (1, np.array([0], np.int32)))
    case = HeldOutReader(0, np.array([9], np.int32), np.ones(1, np.float32), liked)
    split = Trial(NEWEST, votes_from_triples([], 1, 9), [np.array([0, 1]), np.array([2, 3])], [case])
    assert measure(split, [np.array([2, 1, 1, 2])]) == pytest.approx([(1 + 1 / np.log2(3)) / 2])


def test_papers_voted_on_before_are_no_answer():
    """Paper 8 has the best score but is known; so the liked paper 7 is first."""
    assert measure(one_sheet([4, 7, 8], [1], voted=[8]), [np.array([0.1, 0.5, 0.9])]) == pytest.approx([1])


def test_popularity_is_the_net_of_the_votes():
    """Paper 2: one up, one down; paper 0: one up."""
    assert popularity(votes_from_triples([(0, 2, 1), (1, 2, -1), (0, 0, 1)], 2, 4)).tolist() == [1, 0, 0, 0]


def test_recency_is_by_day_and_then_by_the_order_of_arrival():
    """Days 5, 9, 5, 7: oldest first that is row 0, row 2, row 3, row 1."""
    assert recency(small_data([], [], days=[5, 9, 5, 7])).tolist() == [1, 4, 2, 3]


def test_likeness_is_the_rank_correlation():
    """Ranks 1, 2, 3 against 2, 1, 3: 1 - 6 * 2 / (3 * 8) = 0.5."""
    assert likeness(np.array([1.0, 5.0, 9.0]), np.array([20.0, 10.0, 30.0])) == pytest.approx(0.5)
    assert likeness(np.array([1.0, 1.0]), np.array([1.0, 2.0])) == 0


def test_papers_that_the_model_does_not_know_are_ranked_by_their_text(model, world):
    """The same papers under ids that the model has never seen: only the neighbours of votes fall away."""
    data = dataset_of(world)
    held_out = hold_out(data, None)
    strange = Dataset(data.paper_ids + 1000, data.texts, data.votes, data.reader_ids, data.times, data.days, None)
    known, by_text = (measure(held_out, scores_of(model, texts, held_out)).mean() for texts in (data, strange))
    assert known > by_text > 2 * measure(held_out, [recency(data)[held_out.papers]] * len(held_out.cases)).mean()
