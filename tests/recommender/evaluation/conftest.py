"""The planted world as a data set."""

from pathlib import Path

import pytest

from recommender.evaluation.input import EvaluationData, read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, new_papers, warm
from recommender.evaluation.tasks import Benchmark

from .folder import write_vectors, write_world


@pytest.fixture(scope="session")
def folder(world, tmp_path_factory) -> Path:
    folder = write_world(tmp_path_factory.mktemp("planted") / "set", world)
    write_vectors(folder, world)
    return folder


@pytest.fixture(scope="session")
def data(folder) -> EvaluationData:
    return read_evaluation_data(folder)


@pytest.fixture(scope="session")
def new_benchmark(data) -> Benchmark:
    return new_papers(data, EvaluationPlan((0, 1, 5, "all", "known"), readers=20, seed=1))


@pytest.fixture(scope="session")
def warm_benchmark(data) -> Benchmark:
    return warm(data, EvaluationPlan((1, 5, "known"), readers=20, seed=1))
