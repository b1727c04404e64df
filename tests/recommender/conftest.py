"""A planted town in the database, a model that serves it, and a folder of its own for the models of each test."""

from datetime import UTC, datetime

import pytest

from recommender.serving import model_cache

from . import planted


@pytest.fixture
def model_dir(settings, tmp_path):
    settings.MODEL_DIR = tmp_path / "models"
    return settings.MODEL_DIR


@pytest.fixture(scope="session")
def world():
    return planted.world()


@pytest.fixture(scope="session")
def model(world):
    """A small model of the planted world; nobody may write to its arrays."""
    return planted.fit_small(world)


@pytest.fixture
def town(db, world):
    return planted.into_database(world)


@pytest.fixture
def served(town, model_dir):
    return planted.publish(planted.train_on_the_tables())


@pytest.fixture
def older(town, model_dir):
    """Promoted in spring; it is the challenger."""
    model_cache.clear()
    model = planted.train_on_the_tables()
    return planted.publish(model, promoted_at=datetime(2026, 4, 1, tzinfo=UTC))


@pytest.fixture
def newer(older):
    return planted.publish(older.model)
