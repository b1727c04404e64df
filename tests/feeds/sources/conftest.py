"""Enabled sources, and a local server that stands in for the outside world."""

from collections.abc import Iterator
from typing import Any

import pytest

from feeds.models import Fetch
from tests.feeds.outside import Outside

from .answers import feed, together
from .days import BEFORE, FIVE, FRIDAY, MONDAY, listing, row, run


@pytest.fixture
def outside(settings: Any) -> Iterator[Outside]:
    settings.SOURCES = ["arxiv", "huggingface"]
    settings.ARXIV_CATEGORIES = ["cs.CL", "cs.LG"]
    with Outside() as world:
        settings.SOURCE_SERVICES = world.services()
        yield world


@pytest.fixture
def monday(db: None, outside: Outside) -> Outside:
    """Monday was fetched without trouble."""
    outside.answer("/rss", feed(MONDAY, *BEFORE))
    return _after_monday(outside)


@pytest.fixture
def five(db: None, outside: Outside, settings: Any) -> Outside:
    """Monday brought two papers in each of five categories."""
    settings.ARXIV_CATEGORIES = FIVE
    outside.answer("/rss", together(*(listing(MONDAY, code, "0") for code in FIVE)))
    return _after_monday(outside)


def _after_monday(outside: Outside) -> Outside:
    Fetch.objects.create(source="arxiv", day=FRIDAY, state="done", next_at=None)
    run("20T05:00")
    assert row(MONDAY).state == "done"
    outside.asked.clear()
    return outside
