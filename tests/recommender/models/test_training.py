"""The tables of the nights: trained models in serving order, refusals in a row, steps once a day."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from recommender.models import NightStep, TrainedModel
from recommender.models.training import refused_in_a_row
from tests.recommender.planted import FIRST_DAY

pytestmark = pytest.mark.django_db
NOW = timezone.now()


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


def assert_refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_the_database_refuses_a_step_twice_for_one_day(db):
    step = {"step": "train", "state": "running", "started_at": NOW, "lease_until": NOW}
    NightStep.objects.create(day=FIRST_DAY, **step)
    NightStep.objects.create(day=FIRST_DAY + timedelta(days=1), **step)
    assert_refused(lambda: NightStep.objects.create(day=FIRST_DAY, **step))


def test_the_promoted_model_of_last_serves_first(db):
    for hour, (name, state) in enumerate([("old", "promoted"), ("new", "promoted"), ("bad", "refused")]):
        at = NOW + timedelta(hours=hour)
        TrainedModel.objects.create(version=name, day=FIRST_DAY, state=state, promoted_at=at)
    assert [row.version for row in TrainedModel.objects.serving_order()] == ["new", "old"]
