"""JSON lines, one paper a line: the form of Paperboy's own dumps and of dated arXiv and Daily Papers collections."""

import json
from collections.abc import Iterator
from typing import Any

from recommender.paper_ids import canonical, own_id
from recommender.textfiles import Rejected, WrongFile

from . import fields
from .fields import LONGEST_ID, BadRow
from .json_rows import count_in, day_in, names_in, object_in, text_in, timestamp_in, url_in
from .record import PaperRecord, Rows
from .withdrawn import is_withdrawn


def read(lines: Iterator[str]) -> Rows:
    """A record or a rejection for each line; blank lines are passed over.

    A file whose first line does not begin an object is no JSON lines at all and raises WrongFile.
    """
    begun = False
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("\ufeff")
        if not text:
            continue
        if not begun and not text.startswith("{"):
            raise WrongFile(f"line {number}: not JSON lines; a line begins with {{, this one with {text[:20]!r}")
        begun = True
        yield _row(number, text)
    if not begun:
        raise WrongFile("the file is empty")


def record_from(row: Any) -> PaperRecord:
    """One paper from its JSON object; raises BadRow with the field, the value and what is wanted."""
    if not isinstance(row, dict):
        raise BadRow(f"a line is a JSON object, this one is {type(row).__name__}")
    title = text_in(row, "title")
    if not title:
        raise BadRow("title: it is missing or empty")
    hugging = object_in(row, "hf")
    abstract, comment = text_in(row, "abstract"), text_in(row, "comment")
    return PaperRecord(
        public_id=_public_id(row, title),
        title=title,
        source="huggingface" if hugging else "arxiv",
        abstract=abstract,
        authors=names_in(row, "authors"),
        categories=names_in(row, "categories"),
        tags=names_in(hugging or row, "keywords"),
        comment=comment,
        day=day_in(row, "date") or day_in(row, "day"),
        published_at=timestamp_in(row, "published_at"),
        withdrawn=is_withdrawn(comment, abstract),
        source_upvotes=count_in(hugging, "upvotes"),
        source_comments=count_in(hugging, "num_comments"),
        submitted_by=_name(hugging, "submitted_by"),
        organization=_name(hugging, "organization"),
        code_url=url_in(hugging, "github_repo"),
        code_stars=count_in(hugging, "github_stars"),
        project_url=url_in(hugging, "project_page"),
    )


def _row(number: int, text: str) -> PaperRecord | Rejected:
    try:
        return record_from(json.loads(text))
    except (BadRow, ValueError, RecursionError) as error:
        return fields.rejected(number, str(error))


def _name(row: dict[str, Any], name: str) -> str:
    return fields.shortened(name, text_in(row, name))


def _public_id(row: dict[str, Any], title: str) -> str:
    given = row.get("arxiv_id") or row.get("id")
    if given is None:
        return own_id(title)
    found = canonical(given) if isinstance(given, str) and len(given) <= LONGEST_ID else None
    if found is None:
        raise BadRow(f"arxiv_id: {str(given)[:80]!r} is no arXiv id such as 2607.21557 or hep-th/9901001")
    return found
