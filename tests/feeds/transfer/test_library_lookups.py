"""Looking up missing papers of a library at arXiv."""

from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache

from feeds.transfer import library
from feeds.transfer.library import AT_ONCE, look_up
from recommender.models import Paper
from tests.feeds.outside import Reply

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
MANY = [f"2607.{number:05d}" for number in range(AT_ONCE + 2)]


def test_papers_at_arxiv_are_fetched_and_others_have_a_reason(arxiv, ada):
    assert look_up(ada, ["2607.00001", "2608.00001"], NOW) == {"2608.00001": "arXiv knows no such paper"}
    assert list(Paper.objects.values_list("public_id", "source")) == [("2607.00001", "arxiv_api")]


def test_fetched_papers_are_not_on_todays_list(arxiv, ada):
    look_up(ada, ["2607.00001"], NOW)
    assert Paper.objects.get().day < date(2026, 11, 23)


def test_one_lookup_fetches_fifty_papers_and_the_rest_has_a_reason(arxiv, ada):
    reasons = look_up(ada, MANY, NOW)
    assert (len(arxiv.asked), Paper.objects.count(), list(reasons)) == (1, AT_ONCE, MANY[AT_ONCE:])
    assert "50 papers at a time" in reasons[MANY[-1]]


def test_a_site_that_does_not_ask_arxiv_says_so(ada, settings):
    settings.SOURCES = []
    assert "does not use arXiv" in look_up(ada, ["2607.00001"], NOW)["2607.00001"]


def test_lookups_are_limited_per_reader_and_day(arxiv, ada, bob, monkeypatch):
    monkeypatch.setattr(library, "PER_DAY", 1)
    assert look_up(ada, ["2607.00001"], NOW) == {}
    assert "1 times a day" in look_up(ada, ["2607.00002"], NOW)["2607.00002"]
    assert look_up(bob, ["2607.00002"], NOW) == {}


def test_a_failed_lookup_is_the_reason(arxiv, ada, monkeypatch):
    monkeypatch.setattr(library, "SECONDS", 0.2)
    arxiv.answer("/api/query", Reply(b"", 500))
    assert look_up(ada, ["2607.00001"], NOW) == {"2607.00001": "arXiv does not answer now; try again later"}


@pytest.mark.parametrize("ids", [[]])
def test_without_ids_nothing_is_requested(arxiv, ada, ids):
    assert (look_up(ada, ids, NOW), arxiv.asked) == ({}, [])


def test_a_cache_emptied_meanwhile_does_not_block_a_lookup(arxiv, ada, monkeypatch):
    monkeypatch.setattr(cache, "add", lambda *given: cache.clear())
    assert look_up(ada, ["2607.00001"], NOW) == {}
    assert Paper.objects.count() == 1
