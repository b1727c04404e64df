"""The JSON written by hand equals what the declared fields would write."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from rest_framework.serializers import Serializer
from rest_framework.test import APIRequestFactory

from feeds.entries import with_provenance
from feeds.serializers.papers import PaperSerializer, WholePaperSerializer, rfc3339
from recommender.models import Paper, PaperSource
from tests.feeds.planting import paper


@pytest.mark.parametrize("of", [PaperSerializer, WholePaperSerializer])
@pytest.mark.parametrize("source", [PaperSource.ARXIV, PaperSource.HUGGING_FACE])
def test_the_json_of_a_paper_matches_its_declared_fields(db, of, source):
    fields = {"authors": ["Ada", "Bob"], "categories": ["cs.LG"], "tags": ["graphs"], "source": source}
    versions = [{"number": 1, "at": "2026-07-01T00:00:00Z"}, {"number": 2, "at": None}]
    paper("2607.00001", published_at=datetime(2026, 7, 1, 12, 30, 1, 5, tzinfo=UTC), versions=versions, **fields)
    [one] = with_provenance(Paper.objects.with_public_votes())
    serializer = of(context={"request": APIRequestFactory().get("/")})
    assert list(serializer.to_representation(one)) == list(serializer.fields)
    assert serializer.to_representation(one) == Serializer.to_representation(serializer, one)


def test_a_time_is_written_in_utc():
    assert rfc3339(datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == "2026-07-01T00:00:00Z"
    assert rfc3339(None) is None
