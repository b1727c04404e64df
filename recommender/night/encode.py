"""The night's encoding step: vectors for new and changed papers, in parts that all workers share.

Training encodes what has come since.
"""

import logging
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef

from recommender.encoder.current import NoEncoder, current_encoder
from recommender.engine.data import Report
from recommender.engine.encoder import DamagedEncoder
from recommender.models import Vote
from recommender.vectors import encode_papers, papers_without_vectors

from . import parts
from .ledger import Claim

log = logging.getLogger(__name__)
PART = 1000  # primary keys of papers in a part: half a minute of work
BATCH = 100  # papers encoded at a time
MOST_LATE = 20_000  # papers that training encodes before it learns from them: ten minutes of work
FAILURES = (DamagedEncoder,)


def encode(claim: Claim, report: Report) -> dict[str, Any]:
    """Store the vectors that are missing; helpers may join.

    Without an encoder the step is done at once and its summary says why. A part that the encoder fails on is named in
    the summary, and the night continues without its vectors.
    """
    encoder = current_encoder()
    if isinstance(encoder, NoEncoder):
        summary: dict[str, Any] = {"papers": 0, "skipped": encoder.public_reason}
    else:
        numbers = part_numbers()
        count = parts.do_every(claim, numbers, lambda number: _encode_part(number, report), failures=FAILURES)
        summary = {"papers": count, "encoder": encoder.description.identity}
        if failed := parts.failed(claim):
            summary["failed"] = failed
    parts.finish(claim, summary)
    return summary


def help_to_encode(day: date, step: str, report: Report) -> int:
    """Do parts of the encoding that another run holds; returns how many."""
    if isinstance(current_encoder(), NoEncoder):
        return 0
    return parts.do_free(day, step, part_numbers(), lambda number: _encode_part(number, report), failures=FAILURES)


def encode_late(report: Report) -> dict[str, Any]:
    """Encode the papers that came after the night's encoding step; training calls it before it learns from them.

    A night waits for its first vote, for hours perhaps, and the papers of a new site mostly arrive in that time. Papers
    with votes come first, then the newest, at most `MOST_LATE`; the next night encodes the others. Vectors are stored
    `BATCH` by `BATCH`, so a run that died continues where it stopped.

    Returns what to add to the step's summary: how many texts were encoded, and the encoder's error if it failed; the
    night continues without the vectors that are missing then.
    """
    papers = papers_without_vectors().annotate(is_voted=Exists(Vote.objects.filter(paper=OuterRef("pk"))))
    pks = list(papers.order_by("-is_voted", "-day", "-pk").values_list("pk", flat=True)[:MOST_LATE])
    if not pks or isinstance(current_encoder(), NoEncoder):
        return {}
    count, failure = 0, {}
    for start in range(0, len(pks), BATCH):
        try:
            count += encode_papers(pks[start : start + BATCH])
        except DamagedEncoder as error:
            log.error("training without the vectors of some papers: %s", error)
            failure = {"encoding_failed": str(error)}
            break
        report(f"encoded {count:,} papers that came after the encoding step")
    return {"encoded": count} | failure


def part_numbers() -> list[int]:
    """The numbers of the parts with papers to encode.

    Part n has the primary keys from n * PART up to the next part's.
    """
    papers = papers_without_vectors().annotate(part=F("pk") / PART)
    return sorted(papers.order_by().values_list("part", flat=True).distinct())


def _encode_part(number: int, report: Report) -> int:
    """Encode the papers of a part, `BATCH` at a time; returns how many texts were encoded."""
    papers = papers_without_vectors().filter(pk__gte=number * PART, pk__lt=(number + 1) * PART)
    pks = list(papers.order_by("pk").values_list("pk", flat=True))
    count = 0
    for start in range(0, len(pks), BATCH):
        count += encode_papers(pks[start : start + BATCH])
        report(f"encoded {count:,} papers of part {number}")
    return count
