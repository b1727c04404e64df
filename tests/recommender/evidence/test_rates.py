"""Rates by place and by model, without figures on few readers or on readers without usage statistics."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import User
from recommender.evidence.rates import by_model, by_position
from recommender.models import Impression, Paper, Ranking, pack
from tests.recommender.planted import FIRST_DAY, a_paper

PLACES = 10


@pytest.fixture
def since(db):
    return timezone.now() - timedelta(days=28)


def show(readers, *, clicks=lambda reader, place: False, surface="web", mode="popular", start=0):
    """Each reader a ranking of ten papers, all places shown."""
    papers = list(Paper.objects.all()) or [a_paper(f"2611.{number:05d}") for number in range(PLACES)]
    now, rows = timezone.now(), []
    for number in range(start, start + readers):
        reader = User.objects.create(email=f"shown{number}@example.org")
        order = pack([paper.pk for paper in papers], "<i8")
        ranking = Ranking.objects.create(
            reader=reader, day=FIRST_DAY, mode=mode, basis=f"{number}", paper_pks=order, scores=b""
        )
        rows += [
            Impression(
                reader=reader, ranking=ranking, paper=paper, position=place, surface=surface, at=now,
                clicked_at=now if clicks(number, place) else None, vote=1 if place == 1 else None,
            )
            for place, paper in enumerate(papers, start=1)
        ]  # fmt: skip
    Impression.objects.bulk_create(rows)


def test_rates_are_counts_of_impressions(since):
    """Of ten readers the first three open the first place; all vote it up; nobody does anything at the second."""
    show(10, clicks=lambda reader, place: place == 1 and reader < 3)
    first, second, *_ = by_position(since)
    assert (first["first"], first["last"], first["readers"], first["impressions"]) == (1, 1, 10, 10)
    assert (first["clicks"]["mean"], first["up_votes"]["mean"], first["down_votes"]["mean"]) == (0.3, 1.0, 0.0)
    assert (second["clicks"]["mean"], second["up_votes"]["mean"]) == (0.0, 0.0)


def test_a_planted_effect_of_places_is_measured(since):
    """Places are opened with chance 0.5 / place; ten intervals, of which all but two at most hold that."""
    drawn = np.random.default_rng(2).random((300, PLACES + 1))
    show(300, clicks=lambda reader, place: drawn[reader, place] < 0.5 / place)
    rows = by_position(since)
    inside = [row["clicks"]["low"] <= 0.5 / row["first"] <= row["clicks"]["high"] for row in rows]
    assert (len(inside), sum(inside) >= 8) == (PLACES, True)
    assert rows[0]["clicks"]["low"] > rows[4]["clicks"]["high"]


def test_a_place_of_four_readers_has_no_rates(since):
    show(4)
    first = by_position(since)[0]
    assert (first["readers"], first["impressions"], first["clicks"], first["up_votes"]) == (None, None, None, None)


def test_a_reader_without_usage_statistics_is_left_out(since):
    show(5)
    User.objects.filter(email="shown0@example.org").update(gives_evidence=False)
    assert by_position(since)[0]["readers"] is None


def test_only_impressions_on_pages_since_then_count(since):
    show(5, surface="api")
    assert by_position(since) == []
    show(5, start=5)
    assert by_position(timezone.now() + timedelta(hours=1)) == []


def test_each_model_and_each_order_without_one_has_a_row(since, served):
    Paper.objects.filter(day__gt=FIRST_DAY).delete()
    show(6)
    show(7, mode="hybrid", start=6)
    Ranking.objects.filter(mode="hybrid").update(model=served.row)
    readers_of = {row["model"]: row["readers"] for row in by_model(since)}
    assert readers_of == {served.row.version: 7, "popular": 6}
