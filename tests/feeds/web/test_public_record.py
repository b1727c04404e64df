"""The page and the JSON of the evidence: the same figures, for everybody, and none before the first night."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender import impressions
from recommender.evidence.record import gather
from recommender.models import Experiment, TrainedModel
from recommender.ranking.rank import rank
from tests.conftest import make_reader
from tests.feeds.planting import paper

from .test_papers import html

METRICS = ["positions", "orders", "exposure"]


@pytest.fixture
def day(db):
    """Today, with twelve papers of which six readers saw the first ten places and opened the first."""
    today = timezone.now().date()
    found = [paper(f"2607.{number:05d}", today, categories=["cs.LG"], authors=["Eve"]) for number in range(12)]
    for number in range(6):
        reader = make_reader(f"reader{number}")
        ranking = rank(reader, today)
        impressions.note_shown(reader, ranking, range(1, 11), timezone.now())
        impressions.note_click(reader, ranking.public_id, found[-1], timezone.now())
    return today


def test_before_the_first_night_the_page_says_so(anonymous):
    assert "Nothing has been counted yet" in html(anonymous.get("/models/evidence/"))


@pytest.mark.parametrize("name", METRICS)
def test_before_the_first_night_there_are_no_metrics(api, name):
    answer = api.get(f"/api/v1/metrics/{name}/")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "nothing has been counted yet; it is done once a night",
    )


def test_page_and_json_tell_the_same_to_everybody(day, anonymous, api):
    gather(day)
    page, found = html(anonymous.get("/models/evidence/")), api.get("/api/v1/metrics/positions/").json()
    first = found["positions"][0]
    assert (first["impressions"], first["readers"], first["clicks"]["mean"]) == (6, 6, 1.0)
    assert "100.00% [100.00%, 100.00%]" in page
    assert found["models"][0]["model"] == "recent"


def test_the_charts_have_a_table_beside_them(day, anonymous):
    gather(day)
    page = html(anonymous.get("/models/evidence/"))
    assert page.count('<svg viewBox="0 0 640 312"') == 2
    assert page.count("<table>") == 3  # places, makers, exposure


def test_exposure_is_told_in_shares(day, api):
    """Ten of twelve papers, all of one category and by one new author."""
    gather(day)
    found = api.get("/api/v1/metrics/exposure/").json()
    assert (found["readers"], found["impressions"], found["papers"]) == (6, 60, 12)
    assert found["categories"] == [{"category": "cs.LG", "of_papers": 1.0, "of_exposure": 1.0}]
    assert found["gini_of_exposure"] == pytest.approx(1 / 6, abs=1e-4)


def test_orders_say_why_there_are_no_estimates(day, api):
    gather(day)
    assert api.get("/api/v1/metrics/orders/").json()["note"].startswith("0 rankings explored, which are too few")


def test_an_experiment_is_told_of(day, api, anonymous):
    model = TrainedModel.objects.create(version="tried", day=day - timedelta(days=1))
    Experiment.objects.create(challenger=model, share=0.25)
    [one] = api.get("/api/v1/experiments/").json()
    assert (one["challenger"], one["share"], one["is_running"], one["arms"]) == ("tried", 0.25, True, {})
    assert "for 25.0% of the readers" in html(anonymous.get("/models/evidence/"))
