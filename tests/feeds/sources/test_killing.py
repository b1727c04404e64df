"""`kill -9` in the middle of a back-fill: the next run resumes, and the tables equal those of an undisturbed one."""

import json
from datetime import date

import pytest
from django.utils import timezone

from feeds.sources import fetch
from feeds.sources.arxiv import ARXIV

from .formats.samples import needs_samples
from .killing import SPAN, back_fill, repository, tables

pytestmark = [pytest.mark.processes, needs_samples]
KILLS = 3  # the benchmark `killing` does 20, in all archives
ARCHIVES = ["cs", "hep-th", "math"]


def in_peace(outside, settings):
    settings.ARXIV_CATEGORIES = ARCHIVES
    outside.answer("/oai", repository())
    first, last = map(date.fromisoformat, SPAN[1::2])
    assert not fetch.fetch_span(ARXIV, first, last, timezone.now()).failed
    return json.loads(tables())


def test_a_killed_back_fill_ends_like_an_undisturbed_one_and_requests_nothing_twice(db, outside, settings, tmp_path):
    whole = in_peace(outside, settings)
    killed = back_fill(tmp_path, ARCHIVES, kills=KILLS, seed=20261123)
    assert killed.tables == whole
    assert len(whole[0]) == len(whole[1]) > 300
    assert killed.asked_again_without_need == {}
    assert len(killed.in_flight) == KILLS
