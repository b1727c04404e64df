"""Store paper records in the catalogue.

Storing is idempotent, in batches that are each stored whole or not at all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from feeds.models import Telling
from recommender.models import Paper
from recommender.textfiles import BrokenStream, Rejected

from .duplicates import refresh
from .formats.record import PaperRecord
from .merge import REPLACEMENTS, Fields, best_columns, combine, fields_of_paper, fields_of_record

BATCH = 500
NOT_KNOWN = "replaced, but never announced here; a back-fill from its first day adds it"
_LOCK = 0x7061706572  # an arbitrary number that nothing else locks in this database
MERGED_COLUMNS = (
    "title", "abstract", "authors", "categories", "tags", "comment", "journal_ref", "doi", "license_url", "day",
    "published_at", "source", "versions", "withdrawn", "source_upvotes", "source_comments", "submitted_by",
    "organization", "code_url", "code_stars", "project_url",
)  # fmt: skip


@dataclass
class Summary:
    """The outcome of an import.

    `passed_over` names replaced papers that were never announced here.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    passed_over: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def __str__(self) -> str:
        counts = f"{self.new:,} new, {self.updated:,} updated, {self.unchanged:,} unchanged"
        return f"{counts}, {len(self.passed_over):,} passed over, {len(self.rejected):,} rejected"

    def as_dict(self) -> dict[str, int]:
        return {
            "new": self.new,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "passed_over": len(self.passed_over),
            "rejected": len(self.rejected),
        }


def ingest(rows: Iterable[PaperRecord | Rejected], undated: date, summary: Summary) -> Iterator[Summary]:
    """Store records batch by batch; yield the growing summary after each.

    undated  the day of papers whose source has no dates

    The same records again change nothing. A paper's columns are the best of what its sources say (see `merge`).
    Rows before a BrokenStream are stored before it is raised.
    """
    for batch in _batches(rows):
        with transaction.atomic():
            store_records(batch, undated, summary)
        yield summary


def _batches(rows: Iterable[PaperRecord | Rejected]) -> Iterator[list[PaperRecord | Rejected]]:
    """Lists of at most `BATCH` rows.

    The rows before the source broke off are one too.
    """
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


def store_records(records: list[PaperRecord | Rejected], undated: date, summary: Summary) -> None:
    """Store one batch inside the caller's transaction; `summary` is added to.

    undated  the day of papers whose source has no dates
    """
    summary.rejected += [row for row in records if isinstance(row, Rejected)]
    papers = [row for row in records if isinstance(row, PaperRecord)]
    if connection.vendor == "postgresql":
        # Two transactions that both add a paper would collide; SQLite has one writer at a time anyway.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    batch = _Batch.of(papers, undated)
    for record in sorted(papers, key=lambda record: record.event in REPLACEMENTS):  # announcements come first
        batch.add(record, summary)
    batch.save()


@dataclass
class _Batch:
    """One batch: its papers, their tellings, and what to write.

    Papers are stored by public id.
    """

    undated: date
    now: datetime
    papers: dict[str, Paper]
    tellings: dict[str, dict[str, Telling]]
    created: dict[str, Paper] = field(default_factory=dict)
    changed: dict[str, Paper] = field(default_factory=dict)
    changed_tellings: dict[tuple[str, str], Telling] = field(default_factory=dict)
    retitled: dict[str, Paper] = field(default_factory=dict)

    @classmethod
    def of(cls, records: list[PaperRecord], undated: date) -> "_Batch":
        """Fetch the papers of the records, if they exist, with their tellings."""
        known = Paper.objects.in_bulk({record.public_id for record in records}, field_name="public_id")
        batch = cls(undated, timezone.now(), known, {public_id: {} for public_id in known})
        public_ids = {paper.pk: public_id for public_id, paper in known.items()}
        for telling in Telling.objects.filter(paper__in=public_ids).order_by():
            batch.tellings[public_ids[telling.paper_id]][telling.source] = telling
        return batch

    def add(self, record: PaperRecord, summary: Summary) -> None:
        """Create or update the record's paper and count the outcome."""
        paper = self.papers.get(record.public_id)
        if paper is None and record.event in REPLACEMENTS:
            summary.passed_over.append(record.public_id)
        elif paper is None:
            fields = fields_of_record(record)
            columns = best_columns({record.source: fields}, self.undated)
            paper = Paper(public_id=record.public_id, added_at=self.now, updated_at=self.now, **columns)
            self.papers[record.public_id] = self.created[record.public_id] = paper
            self.tellings[record.public_id] = {}
            self._set_telling(paper, record.source, fields)
            summary.new += 1
        elif self._update_telling(paper, record) and self._update_columns(paper):
            summary.updated += 1
        else:
            summary.unchanged += 1

    def save(self) -> None:
        Paper.objects.bulk_create(self.created.values())
        Paper.objects.bulk_create(
            self.changed.values(),
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*MERGED_COLUMNS, "updated_at"],
        )
        Telling.objects.bulk_create(
            self.changed_tellings.values(),
            update_conflicts=True,
            unique_fields=["paper", "source"],
            update_fields=["fields", "changed_at"],
        )
        refresh(self.created.values(), self.retitled.values())

    def _update_telling(self, paper: Paper, record: PaperRecord) -> bool:
        """Combine the record with what its source said before.

        Return whether that changed anything.
        """
        tellings = self.tellings[record.public_id]
        if not tellings:
            self._set_telling(paper, paper.source, fields_of_paper(paper))
        before = tellings[record.source].fields if record.source in tellings else {}
        after = combine(record.source, before, fields_of_record(record))
        if after == before:
            return False
        self._set_telling(paper, record.source, after)
        return True

    def _set_telling(self, paper: Paper, source: str, fields: Fields) -> None:
        telling = self.tellings[paper.public_id].get(source)
        if telling is None:
            telling = Telling(paper=paper, source=source, first_seen_at=self.now)
        telling.fields, telling.changed_at = fields, self.now
        self.tellings[paper.public_id][source] = self.changed_tellings[paper.public_id, source] = telling

    def _update_columns(self, paper: Paper) -> bool:
        """Set the paper's columns to the best of its tellings.

        Return whether that changed any.
        """
        tellings = {source: telling.fields for source, telling in self.tellings[paper.public_id].items()}
        columns = best_columns(tellings, paper.day)
        differing = {name: value for name, value in columns.items() if getattr(paper, name) != value}
        if not differing:
            return False
        for name, value in (differing | {"updated_at": self.now}).items():
            setattr(paper, name, value)
        if paper.public_id not in self.created:
            self.changed[paper.public_id] = paper
            if differing.keys() & {"title", "abstract"}:
                self.retitled[paper.public_id] = paper
        return True
