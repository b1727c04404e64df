"""The planted town with two models: one that serves, and an older one that is kept."""

from datetime import UTC, datetime

import pytest

from recommender import serving
from tests.recommender import planted


@pytest.fixture
def older(town, model_dir):
    """Promoted in spring; it is the challenger."""
    serving.forget()
    model = planted.train_on_the_tables()
    return planted.publish(model, promoted_at=datetime(2026, 4, 1, tzinfo=UTC))


@pytest.fixture
def newer(older):
    return planted.publish(older.model)
