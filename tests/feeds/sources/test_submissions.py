"""A submitted paper is fetched from arXiv and listed with the member's name, refused with a reason, or waits."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from feeds.entries import submitter_of
from feeds.models import Submission
from feeds.sources.formats.record import PaperRecord
from feeds.sources.ingest import Summary, store_records
from feeds.sources.submissions import PATIENCE, TooMany, submit, submit_waiting
from recommender.models import Paper
from tests.feeds.conftest import papers_of_july
from tests.feeds.outside import Reply
from tests.feeds.planting import DAY, paper
from tests.threads import all_at_once, commits

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DOWN = Reply(b"", 500)


@pytest.fixture
def silent(arxiv, settings, monkeypatch):
    """arXiv does not answer; the time limits are shortened."""
    monkeypatch.setattr("feeds.sources.submissions.SECONDS", 0.2)
    monkeypatch.setattr("feeds.sources.submissions.SECONDS_LATER", 0.2)
    arxiv.answer("/api/query", DOWN)
    return lambda: arxiv.answer("/api/query", papers_of_july)


def test_an_unknown_paper_is_fetched_and_listed_today_with_the_members_name(arxiv, ada):
    outcome = submit(ada, "2607.00001", NOW)
    paper = Paper.objects.get()
    assert (outcome.state, outcome.paper) == ("listed", paper)
    assert (paper.title, paper.abstract, paper.day, paper.source) == (
        "Paper 2607.00001", "On 2607.00001.", TODAY, "arxiv_api",
    )  # fmt: skip
    assert submitter_of(paper) == "Ada"


@pytest.mark.parametrize(
    "text",
    ["arXiv:2607.00001v3", " https://arxiv.org/abs/2607.00001 ", "https://arxiv.org/pdf/2607.00001v2.pdf",
     "https://huggingface.co/papers/2607.00001"],
)  # fmt: skip
def test_links_and_versions_name_the_same_paper(arxiv, ada, text):
    assert submit(ada, text, NOW).public_id == "2607.00001"


@pytest.mark.parametrize("text", ["", "knots", "https://example.org/2607.00001x", "2607.1", "pb.aaaaaaaaaaaa", "\x00"])
def test_a_text_that_names_no_arxiv_paper_is_refused_with_the_remedy(arxiv, ada, text):
    with pytest.raises(ValidationError, match="names no paper at arXiv; write an arXiv id such as"):
        submit(ada, text, NOW)
    assert (arxiv.asked, Submission.objects.count()) == ([], 0)


def test_a_paper_that_is_here_is_shown_and_does_not_count(arxiv, ada):
    here = paper("2607.00001")
    assert submit(ada, "2607.00001", NOW).paper == here
    here.refresh_from_db()
    assert (here.day, arxiv.asked, Submission.objects.count()) == (DAY, [], 0)


def test_a_paper_that_arxiv_does_not_know_is_refused_and_not_stored(arxiv, ada):
    outcome = submit(ada, "2606.00001", NOW)
    assert (outcome.state, "knows no such paper" in outcome.reason) == ("refused", True)
    assert (Paper.objects.count(), Submission.objects.get().state) == (0, "refused")


def test_a_withdrawn_paper_is_refused_and_not_stored(arxiv, ada):
    outcome = submit(ada, "2607.00009", NOW)
    assert (outcome.state, outcome.reason) == ("refused", "it was withdrawn by its authors")
    assert not Paper.objects.exists()


def test_a_refused_paper_may_be_submitted_again(arxiv, ada):
    submit(ada, "2607.00009", NOW)
    assert submit(ada, "2607.00009", NOW).state == "refused"
    assert ada.submissions.count() == 2


def test_a_submission_waits_while_arxiv_does_not_answer_and_is_settled_later(silent, ada):
    assert submit(ada, "2607.00001", NOW).state == "waiting"
    assert submit_waiting(NOW) == {"waiting": 1, "refused": 0}
    silent()
    tomorrow = NOW + timedelta(days=1)
    assert submit_waiting(tomorrow) == {"listed": 1}
    assert (Paper.objects.get().day, Submission.objects.get().state) == (tomorrow.date(), "listed")
    assert submit_waiting(tomorrow) == {}


def test_each_waiting_submission_is_settled_by_itself(silent, ada):
    for public_id in ("2607.00001", "2607.00009", "2606.00001"):
        submit(ada, public_id, NOW)
    silent()
    assert submit_waiting(NOW) == {"listed": 1, "refused": 2}


def test_a_submission_does_not_wait_forever(silent, ada):
    submit(ada, "2607.00001", NOW)
    assert submit_waiting(NOW + PATIENCE + timedelta(minutes=1)) == {"waiting": 0, "refused": 1}
    assert "could not be reached for a week" in Submission.objects.get().reason


def test_a_paper_that_already_waits_does_not_count_for_the_second_member(silent, ada, bob):
    submit(ada, "2607.00001", NOW)
    assert submit(bob, "2607.00001", NOW).state == "waiting"
    assert (ada.submissions.count(), bob.submissions.count()) == (1, 0)


def test_the_limit_is_per_reader_and_day(arxiv, ada, bob, settings):
    settings.SUBMISSIONS_PER_DAY = 2
    for public_id in ("2607.00001", "2607.00009"):
        submit(ada, public_id, NOW)
    with pytest.raises(TooMany, match="the limit is 2 a day") as raised:
        submit(ada, "2607.00002", NOW)
    assert raised.value.retry_after == 6 * 3600 + 1  # it is 18 o'clock
    assert submit(ada, "2607.00001", NOW).state == "here"
    assert submit(bob, "2607.00002", NOW).state == "listed"
    assert submit(ada, "2607.00003", NOW + timedelta(hours=6)).state == "listed"


@commits
def test_concurrent_requests_do_not_exceed_the_limit(arxiv, ada, settings):
    settings.SUBMISSIONS_PER_DAY = 1
    outcomes = all_at_once(*[lambda number=number: submit(ada, f"2607.0000{number}", NOW) for number in range(3)])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["SubmissionOutcome", "TooMany", "TooMany"]
    assert (ada.submissions.count(), Paper.objects.count()) == (1, 1)


@commits
def test_two_members_at_once_list_a_paper_once(arxiv, ada, bob):
    outcomes = all_at_once(lambda: submit(ada, "2607.00001", NOW), lambda: submit(bob, "2607.00001", NOW))
    assert {outcome.state for outcome in outcomes} <= {"listed", "here", "waiting"}
    assert (Submission.objects.count(), Paper.objects.count()) == (1, 1)


def test_a_site_that_does_not_ask_arxiv_refuses_submissions(arxiv, ada, settings):
    settings.SOURCES = ["huggingface"]
    assert "does not use arXiv" in submit(ada, "2607.00001", NOW).reason
    assert (arxiv.asked, Submission.objects.count()) == ([], 0)


def test_a_listed_paper_stays_on_its_day_whatever_a_back_fill_says(arxiv, ada):
    submit(ada, "2607.00001", NOW)
    store_records([PaperRecord("2607.00001", "Knots", "arxiv_oai", day=DAY)], DAY, Summary())
    assert (Paper.objects.get().day, Paper.objects.get().title) == (TODAY, "Knots")


def test_a_paper_that_a_source_brings_while_it_waits_keeps_its_own_day(silent, ada):
    submit(ada, "2607.00001", NOW)
    store_records([PaperRecord("2607.00001", "Knots", "arxiv_oai", day=DAY)], DAY, Summary())
    silent()
    assert submit_waiting(NOW) == {"listed": 1}
    assert (Paper.objects.get().day, Submission.objects.get().paper) == (DAY, Paper.objects.get())


def test_a_deleted_account_leaves_the_paper_without_the_name(arxiv, ada):
    submit(ada, "2607.00001", NOW)
    ada.delete()
    assert submitter_of(Paper.objects.get()) == "a member"


def test_a_member_without_a_name_is_not_named_by_their_address(arxiv, ada):
    ada.name = ""
    ada.save()
    submit(ada, "2607.00001", NOW)
    assert submitter_of(Paper.objects.get()) == "a member"
