"""`manage.py fetch`: the days it fetches, what it prints, and when it fails."""

import io
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from feeds.models import Cursor, Fetch
from feeds.sources import arxiv
from recommender.models import Paper
from tests.feeds.outside import Outside, Reply
from tests.feeds.sources.answers import Repository, feed, papers_of_a_day, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def outside(settings):
    """Both sources answer with the newest day; Hugging Face has one paper on any day."""
    settings.SOURCES = ["arxiv", "huggingface"]
    settings.ARXIV_CATEGORIES = ["cs.LG"]
    with Outside() as world:
        settings.SOURCE_SERVICES = world.services()
        world.answer("/rss", feed(newest(), "2607.00001"))
        world.answer("/oai", Repository([record("2607.00003")], page=9))
        world.answer("/api/daily_papers", papers_of_a_day("2607.00002"))
        yield world


@pytest.fixture
def day_before():
    """arXiv's previous day is done: the first day of a new site would also be read over OAI-PMH."""
    return Fetch.objects.create(source="arxiv", day=newest() - timedelta(days=1), state="done", next_at=None)


def newest():
    return arxiv.days_due(None, timezone.now())[0]


def fetch(*arguments):
    out = io.StringIO()
    call_command("fetch", *arguments, stdout=out)
    return out.getvalue()


def failing(*arguments):
    with pytest.raises(CommandError) as caught:
        fetch(*arguments)
    return str(caught.value)


def test_it_fetches_what_is_due_and_succeeds_if_all_sources_are_fresh(outside, day_before):
    out = fetch()
    assert f"arXiv, {newest()}: done: 1 new" in out
    assert f"Hugging Face Daily Papers, {timezone.now().date()}: done: 1 new" in out
    assert Paper.objects.count() == 2


def test_a_second_run_finds_nothing_due_at_arxiv(outside, day_before):
    fetch()
    assert "arXiv: nothing is due" in fetch()


def test_it_names_the_categories_that_it_waits_for(outside, settings):
    """The feed has papers in cs.LG only, and OAI-PMH shows no paper of that day yet."""
    settings.ARXIV_CATEGORIES = ["cs.CL", "cs.LG"]
    outside.answer("/rss", feed(newest(), "2607.00001", categories="cs.LG"))
    printed = _printed_before_failing("--source", "arxiv")
    assert f"arXiv, {newest()}: incomplete: " in printed
    assert "waiting for cs.CL" in printed


def test_a_failing_source_is_an_error_and_the_other_one_is_fetched(outside):
    outside.answer("/rss", Reply(status=404))
    outside.answer("/oai", Reply(status=404))
    assert "arXiv, " in failing()
    assert "it answered 404" in failing()
    assert Paper.objects.get().public_id == "2607.00002"


def test_a_late_source_is_an_error_though_nothing_failed(outside):
    """The newest list is empty on every day of the week."""
    outside.answer("/api/daily_papers", b"[]")
    assert "Hugging Face Daily Papers is late" in failing()


def test_the_command_ignores_the_pause_after_a_failure(outside, day_before):
    outside.answer("/rss", Reply(status=404), feed(newest(), "2607.00001"))
    outside.answer("/oai", Reply(status=404))
    failing("--source", "arxiv")
    assert "1 new" in fetch("--source", "arxiv")


def test_one_source_can_be_fetched_alone_even_if_it_is_switched_off(outside, settings):
    settings.SOURCES = []
    fetch("--source", "huggingface")
    assert set(outside.paths()) == {"/api/daily_papers"}


def test_without_sources_it_says_how_to_switch_one_on(settings):
    settings.SOURCES = []
    assert "PAPERBOY_SOURCES" in fetch()


def test_the_last_days_are_fetched_again(outside):
    fetch("--source", "huggingface", "--days", "2")
    fetch("--source", "huggingface", "--days", "2")
    today = timezone.now().date()
    days = [request.params["date"] for request in outside.asked]
    assert days == [str(today), str(today - timedelta(days=1))] * 2


def test_a_span_of_arxiv_is_read_over_oai_pmh_and_stores_its_cursor(outside):
    assert "cs from 2026-07-01 until 2026-07-31: done: 1 new" in fetch(
        "--source", "arxiv", "--from", "2026-07-01", "--until", "2026-07-31"
    )
    assert set(outside.paths()) == {"/oai"}
    assert Cursor.objects.get().is_finished
    assert not Fetch.objects.exists()


def test_a_finished_span_is_not_fetched_again(outside):
    span = ("--source", "arxiv", "--from", "2026-07-01", "--until", "2026-07-31")
    fetch(*span)
    assert "already read completely" in fetch(*span)
    assert len(outside.asked) == 1


def test_a_dry_run_prints_results_and_stores_nothing(outside, day_before):
    out = fetch("--dry-run")
    assert f"arXiv (dry run), {newest()}: done: 1 new" in out
    assert [model.objects.count() for model in (Paper, Cursor)] == [0, 0]
    assert list(Fetch.objects.all()) == [day_before]


def test_a_day_that_another_run_is_fetching_is_named(outside):
    Fetch.objects.create(
        source="arxiv", day=newest(), state="running", next_at=datetime.now(UTC) + timedelta(minutes=9)
    )
    assert f"arXiv, {newest()}: another run is fetching it" in _printed_before_failing("--source", "arxiv")


def _printed_before_failing(*arguments):
    out = io.StringIO()
    with suppress(CommandError):  # late as well, depending on the hour
        call_command("fetch", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--days", "0"), "from 1 to 366"),
        (("--days", "2", "--from", "2026-07-01"), "use one of them"),
        (("--until", "2026-07-01"), "name the first day with --from"),
        (("--from", "2026-07-02", "--until", "2026-07-01"), "is after --until 2026-07-01"),
        (("--from", "2999-01-01"), "is after --until"),
        (("--from", "2026-07-01", "--until", "2999-01-01"), "is in the future"),
        (("--from", "July"), "must be a day written"),
        (("--source", "elsewhere"), "invalid choice"),
    ],
)
def test_invalid_arguments_are_refused_with_the_remedy(outside, arguments, error):
    assert error in failing(*arguments)
    assert outside.asked == []


def test_a_back_filled_paper_has_its_own_day(outside):
    """Submitted on Monday, 20 July, at noon in New York."""
    fetch("--source", "arxiv", "--from", "2026-07-01", "--until", "2026-07-31")
    assert Paper.objects.get().day == date(2026, 7, 21)
