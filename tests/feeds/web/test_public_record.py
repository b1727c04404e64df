"""The evidence as page and JSON: the same figures for everybody, none before the first night."""

from datetime import timedelta

import pytest
from django.utils import timezone

from feeds.models import Delivery, DeliveryState
from recommender import impressions
from recommender.evidence.record import gather
from recommender.models import Experiment, TrainedModel
from recommender.ranking.rank import rank
from tests.conftest import make_reader
from tests.feeds.planting import DAY, paper

from .pages import html

METRICS = ["positions", "orders", "exposure"]


@pytest.fixture
def day(db):
    """Today, with twelve papers of which six readers saw the first ten places and opened the first."""
    today = timezone.now().date()
    catalogue = [paper(f"2607.{number:05d}", today, categories=["cs.LG"], authors=["Eve"]) for number in range(12)]
    for number in range(6):
        reader = make_reader(f"reader{number}")
        ranking = rank(reader, today)
        impressions.note_shown(reader, ranking, range(1, 11), timezone.now())
        impressions.note_click(reader, ranking.public_id, catalogue[-1], timezone.now())
    return today


def test_before_the_first_night_the_page_says_so(anonymous):
    assert "Nothing has been counted yet" in html(anonymous.get("/models/evidence/"))


@pytest.mark.parametrize("name", METRICS)
def test_metrics_before_the_first_night_are_a_404(api, name):
    answer = api.get(f"/api/v1/metrics/{name}/")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "nothing has been counted yet; the evidence is counted every night",
    )


def test_page_and_json_have_the_same_figures_for_everybody(day, anonymous, api):
    gather(day)
    page, figures = html(anonymous.get("/models/evidence/")), api.get("/api/v1/metrics/positions/").json()
    first = figures["positions"][0]
    assert (first["impressions"], first["readers"], first["clicks"]["mean"]) == (6, 6, 1.0)
    assert "100.00% [100.00%, 100.00%]" in page
    assert figures["models"][0]["model"] == "recent"


def test_the_charts_have_tables(day, anonymous):
    gather(day)
    page = html(anonymous.get("/models/evidence/"))
    assert page.count('<svg viewBox="0 0 640 312"') == 2
    assert page.count("<table>") == 3  # places, makers, exposure


def test_exposure_is_given_in_shares(day, api):
    """Ten of twelve papers, all of one category and by one new author."""
    gather(day)
    figures = api.get("/api/v1/metrics/exposure/").json()
    assert (figures["readers"], figures["impressions"], figures["papers"]) == (6, 60, 12)
    assert figures["categories"] == [{"category": "cs.LG", "of_papers": 1.0, "of_exposure": 1.0}]
    assert figures["gini_of_exposure"] == pytest.approx(1 / 6, abs=1e-4)


def test_orders_say_why_there_are_no_estimates(day, api):
    gather(day)
    assert api.get("/api/v1/metrics/orders/").json()["note"].startswith("No estimate: only 0 rankings explored")


def test_an_experiment_is_listed(day, api, anonymous):
    model = TrainedModel.objects.create(version="tried", day=day - timedelta(days=1))
    Experiment.objects.create(challenger=model, share=0.25)
    [one] = api.get("/api/v1/experiments/").json()
    assert (one["challenger"], one["share"], one["is_running"], one["arms"]) == ("tried", 0.25, True, {})
    assert "for 25.0% of the readers" in html(anonymous.get("/models/evidence/"))


def test_the_status_page_counts_the_digests_of_the_last_day_and_names_nobody(ada, bob, anonymous):
    now = timezone.now()
    Delivery.objects.create(reader=ada, day=DAY, state=DeliveryState.SENT, claimed_at=now)
    Delivery.objects.create(reader=bob, day=DAY, state=DeliveryState.UNCERTAIN, claimed_at=now)
    Delivery.objects.create(reader=ada, day=DAY, kind="asked", state=DeliveryState.SENT)
    page = " ".join(anonymous.get("/status/").content.decode().split())
    assert "1 sent, 0 waiting, 1 uncertain, 0 refused" in page
    assert "example.org" not in page
