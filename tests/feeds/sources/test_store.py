"""Storing a response: rows and cursor together or not at all, and a log line for each rejected row."""

from datetime import UTC, date, datetime

import pytest

from feeds.models import Cursor
from feeds.sources import store
from feeds.sources.client.client import Client
from feeds.sources.client.service import SourceFailed
from feeds.sources.formats.record import PaperRecord
from feeds.sources.ingest import Summary
from feeds.sources.source import Run
from feeds.sources.store import ParsedResponse, store_response
from recommender.models import Paper
from recommender.textfiles import Rejected

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 21)
PAPER = PaperRecord("2607.00001", "Graph ties", "arxiv_feed", day=DAY)


def run(**options):
    return Run(datetime(2026, 7, 21, 6, tzinfo=UTC), Client(), lambda line: None, **options)


def mover(cursor):
    return lambda: store.move_cursor(cursor, {"token": "next"})


def test_rows_and_cursor_are_stored_together():
    summary = Summary()
    store_response(ParsedResponse("arxiv", [PAPER]), DAY, summary, mover(store.cursor_for("arxiv", "feed")), run())
    assert (summary.new, Paper.objects.get().day) == (1, DAY)
    assert Cursor.objects.get().position == {"token": "next"}


def test_rows_are_not_stored_without_the_cursor():
    mine, theirs = store.cursor_for("arxiv", "feed"), store.cursor_for("arxiv", "feed")
    store.move_cursor(theirs, {"token": "theirs"})
    with pytest.raises(SourceFailed, match="another run is reading feed"):
        store_response(ParsedResponse("arxiv", [PAPER]), DAY, Summary(), mover(mine), run())
    assert not Paper.objects.exists()
    assert Cursor.objects.get().position == {"token": "theirs"}


def test_every_row_that_could_not_be_read_is_in_the_log(caplog):
    rows = [PAPER, Rejected(7, "title: missing or empty")]
    store_response(ParsedResponse("arxiv", rows), DAY, Summary(), mover(store.cursor_for("arxiv", "feed")), run())
    assert "arxiv, line 7: title: missing or empty" in caplog.text


def test_storing_a_response_renews_the_leases():
    renewals = []
    store_response(
        ParsedResponse("arxiv", [PAPER]),
        DAY,
        Summary(),
        mover(store.cursor_for("arxiv", "feed")),
        run(renew=lambda: renewals.append(1)),
    )
    assert renewals == [1]
