"""Hugging Face Daily Papers as JSON: the list of a day in its three shapes, and one paper by itself."""

from datetime import date, datetime
from typing import Any, BinaryIO

from recommender.textfiles import Rejected, WrongFile

from . import fields
from .fields import BadRow
from .json_entries import entries
from .json_rows import count_in, names_in, object_in, objects_in, text_in, timestamp_in, url_in
from .record import PaperRecord, Rows
from .withdrawn import is_withdrawn


def read(stream: BinaryIO, day: date | None) -> Rows:
    """A record for each entry; the line of a rejection is the entry's place, from 1.

    day  the day that was asked for; it stands in where an entry does not name its own

    Raises WrongFile when this is no list of papers, BrokenStream where it breaks off.
    """
    for place, entry in enumerate(entries(stream), start=1):
        if place == 1 and not _is_paper(entry):
            raise WrongFile(f"no Daily Papers: {_said(entry)}")
        yield _row(place, entry, day)


def record_from(entry: dict[str, Any], day: date | None) -> PaperRecord:
    """One paper from its object; raises BadRow with the field, the value and what is wanted."""
    paper = object_in(entry, "paper") or entry
    abstract = text_in(paper, "summary") or text_in(entry, "summary")
    return PaperRecord(
        public_id=fields.public_id(text_in(paper, "id")),
        title=fields.title(text_in(paper, "title") or text_in(entry, "title")),
        source="huggingface",
        abstract=abstract,
        authors=fields.names("authors", (text_in(author, "name") for author in objects_in(paper, "authors"))),
        tags=names_in(paper, "ai_keywords"),
        day=_day(entry, paper, day),
        published_at=timestamp_in(paper, "publishedAt"),
        withdrawn=bool(paper.get("withdrawnAt")) or is_withdrawn("", abstract),
        source_upvotes=count_in(paper, "upvotes"),
        source_comments=count_in(entry, "numComments"),
        submitted_by=_name(object_in(paper, "submittedOnDailyBy")) or _name(object_in(entry, "submittedBy")),
        organization=_name(object_in(paper, "organization")) or _name(object_in(entry, "organization")),
        code_url=url_in(paper, "githubRepo"),
        code_stars=count_in(paper, "githubStars"),
        project_url=url_in(paper, "projectPage"),
    )


def _row(place: int, entry: dict[str, Any], day: date | None) -> PaperRecord | Rejected:
    try:
        return record_from(entry, day)
    except BadRow as error:
        named = (object_in(entry, "paper") or entry).get("id")
        return fields.rejected(place, f"{str(named)[:40]!r}: {error}")


def _is_paper(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("paper"), dict) or {"id", "title"} <= entry.keys()


def _said(entry: dict[str, Any]) -> str:
    if "error" in entry:
        return f"it says {str(entry['error'])[:100]!r}"
    return f"its first entry has the fields {str(sorted(entry))[1:100].strip(']') or 'none'}"


def _name(person: dict[str, Any]) -> str:
    """What an account or an organization calls itself, else its short name."""
    called = text_in(person, "fullname") or text_in(person, "name") or text_in(person, "user")
    return fields.shortened("name", called)


def _day(entry: dict[str, Any], paper: dict[str, Any], asked: date | None) -> date | None:
    """When it was put on the list; the oldest shape says so in the outer `publishedAt`."""
    put: datetime | None = timestamp_in(paper, "submittedOnDailyAt")
    if put is None and asked is None and "paper" in entry and "submittedBy" not in entry:
        put = timestamp_in(entry, "publishedAt")
    return put.date() if put else asked
