"""A data set is measured by ratings, or else by time, or else by new and all papers; also without what tells."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.data import PaperText
from recommender.evaluation.input import Ratings
from recommender.evaluation.overview import measurements


@pytest.mark.parametrize(
    ("times", "undated", "text", "expected"),
    [
        (np.zeros(1), 0, PaperText(authors=("Ada",)), [("time", ()), ("time", ("authors",))]),
        (np.zeros(1), 0, PaperText(tags=("x",)), [("time", ())]),
        (np.zeros(1), 1, PaperText(authors=("Ada",)), [("new-papers", ()), ("warm", ())]),
        (None, 0, PaperText(), [("new-papers", ()), ("warm", ())]),
        (
            None, 0, PaperText(tags=("x",)),
            [("new-papers", ()), ("warm", ()), ("new-papers", ("tags",)), ("warm", ("tags",))],
        ),
    ],
)  # fmt: skip
def test_a_data_set_is_measured_by_the_best_truth_that_it_has(data, times, undated, text, expected):
    assert measurements(replace(data, papers=[text], times=times, undated=undated)) == expected


def test_ratings_come_before_everything_else(data):
    empty = np.zeros(0, np.int32)
    assert measurements(replace(data, ratings=Ratings(empty, empty, np.zeros(0, np.float32)))) == [("ratings", ())]
