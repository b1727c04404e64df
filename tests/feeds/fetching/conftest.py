"""Sources that are switched on, and an outside world for them to ask."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.feeds.outside import Outside


@pytest.fixture
def outside(settings: Any) -> Iterator[Outside]:
    settings.SOURCES = ["arxiv", "huggingface"]
    settings.ARXIV_CATEGORIES = ["cs.CL", "cs.LG"]
    with Outside() as world:
        settings.SOURCE_SERVICES = world.services()
        yield world
