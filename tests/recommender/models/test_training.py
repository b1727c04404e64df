"""What the record of models tells about the nights."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender.models import TrainedModel
from recommender.models.training import refused_in_a_row

pytestmark = pytest.mark.django_db


def nights(*states):
    """One model a night, oldest first."""
    for number, state in enumerate(states):
        moment = datetime(2026, 11, 1, 3, tzinfo=UTC) + timedelta(days=number)
        TrainedModel.objects.create(version=f"m{number}", day=moment.date(), state=state, trained_at=moment)


def test_refusals_since_the_last_promotion_are_counted():
    nights("refused", "promoted", "refused", "refused")
    assert refused_in_a_row() == 2


def test_a_promotion_ends_the_row():
    nights("refused", "refused", "promoted")
    assert refused_in_a_row() == 0


def test_a_candidate_is_no_verdict():
    nights("promoted", "refused", "candidate")
    assert refused_in_a_row() == 1


def test_two_refusals_of_one_night_are_one():
    nights("promoted", "refused", "refused")
    TrainedModel.objects.update(day="2026-11-03")
    assert refused_in_a_row() == 1


def test_without_models_nothing_was_refused():
    assert refused_in_a_row() == 0
