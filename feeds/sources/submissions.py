"""A member puts a paper on the day's list: checked at arXiv, stored, listed with the member's name, within limits."""

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

AT_ONCE = 50  # waiting submissions that one question to arXiv is about
SECONDS, SECONDS_LATER = 8.0, 60.0  # for arXiv's answer: while the member waits, and when nobody does
PATIENCE = timedelta(days=7)
_State = SubmissionState
_IS_A_LINK = "write an arXiv id such as 2607.21557 or hep-th/9901001, or the address of the paper at arXiv"
_NO_ARXIV = "this site does not ask arXiv for papers; PAPERBOY_SOURCES leaves it out"
_GIVEN_UP = "arXiv could not be asked for a week; submit the paper again"


@dataclass(frozen=True)
class SubmissionOutcome:
    """What became of a wish: the paper is listed now, was here before, waits for arXiv, or is refused and why."""

    state: str
    public_id: str
    paper: Paper | None = None
    reason: str = ""

    @property
    def was_here(self) -> bool:
        return self.state == "here"


class TooMany(Exception):
    """The reader's submissions of the day are used up; `retry_after` is in seconds."""

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(f"the limit is {limit} a day for each member, and you have reached it; come back tomorrow")
        self.retry_after = retry_after


def submit(reader: User, text: str, now: datetime) -> SubmissionOutcome:
    """List the paper that the text names, an arXiv id or a link, for today.

    Raises ValidationError when it names none, and TooMany when the reader's submissions of the day are used up; a
    paper that is here already, or waits already, costs none.
    """
    public_id = arxiv_id_in_link(text)
    if public_id is None:
        raise ValidationError(f'"{text[:60]}" names no paper at arXiv; {_IS_A_LINK}')
    if here := Paper.objects.filter(public_id=public_id).first():
        return SubmissionOutcome("here", public_id, here)
    if "arxiv" not in settings.SOURCES:
        return SubmissionOutcome(_State.REFUSED, public_id, reason=_NO_ARXIV)
    submission, is_new = _claim(reader, public_id, now)
    if not is_new:
        return _outcome(submission)
    try:
        found = papers_by_id([public_id], SECONDS)[public_id]
    except SourceFailed as failure:
        log.warning("%s was submitted and waits: %s", public_id, failure)
        return _outcome(submission)
    return _settle(submission, found, now)


def submit_waiting(now: datetime) -> dict[str, int]:
    """Ask arXiv for the papers that wait, the oldest first; how many came into which state."""
    waiting = list(Submission.objects.filter(state=_State.WAITING).order_by("submitted_at")[:AT_ONCE])
    if not waiting:
        return {}
    try:
        found = papers_by_id([submission.public_id for submission in waiting], SECONDS_LATER)
    except SourceFailed as failure:
        log.warning("%d submitted papers go on waiting: %s", len(waiting), failure)
        old = Submission.objects.filter(state=_State.WAITING, submitted_at__lt=now - PATIENCE)
        given_up = old.update(state=_State.REFUSED, reason=_GIVEN_UP)
        return {_State.WAITING.value: len(waiting) - given_up, _State.REFUSED.value: given_up}
    states = [_settle(submission, found[submission.public_id], now).state for submission in waiting]
    return {state: states.count(state) for state in sorted(set(states))}


@transaction.atomic
def _claim(reader: User, public_id: str, now: datetime) -> tuple[Submission, bool]:
    """The submission of this paper and whether it is new; the reader's row is held, so that requests at once queue."""
    User.objects.select_for_update().get(pk=reader.pk)
    standing = Submission.objects.exclude(state=_State.REFUSED)
    if theirs := standing.filter(public_id=public_id).select_related("paper").first():
        return theirs, False
    limit = settings.SUBMISSIONS_PER_DAY
    if reader.submissions.filter(day=now.date()).count() >= limit:
        raise TooMany(limit, _seconds_to_midnight(now))
    columns = {"submitter": reader, "day": now.date(), "submitted_at": now}
    return standing.get_or_create(public_id=public_id, defaults=columns)


@transaction.atomic
def _settle(submission: Submission, found: PaperRecord | Rejected, now: datetime) -> SubmissionOutcome:
    """List or refuse a waiting submission, once, whoever comes first."""
    submission = Submission.objects.select_for_update(of=("self",)).select_related("paper").get(pk=submission.pk)
    if submission.state != _State.WAITING:
        return _outcome(submission)
    if objection := _objection(found, submission.public_id):
        submission.state, submission.reason = _State.REFUSED, objection[:300]
    else:
        assert isinstance(found, PaperRecord)
        submission.state, submission.paper = _State.LISTED, _list(found, now)
    submission.save(update_fields=["state", "reason", "paper"])
    return _outcome(submission)


def _objection(found: PaperRecord | Rejected, public_id: str) -> str:
    if isinstance(found, Rejected):
        return found.reason.removeprefix(f"{public_id}: ")
    return "it was withdrawn by its authors" if found.withdrawn else ""


def _list(found: PaperRecord, now: datetime) -> Paper:
    """The paper, on today's list unless a source has brought it meanwhile, which knows its day."""
    is_known = Paper.objects.filter(public_id=found.public_id).exists()
    on_the_day = PaperRecord(found.public_id, found.title, PaperSource.MEMBER, day=now.date())
    store_records([found] if is_known else [found, on_the_day], now.date(), Summary())
    return Paper.objects.get(public_id=found.public_id)


def _outcome(submission: Submission) -> SubmissionOutcome:
    return SubmissionOutcome(submission.state, submission.public_id, submission.paper, submission.reason)


def _seconds_to_midnight(now: datetime) -> int:
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    return int((midnight - now).total_seconds()) + 1
