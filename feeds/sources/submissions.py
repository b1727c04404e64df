"""Members' submissions to the day's list.

They are checked at arXiv, stored, and limited per day.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from feeds.models import Submission, SubmissionState
from recommender.models import Paper, PaperSource
from recommender.paper_ids import arxiv_id_in_link
from recommender.textfiles import Rejected

from .by_id import papers_by_id
from .client.service import SourceFailed
from .formats.record import PaperRecord
from .ingest import Summary, store_records

log = logging.getLogger(__name__)

AT_ONCE = 50  # waiting submissions in one request to arXiv
SECONDS, SECONDS_LATER = 8.0, 60.0  # for arXiv's response: while the member waits, and in the background
PATIENCE = timedelta(days=7)
_State = SubmissionState
_NO_ARXIV = "this site does not use arXiv; its operator can add it to PAPERBOY_SOURCES"
_GIVEN_UP = "arXiv could not be reached for a week; submit the paper again"


@dataclass(frozen=True)
class SubmissionOutcome:
    """The outcome of a submission.

    The paper is listed now, was in the catalogue before, waits for arXiv, or is refused with a reason.
    """

    state: str
    public_id: str
    paper: Paper | None = None
    reason: str = ""

    @property
    def was_here(self) -> bool:
        return self.state == "here"


class TooMany(Exception):
    """The reader has reached the day's limit of submissions.

    `retry_after` is in seconds.
    """

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(f"the limit is {limit} a day for each member; try again tomorrow")
        self.retry_after = retry_after


def submit(reader: User, text: str, now: datetime) -> SubmissionOutcome:
    """List the paper that the text names, by arXiv id or link, for today.

    Raises ValidationError when it names none, and TooMany when the reader has reached the day's limit; a paper that
    is already here, or already waits, does not count.
    """
    paper_id = arxiv_id_in_link(text)
    if paper_id is None:
        raise ValidationError(
            f'"{text[:60]}" names no paper at arXiv; write an arXiv id such as 2607.21557 or hep-th/9901001, or the'
            " address of the paper at arXiv"
        )
    if here := Paper.objects.filter(public_id=paper_id).first():
        return SubmissionOutcome("here", paper_id, here)
    if "arxiv" not in settings.SOURCES:
        return SubmissionOutcome(_State.REFUSED, paper_id, reason=_NO_ARXIV)
    submission, is_new = _get_or_create(reader, paper_id, now)
    if not is_new:
        return _outcome(submission)
    try:
        row = papers_by_id([paper_id], SECONDS)[paper_id]
    except SourceFailed as failure:
        log.warning("%s was submitted and waits: %s", paper_id, failure)
        return _outcome(submission)
    return _settle(submission, row, now)


def submit_waiting(now: datetime) -> dict[str, int]:
    """Request the waiting papers from arXiv, oldest first.

    Return how many reached each state.
    """
    waiting = list(Submission.objects.filter(state=_State.WAITING).order_by("submitted_at")[:AT_ONCE])
    if not waiting:
        return {}
    try:
        rows = papers_by_id([submission.public_id for submission in waiting], SECONDS_LATER)
    except SourceFailed as failure:
        log.warning("%d submitted papers still wait: %s", len(waiting), failure)
        old = Submission.objects.filter(state=_State.WAITING, submitted_at__lt=now - PATIENCE)
        given_up = old.update(state=_State.REFUSED, reason=_GIVEN_UP)
        return {_State.WAITING.value: len(waiting) - given_up, _State.REFUSED.value: given_up}
    states = [_settle(submission, rows[submission.public_id], now).state for submission in waiting]
    return {state: states.count(state) for state in sorted(set(states))}


@transaction.atomic
def _get_or_create(reader: User, paper_id: str, now: datetime) -> tuple[Submission, bool]:
    """The submission of this paper and whether it is new.

    The reader's row is locked, so concurrent requests queue.
    """
    User.objects.select_for_update().get(pk=reader.pk)
    not_refused = Submission.objects.exclude(state=_State.REFUSED)
    if submission := not_refused.filter(public_id=paper_id).select_related("paper").first():
        return submission, False
    limit = settings.SUBMISSIONS_PER_DAY
    if reader.submissions.filter(day=now.date()).count() >= limit:
        midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        raise TooMany(limit, int((midnight - now).total_seconds()) + 1)
    columns = {"submitter": reader, "day": now.date(), "submitted_at": now}
    return not_refused.get_or_create(public_id=paper_id, defaults=columns)


@transaction.atomic
def _settle(submission: Submission, row: PaperRecord | Rejected, now: datetime) -> SubmissionOutcome:
    """List or refuse a waiting submission, once even if two processes try."""
    submission = Submission.objects.select_for_update(of=("self",)).select_related("paper").get(pk=submission.pk)
    if submission.state != _State.WAITING:
        return _outcome(submission)
    if isinstance(row, Rejected):
        submission.state, submission.reason = _State.REFUSED, row.reason.removeprefix(f"{submission.public_id}: ")[:300]
    elif row.withdrawn:
        submission.state, submission.reason = _State.REFUSED, "it was withdrawn by its authors"
    else:
        # The paper is on today's list unless a source has brought it meanwhile, which knows its day.
        is_known = Paper.objects.filter(public_id=row.public_id).exists()
        on_the_day = PaperRecord(row.public_id, row.title, PaperSource.MEMBER, day=now.date())
        store_records([row] if is_known else [row, on_the_day], now.date(), Summary())
        submission.state, submission.paper = _State.LISTED, Paper.objects.get(public_id=row.public_id)
    submission.save(update_fields=["state", "reason", "paper"])
    return _outcome(submission)


def _outcome(submission: Submission) -> SubmissionOutcome:
    return SubmissionOutcome(submission.state, submission.public_id, submission.paper, submission.reason)
