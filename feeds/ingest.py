"""Paper records -> rows: idempotent, in batches that each go in whole."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone

from recommender.models import Paper
from recommender.textfiles import BrokenStream, Rejected

from .sources.records import PaperRecord

BATCH = 500
_OVERWRITABLE = (
    "title", "abstract", "authors", "categories", "tags", "comment", "published_at", "code_url", "project_url",
)  # fmt: skip


@dataclass
class Summary:
    """What came of an import."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def __str__(self) -> str:
        counts = f"{self.new:,} new, {self.updated:,} updated, {self.unchanged:,} unchanged"
        return f"{counts}, {len(self.rejected):,} rejected"

    def as_dict(self) -> dict[str, int]:
        return {"new": self.new, "updated": self.updated, "unchanged": self.unchanged, "rejected": len(self.rejected)}


def ingest(rows: Iterable[PaperRecord | Rejected], undated: date, summary: Summary) -> Iterator[Summary]:
    """Put records into the catalogue, batch by batch; yields the growing summary after each.

    undated  the day of papers whose source has no dates

    The same records again change nothing. A paper that is there already keeps its first day and whatever the new
    record leaves empty.
    """
    for batch in _batches(rows):
        summary.rejected += [row for row in batch if isinstance(row, Rejected)]
        records = [row for row in batch if isinstance(row, PaperRecord)]
        with transaction.atomic():
            _ingest(records, undated, summary)
        yield summary


def _batches(rows: Iterable[PaperRecord | Rejected]) -> Iterator[list[PaperRecord | Rejected]]:
    """Lists of at most `BATCH` rows; what came before the source broke off is one too."""
    batch: list[PaperRecord | Rejected] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except BrokenStream:
        yield batch
        raise
    yield batch


def _ingest(records: list[PaperRecord], undated: date, summary: Summary) -> None:
    known = Paper.objects.in_bulk([record.public_id for record in records], field_name="public_id")
    created: dict[str, Paper] = {}
    changed: dict[str, Paper] = {}
    for record in records:
        paper = known.get(record.public_id)
        if paper is None:
            known[record.public_id] = created[record.public_id] = _paper(record, undated)
            summary.new += 1
        elif _update(paper, record):
            if record.public_id not in created:
                changed[record.public_id] = paper
            summary.updated += 1
        else:
            summary.unchanged += 1
    Paper.objects.bulk_create(created.values())
    Paper.objects.bulk_update(changed.values(), [*_OVERWRITABLE, "day", "source_upvotes", "updated_at"])


def _paper(record: PaperRecord, undated: date) -> Paper:
    return Paper(**asdict(record) | {"day": record.day or undated})


def _update(paper: Paper, record: PaperRecord) -> bool:
    """Carry over what the record says otherwise; tells whether that changed anything."""
    wanted = {name: value for name in _OVERWRITABLE if (value := getattr(record, name))}
    wanted["day"] = min(paper.day, record.day or paper.day)
    wanted["source_upvotes"] = max(paper.source_upvotes, record.source_upvotes)
    differing = {name: value for name, value in wanted.items() if getattr(paper, name) != value}
    for name, value in differing.items():
        setattr(paper, name, value)
    if differing:
        paper.updated_at = timezone.now()
    return bool(differing)
