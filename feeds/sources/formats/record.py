"""What every reader yields: records of papers, or rejections that name the line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from recommender.textfiles import Rejected


class Event(StrEnum):
    """What an arXiv announcement does with a paper.

    OAI-PMH, queries and files announce nothing.
    """

    NONE = ""
    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"


@dataclass(frozen=True)
class Version:
    """One version of a paper.

    `at` is None if the source gives only its number.
    """

    number: int
    at: datetime | None = None


@dataclass(frozen=True)
class PaperRecord:
    """One paper as one source describes it.

    source        a value of `PaperSource`
    day           the date (UTC) of the announcement; None if the source does not give it
    event         what was announced on that day
    published_at  the time of the first version
    versions      the versions that the source lists, oldest first; an announcement may list only the newest
    """

    public_id: str
    title: str
    source: str
    abstract: str = ""
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    comment: str = ""
    journal_ref: str = ""
    doi: str = ""
    license_url: str = ""
    day: date | None = None
    event: Event = Event.NONE
    published_at: datetime | None = None
    versions: list[Version] = field(default_factory=list)
    withdrawn: bool = False
    source_upvotes: int = 0
    source_comments: int = 0
    submitted_by: str = ""
    organization: str = ""
    code_url: str = ""
    code_stars: int = 0
    project_url: str = ""


Rows = Iterator[PaperRecord | Rejected]
