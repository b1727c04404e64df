"""Back-fills over OAI-PMH: pages, sets and categories, expired tokens, and resuming a stopped run."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from feeds.models import Cursor
from feeds.sources import arxiv_oai
from feeds.sources.arxiv_oai import ArchiveSpan, parts
from feeds.sources.client.client import Client
from feeds.sources.client.service import SourceFailed
from feeds.sources.source import Run
from recommender.models import Paper
from tests.feeds.outside import Reply

from .answers import Repository, error, oai, record

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 7, 1), date(2026, 7, 31)
CS = ArchiveSpan("cs", ("cs.CL", "cs.LG"), FIRST, LAST)
SEVEN = [record(f"2607.0000{number}") for number in range(1, 8)]


def run(now="2026-08-03", **options):
    return Run(datetime.fromisoformat(now).replace(tzinfo=UTC), Client(), lambda line: None, **options)


def asked(outside):
    return [one.params.get("resumptionToken", "first") for one in outside.asked]


def ids():
    return sorted(Paper.objects.values_list("public_id", flat=True))


@pytest.fixture
def repository(outside):
    pages = Repository(SEVEN, page=3)
    outside.answer("/oai", pages)
    return pages


def test_categories_are_requested_by_archive_and_physics_by_its_group(settings):
    settings.ARXIV_CATEGORIES = ["cs.LG", "hep-th", "cs.CL", "stat.ML"]
    asked_for = {part.query["set"]: part.categories for part in parts(FIRST, LAST)}
    assert asked_for == {"cs": ("cs.CL", "cs.LG"), "physics:hep-th": ("hep-th",), "stat": ("stat.ML",)}


def test_the_query_names_the_format_with_versions_and_the_days():
    asked_for = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": "cs", "from": "2026-07-01"}
    assert CS.query == asked_for | {"until": "2026-07-31"}
    assert ArchiveSpan("cs", ("cs.CL",), FIRST, None).query == asked_for


def test_all_pages_are_read_in_order(outside, repository):
    assert arxiv_oai.read_part(CS, run()).new == 7
    tokens = [f"cs|2026-07-01|2026-07-31|{start}" for start in (3, 6)]
    assert asked(outside) == ["first", *tokens]
    assert ids() == [f"2607.0000{number}" for number in range(1, 8)]
    assert Cursor.objects.get().is_finished


def test_papers_outside_our_categories_are_left_out(outside):
    outside.answer("/oai", Repository([record("2607.00001", "cs.CV"), record("2607.00002", "cs.CV cs.CL")], page=9))
    arxiv_oai.read_part(CS, run())
    assert ids() == ["2607.00002"]


def test_a_whole_archive_has_all_its_categories(outside):
    outside.answer("/oai", Repository([record("2607.00001", "cs.CV"), record("2607.00002", "math.CO cs.CL")], page=9))
    arxiv_oai.read_part(ArchiveSpan("cs", ("cs",), FIRST, LAST), run())
    assert len(ids()) == 2


def test_a_day_without_records_is_a_valid_answer(outside):
    outside.answer("/oai", error("noRecordsMatch"))
    assert arxiv_oai.read_part(CS, run()).new == 0
    assert Cursor.objects.get().is_finished


def test_a_span_that_was_read_to_its_end_is_not_asked_for_again(outside, repository):
    arxiv_oai.read_part(CS, run())
    assert arxiv_oai.read_part(CS, run()) is None
    assert len(outside.asked) == 3


def test_a_span_that_was_read_before_its_last_day_was_over_is_read_again(outside, repository):
    arxiv_oai.read_part(CS, run("2026-07-31"))
    assert arxiv_oai.read_part(CS, run("2026-07-31")).unchanged == 7
    assert arxiv_oai.read_part(CS, run("2026-08-01")).unchanged == 7
    assert arxiv_oai.read_part(CS, run("2026-08-01")) is None


def test_a_span_without_an_end_is_complete_for_the_rest_of_its_day(outside, repository):
    arxiv_oai.read_part(ArchiveSpan("cs", ("cs",), FIRST, None), run("2026-08-03"))
    assert arxiv_oai.read_part(ArchiveSpan("cs", ("cs",), FIRST, None), run("2026-08-03")) is None
    assert arxiv_oai.read_part(ArchiveSpan("cs", ("cs",), FIRST, None), run("2026-08-04")).unchanged == 7


def test_a_span_that_does_not_reach_an_expected_day_is_read_again_on_the_same_day(outside, repository):
    """The seven papers were submitted on Monday the 20th, so they are announced on Tuesday the 21st."""
    part = ArchiveSpan("cs", ("cs",), FIRST, None)
    arxiv_oai.read_part(part, run())
    assert [arxiv_oai.reaches(part, date(2026, 7, day)) for day in (21, 22)] == [True, False]
    assert arxiv_oai.read_part(part, run(), date(2026, 7, 21)) is None
    assert arxiv_oai.read_part(part, run(), date(2026, 7, 22)).unchanged == 7


def test_a_paper_outside_our_categories_shows_how_far_a_span_reaches(outside):
    outside.answer("/oai", Repository([record("2607.00001", "cs.CV")], page=9))
    arxiv_oai.read_part(CS, run())
    assert arxiv_oai.reaches(CS, date(2026, 7, 21))


def test_a_span_does_not_reach_days_that_are_still_to_come(outside):
    """The record has a time in the future."""
    outside.answer("/oai", Repository([record("2607.00001", submitted="Thu, 20 Jul 2028 16:00:00 GMT")], page=9))
    arxiv_oai.read_part(CS, run())
    assert not arxiv_oai.reaches(CS, date(2026, 7, 2))


def test_other_categories_are_another_span(outside, repository):
    arxiv_oai.read_part(CS, run())
    assert arxiv_oai.read_part(ArchiveSpan("cs", ("cs.CL",), FIRST, LAST), run()) is not None


def stop_after_two_pages(outside, repository):
    """The third page fails, so the next run begins in the middle."""
    outside.answer("/oai", repository, repository, Reply(status=404))
    with pytest.raises(SourceFailed):
        arxiv_oai.read_part(CS, run())
    outside.asked.clear()
    outside.answer("/oai", repository)


def test_a_stopped_span_resumes_with_the_missing_page(outside, repository):
    stop_after_two_pages(outside, repository)
    assert len(ids()) == 6
    assert arxiv_oai.read_part(CS, run()).as_dict()["new"] == 1
    assert asked(outside) == ["cs|2026-07-01|2026-07-31|6"]


def test_a_span_that_was_stopped_before_midnight_begins_again(outside, repository):
    """arXiv's tokens count places in a list that loses, each night, the papers that were changed since."""
    stop_after_two_pages(outside, repository)
    Cursor.objects.update(moved_at=timezone.now() - timedelta(days=1))
    assert arxiv_oai.read_part(CS, run()).as_dict()["unchanged"] == 6
    assert asked(outside)[0] == "first"


def test_midnight_in_the_middle_of_a_span_begins_it_again(outside, repository, monkeypatch):
    clock, now = [timedelta()], timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + clock[0])

    def at_midnight(request):
        clock[0] = timedelta(days=1)
        return repository(request)

    outside.answer("/oai", repository, at_midnight, repository)
    assert arxiv_oai.read_part(CS, run()).unchanged == 6
    assert [page == "first" for page in asked(outside)] == [True, False, True, False, False]


def test_an_expired_token_begins_the_span_again_without_duplicates(outside, repository):
    stop_after_two_pages(outside, repository)
    repository.expired.add("cs|2026-07-01|2026-07-31|6")
    summary = arxiv_oai.read_part(CS, run())
    assert (summary.new, summary.unchanged, len(ids())) == (1, 6, 7)
    assert asked(outside)[:2] == ["cs|2026-07-01|2026-07-31|6", "first"]


def test_tokens_that_always_expire_end_in_an_error(outside, repository):
    page = oai("<ListRecords>", SEVEN[0], "<resumptionToken>x</resumptionToken></ListRecords>")
    gone = error("badResumptionToken", "gone")
    outside.answer("/oai", page, gone, page, gone, page, gone)
    with pytest.raises(SourceFailed, match="badResumptionToken: gone"):
        arxiv_oai.read_part(CS, run())


def test_a_token_that_returns_the_same_page_ends_in_an_error(outside):
    outside.answer("/oai", oai("<ListRecords>", SEVEN[0], "<resumptionToken>x</resumptionToken></ListRecords>"))
    with pytest.raises(SourceFailed, match="the same page again and again"):
        arxiv_oai.read_part(CS, run())


def test_an_error_of_the_repository_is_reported_in_its_own_words(outside):
    outside.answer("/oai", error("badArgument", "Set does not exist"))
    with pytest.raises(SourceFailed, match="badArgument: Set does not exist"):
        arxiv_oai.read_part(CS, run())


def test_complete_records_of_a_page_that_breaks_off_are_stored_and_it_is_requested_again(outside, repository):
    whole = oai("<ListRecords>", *SEVEN[:3], "<resumptionToken>cs|2026-07-01|2026-07-31|3</resumptionToken>")
    outside.answer("/oai", whole[: whole.index(b"2607.00003")])
    with pytest.raises(SourceFailed, match="response is incomplete"):
        arxiv_oai.read_part(CS, run())
    assert ids() == ["2607.00001", "2607.00002"]
    assert not Cursor.objects.exists()


def test_an_html_page_is_refused_with_its_first_words(outside):
    outside.answer("/oai", b"<html><body>We are down for maintenance</body></html>")
    with pytest.raises(SourceFailed, match="down for maintenance"):
        arxiv_oai.read_part(CS, run())


def test_only_one_of_two_runs_over_a_span_continues(outside, repository, monkeypatch):
    other = Cursor.objects.create(source="arxiv", scope=CS.scope)

    def meanwhile(line):
        Cursor.objects.filter(pk=other.pk).update(moved_at=datetime(2026, 8, 3, tzinfo=UTC))

    mine = run()
    mine.report = meanwhile
    with pytest.raises(SourceFailed, match="another run is reading"):
        arxiv_oai.read_part(CS, mine)
    assert len(ids()) == 3


def test_a_dry_run_reads_everything_and_writes_nothing(outside, repository):
    assert arxiv_oai.read_part(CS, run(dry_run=True)).new == 7
    assert not ids()
    assert not Cursor.objects.exists()
