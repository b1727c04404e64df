"""The nights' figures as points and lines of a picture."""

from datetime import date

import pytest
from django.template.loader import render_to_string

from feeds.templatetags.charts import HEIGHT, LEFT, TOP, WIDTH, ndcg_chart, rates_chart, tenths_chart, yesterday_note
from recommender.models import ModelState, TrainedModel

REFUSED = ModelState.REFUSED
PROMOTED = ModelState.PROMOTED


def night(state=PROMOTED, how=None, **means):
    figures = {name: {"mean": mean, "low": mean - 0.05, "high": mean + 0.05} for name, mean in means.items()}
    return TrainedModel(day=date(2026, 11, 1), state=state, metrics=figures | {"yesterday_is": how})


def series(chart, name):
    return next(line for line in chart["series"] if line["name"] == name)


def test_the_chart_goes_from_the_oldest_night_to_the_newest():
    """The highest end, 0.45, needs a scale to 0.5; two nights halve the width."""
    chart = ndcg_chart([night(candidate=0.4), night(candidate=0.2)])
    left, right = LEFT + WIDTH / 4, LEFT + 3 * WIDTH / 4
    assert [(point["x"], point["mean"]) for point in chart["points"]] == [(left, 0.2), (right, 0.4)]
    low, high = TOP + HEIGHT * 0.6, TOP + HEIGHT * 0.2
    assert series(chart, "candidate")["line"] == f"M{left} {low}h0L{right} {high}h0"


def test_the_scale_ends_above_every_interval():
    """0.2 + 0.05 = 0.25 is five steps of 0.05; 1.0 is five of 0.2."""
    assert [tick["label"] for tick in ndcg_chart([night(candidate=0.2)])["ticks"]] == [
        "0.00", "0.05", "0.10", "0.15", "0.20", "0.25",
    ]  # fmt: skip
    assert ndcg_chart([night(candidate=0.95)])["ticks"][-1] == {"y": TOP, "label": "1.00"}


def test_a_night_that_was_not_judged_is_a_gap():
    """Four nights, the third without figures: a line of two nights, and a point that stands alone."""
    line = series(ndcg_chart([night(candidate=0.3), night(), night(candidate=0.3), night(candidate=0.3)]), "candidate")
    assert (line["line"].count("M"), line["line"].count("L")) == (2, 1)
    assert line["bars"].count("M") == 3


def test_refused_nights_are_marked_judged_or_not():
    chart = ndcg_chart([night(REFUSED, candidate=0.3), night(REFUSED), night(candidate=0.3), night(candidate=0.3)])
    assert len(chart["refused"]) == 2
    assert chart["refused"][-1] == chart["points"][-1]["x"]


def test_yesterdays_model_is_left_out_where_it_had_seen_the_votes():
    chart = ndcg_chart(
        [night(how="seen", candidate=0.3, yesterday=0.9), night(how="blind", candidate=0.3, yesterday=0.3)]
    )
    assert series(chart, "yesterday")["line"].count("h0") == 1
    assert chart["ticks"][-1]["label"] == "0.40"


def test_figures_of_earlier_versions_which_measured_otherwise_are_left_out():
    assert series(ndcg_chart([night(recipe=0.3, content=0.3)]), "content")["line"] == ""


def test_a_candidate_that_waits_for_its_verdict_is_no_night():
    judged = night(candidate=0.3)
    assert ndcg_chart([night(ModelState.CANDIDATE), judged])["nights"] == [judged]


@pytest.mark.parametrize(
    ("how", "words"), [("seen", "saw the votes"), ("again", "retrained"), ("blind", ""), (None, "")]
)
def test_how_yesterdays_model_was_asked_is_said(how, words):
    assert yesterday_note(night(how=how)) == words


@pytest.mark.parametrize(("judged", "shown"), [(0, False), (1, False), (2, True)])
def test_one_night_makes_no_picture(judged, shown):
    html = render_to_string("feeds/_chart.html", ndcg_chart([night(candidate=0.3) for _ in range(judged)]))
    assert ("<svg" in html) is shown


def test_the_picture_says_in_words_what_it_shows():
    nights = [night(REFUSED, candidate=0.3), night(candidate=0.25)]
    html = render_to_string("feeds/_chart.html", ndcg_chart(nights))
    assert "1 of them were refused. The newest value of the candidate is 0.3000, on 1 November 2026" in " ".join(
        html.split()
    )
    assert "style=" not in html


def test_a_place_that_few_readers_saw_is_a_gap_in_the_rates():
    """Two places halve the width; of the scale to 0.2, 0.1 is the middle."""
    figure = {"mean": 0.1, "low": 0.0, "high": 0.2}
    rows = [
        {"first": 1, "last": 1, "clicks": figure, "up_votes": None, "down_votes": None},
        {"first": 2, "last": 10, "clicks": None, "up_votes": None, "down_votes": None},
    ]
    chart = rates_chart(rows)
    assert [line["line"] for line in chart["series"]] == [f"M{LEFT + WIDTH / 4} {TOP + HEIGHT / 2}h0", "", ""]
    assert chart["ticks"][-1] == {"y": TOP, "label": "20.0%"}
    assert [name["label"] for name in chart["names"]] == ["1", "2–10"]


def test_a_tenth_with_half_of_the_exposure_has_a_bar_to_the_top():
    tenths = [{"tenth": number, "of_exposure": 0.5 if number == 10 else 0.05} for number in range(1, 11)]
    chart = tenths_chart(tenths)
    assert (chart["bars"][-1]["y"], chart["bars"][-1]["height"]) == (TOP, HEIGHT)
    assert chart["bars"][0]["height"] == HEIGHT / 10
    assert chart["equal"] == TOP + HEIGHT * 0.8
