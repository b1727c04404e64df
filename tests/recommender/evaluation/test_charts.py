"""The curves as SVG: well-formed, readable alone, with the figures where they belong."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from recommender.engine.evaluation import Interval
from recommender.evaluation.charts import COLOURS, DARK, curves
from recommender.evaluation.run import ResultRow

SVG = "{http://www.w3.org/2000/svg}"


def row(system, reveal, figure, protocol="warm"):
    interval = Interval(figure, figure - 0.02, figure + 0.02)
    return ResultRow(protocol, reveal, system, 50, 1.0, interval, 0.0, 0.0, 0.0, np.zeros(50))


ROWS = [
    row(system, reveal, figure)
    for system, figure in (("paperboy", 0.3), ("peer<1>", 0.2))
    for reveal in (1, 5, "known")
]


def picture(rows=ROWS):
    return ET.fromstring(curves(rows))


def texts(root):
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def test_it_has_a_title_axes_with_units_and_a_legend():
    labels = texts(picture())
    assert "warm: NDCG@10 by votes revealed" in labels
    assert {"NDCG@10 (0 to 1)", "votes revealed (number; up to 50 readers)", "1", "5", "known"} <= set(labels)
    assert {"paperboy, 95 % interval", "peer<1>"} <= set(labels)


def test_every_system_has_a_curve_and_a_point_for_each_figure():
    root = picture()
    assert len(root.findall(f"{SVG}circle")) == 6
    assert [circle.find(f"{SVG}title").text for circle in root.findall(f"{SVG}circle")][-1] == (
        "paperboy, known: 0.3000 (0.2800 to 0.3200)"
    )


@pytest.mark.parametrize(
    ("protocol", "word", "joined"), [("new-papers", "all", 3), ("new-papers", "known", 2), ("warm", "all", 2)]
)
def test_only_figures_of_the_same_readers_are_joined(protocol, word, joined):
    """1 and 5 votes, and in `new-papers` all votes, are of the same readers; the legend's line has two points."""
    root = picture([row("paperboy", reveal, 0.3, protocol) for reveal in (1, 5, word)])
    curve, legend = (line.get("points").split() for line in root.findall(f"{SVG}polyline"))
    assert (len(curve), len(legend)) == (joined, 2)


def test_only_ours_has_intervals():
    assert len([line for line in picture().findall(f"{SVG}line") if "interval" in line.get("class")]) == 3


def test_a_better_figure_is_higher_up_and_more_votes_further_right():
    points = {circle.find(f"{SVG}title").text[:11]: circle for circle in picture().findall(f"{SVG}circle")}
    assert float(points["paperboy, 1"].get("cy")) < float(points["peer<1>, 1:"].get("cy"))
    assert float(points["paperboy, 1"].get("cx")) < float(points["paperboy, 5"].get("cx"))


def test_it_needs_nothing_from_elsewhere_and_has_colours_for_light_and_dark():
    drawn = curves(ROWS)
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in drawn
    assert len(COLOURS) == len(DARK)


def test_nothing_measured_draws_an_empty_picture():
    assert "nothing was measured" in texts(picture([]))


def test_figures_of_zero_are_drawn():
    assert picture([row("paperboy", 1, 0.0)]).findall(f"{SVG}circle")
