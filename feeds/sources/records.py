"""What every source gives: paper records, or rejections that name the line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from recommender.textfiles import Rejected


@dataclass(frozen=True)
class PaperRecord:
    """One paper as a source tells it; `day` is None where the source has no dates."""

    public_id: str
    title: str
    source: str
    abstract: str = ""
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    comment: str = ""
    day: date | None = None
    published_at: datetime | None = None
    source_upvotes: int = 0
    code_url: str = ""
    project_url: str = ""


Rows = Iterator[PaperRecord | Rejected]
