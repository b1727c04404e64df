"""Two models for every test of the engine: of words alone, and of words, authors and sentence vectors."""

from dataclasses import replace

import pytest

from tests.recommender import planted

BOTH_KERNELS = replace(planted.SMALL, vector_weight=0.5, flat_vector_weight=1.0)
KINDS = {"words": planted.SMALL, "authors and vectors": BOTH_KERNELS}


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def world(kind):
    return planted.world() if kind == "words" else planted.with_authors_and_vectors(planted.world())


@pytest.fixture(scope="session")
def vector_model():
    """The model with authors and vectors, for what the other one does not have."""
    return planted.fit_small(planted.with_authors_and_vectors(planted.world()), BOTH_KERNELS)


@pytest.fixture(scope="session")
def small(kind):
    """The settings that `model` was trained with."""
    return KINDS[kind]


@pytest.fixture(scope="session")
def model(world, small):
    """A small model of the planted world; nobody may write to its arrays."""
    return planted.fit_small(world, small)
