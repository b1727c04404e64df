"""Read Hugging Face Daily Papers as JSON.

The list of a day in its three forms, and a single paper.
"""

from datetime import date
from typing import Any, BinaryIO

from recommender.textfiles import WrongFile

from . import fields
from .fields import BadRow
from .json_entries import entries
from .json_rows import count_in, names_in, object_in, objects_in, text_in, timestamp_in, url_in
from .record import PaperRecord, Rows
from .withdrawn import is_withdrawn


def read(stream: BinaryIO, day: date | None) -> Rows:
    """A record for each entry.

    The line of a rejection is the entry's place, from 1.

    day  the day that was requested, for entries that do not name their own

    Raises WrongFile when this is not a list of papers, BrokenStream where it breaks off.
    """
    for place, entry in enumerate(entries(stream), start=1):
        if place == 1 and not (isinstance(entry.get("paper"), dict) or {"id", "title"} <= entry.keys()):
            if "error" in entry:
                raise WrongFile(f"not Daily Papers: it says {str(entry['error'])[:100]!r}")
            names = str(sorted(entry))[1:100].strip("]") or "none"
            raise WrongFile(f"not Daily Papers: its first entry has the fields {names}")
        try:
            yield record_from(entry, day)
        except BadRow as error:
            paper_id = (object_in(entry, "paper") or entry).get("id")
            yield fields.rejected(place, f"{str(paper_id)[:40]!r}: {error}")


def record_from(entry: dict[str, Any], day: date | None) -> PaperRecord:
    """One paper from its object.

    Raises BadRow with the field, its value and what is expected.
    """
    paper = object_in(entry, "paper") or entry
    listed_at = timestamp_in(paper, "submittedOnDailyAt")
    if listed_at is None and day is None and "paper" in entry and "submittedBy" not in entry:
        listed_at = timestamp_in(entry, "publishedAt")  # of the list, in the oldest shape
    abstract = text_in(paper, "summary") or text_in(entry, "summary")
    return PaperRecord(
        public_id=fields.arxiv_id(text_in(paper, "id")),
        title=fields.title(text_in(paper, "title") or text_in(entry, "title")),
        source="huggingface",
        abstract=abstract,
        authors=fields.names("authors", (text_in(author, "name") for author in objects_in(paper, "authors"))),
        tags=names_in(paper, "ai_keywords"),
        day=listed_at.date() if listed_at else day,
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


def _name(account: dict[str, Any]) -> str:
    """The full name of a person or an organization, else its short name."""
    name = text_in(account, "fullname") or text_in(account, "name") or text_in(account, "user")
    return fields.shortened("name", name)
