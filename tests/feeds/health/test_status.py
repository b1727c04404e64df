"""The freshness of the sources on the status page, in the API and, if one is late, on today's page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from feeds.models import Fetch
from tests.feeds.planting import paper

LATE = "Hugging Face Daily Papers is late: it was not fetched successfully for 26 hours"


@pytest.fixture
def fetched(db, settings):
    """Record a fetch of the one source this many hours ago."""
    settings.SOURCES = ["huggingface"]

    def hours_ago(hours, **columns):
        now = timezone.now()
        at = {"tried_at": now - timedelta(hours=hours), "finished_at": now - timedelta(hours=hours)}
        state = {"source": "huggingface", "day": now.date(), "state": "done", "attempts": 1, "summary": {"new": 12}}
        return Fetch.objects.create(**state | at | columns)

    return hours_ago


def html(client, address="/status/"):
    return " ".join(client.get(address).content.decode().split())


def test_a_fresh_source_is_shown_with_its_summary(fetched, anonymous):
    fetched(1)
    page = html(anonymous)
    assert ("new 12" in page, ">late<" in page, ">up to date<" in page) == (True, False, True)
    assert Fetch.objects.get().day.strftime("%d").lstrip("0") in page


def test_a_late_source_warns_on_the_status_page_and_on_todays(fetched, anonymous):
    fetched(50)
    paper("2607.00001")
    assert (LATE in html(anonymous), LATE in html(anonymous, "/")) == (True, True)
    assert LATE not in html(anonymous, "/day/2026-07-21/")


def test_a_late_source_warns_without_any_paper(fetched, anonymous):
    assert "Hugging Face Daily Papers has not answered yet." in html(anonymous, "/")


def test_a_day_that_waits_for_a_category_is_on_the_status_page_and_in_the_api(fetched, anonymous, ada_api):
    fetched(1, day=timezone.now().date() - timedelta(days=1))
    fetched(1, state="partial", next_at=timezone.now(), summary={"new": 3, "waiting_for": ["cs.CL", "cs.LG"]})
    waiting = f"is waiting for the new papers of {timezone.now().date()} in cs.CL and cs.LG: "
    page = html(anonymous)
    assert waiting in page
    assert "new 3, waiting for (cs.CL, cs.LG)" in page
    assert ">incomplete<" in page
    assert ">up to date<" not in page
    assert waiting not in html(anonymous, "/")
    status = ada_api.get("/api/v1/status/").json()
    assert waiting in status["sources"][0]["message"]
    assert status["fetches"][0]["summary"] == {"new": 3, "waiting_for": ["cs.CL", "cs.LG"]}


def test_a_presumed_holiday_is_on_the_status_page(fetched, anonymous):
    fetched(1, day=timezone.now().date() - timedelta(days=1))
    fetched(1, state="empty", next_at=None, summary={"papers": 0, "taken_for": ["a holiday"]})
    assert f"no papers came for {timezone.now().date()}, presumed to be a holiday; " in html(anonymous)


def test_a_failure_is_shown_with_its_reason_and_the_next_try(fetched, anonymous):
    fetched(1, state="failed", error="huggingface.co: it answered 503; asked again later", next_at=timezone.now())
    page = html(anonymous)
    assert ("it answered 503; asked again later" in page, "next attempt" in page) == (True, True)


def test_without_sources_the_page_says_so_and_nobody_is_warned(db, settings, anonymous):
    settings.SOURCES = []
    assert "No source is enabled" in html(anonymous)
    assert "has not answered" not in html(anonymous, "/")


def test_the_api_has_the_same_freshness(fetched, ada_api):
    fetched(50)
    status = ada_api.get("/api/v1/status/").json()
    [source] = status["sources"]
    assert (source["source"], source["is_late"], source["age_seconds"] // 3600) == ("huggingface", True, 50)
    assert source["message"].startswith(LATE)
    [row] = status["fetches"]
    assert (row["state"], row["summary"]) == ("done", {"new": 12})


def test_the_status_has_the_fetches_of_the_last_seven_days(fetched, anonymous, ada_api):
    today = timezone.now().date()
    for back in (0, 6, 7):
        fetched(24 * back, day=today - timedelta(days=back))
    days = [row["day"] for row in ada_api.get("/api/v1/status/").json()["fetches"]]
    assert days == [today.isoformat(), (today - timedelta(days=6)).isoformat()]
