"""Read JSON Lines, one paper a line.

These are Paperboy's own dumps and dated collections of arXiv and Daily Papers.
"""

import json
from collections.abc import Iterator
from typing import Any

from recommender.paper_ids import canonical, own_id
from recommender.textfiles import WrongFile

from . import fields
from .fields import LONGEST_ID, BadRow
from .json_rows import count_in, day_in, names_in, object_in, text_in, timestamp_in, url_in
from .record import PaperRecord, Rows
from .withdrawn import is_withdrawn


def read(lines: Iterator[str]) -> Rows:
    """A record or a rejection for each line; blank lines are skipped.

    Raises WrongFile when the file is empty or its first line does not begin an object.
    """
    is_empty = True
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("\ufeff")
        if not text:
            continue
        if is_empty and not text.startswith("{"):
            raise WrongFile(f"line {number}: not JSON Lines; a line begins with {{, this one with {text[:20]!r}")
        is_empty = False
        try:
            yield record_from(json.loads(text))
        except (BadRow, ValueError, RecursionError) as error:
            yield fields.rejected(number, str(error))
    if is_empty:
        raise WrongFile("the file is empty")


def record_from(row: Any) -> PaperRecord:
    """One paper from its JSON object.

    Raises BadRow with the field, its value and what is expected.
    """
    if not isinstance(row, dict):
        raise BadRow(f"a line must be a JSON object, not {type(row).__name__}")
    title = text_in(row, "title")
    if not title:
        raise BadRow("title: missing or empty")
    text_id = row.get("arxiv_id") or row.get("id")
    if text_id is None:
        paper_id: str | None = own_id(title)
    else:
        paper_id = canonical(text_id) if isinstance(text_id, str) and len(text_id) <= LONGEST_ID else None
    if paper_id is None:
        raise BadRow(f"arxiv_id: {str(text_id)[:80]!r} is not an arXiv id such as 2607.21557 or hep-th/9901001")

    hugging = object_in(row, "hf")
    abstract, comment = text_in(row, "abstract"), text_in(row, "comment")
    return PaperRecord(
        public_id=paper_id,
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
        submitted_by=fields.shortened("submitted_by", text_in(hugging, "submitted_by")),
        organization=fields.shortened("organization", text_in(hugging, "organization")),
        code_url=url_in(hugging, "github_repo"),
        code_stars=count_in(hugging, "github_stars"),
        project_url=url_in(hugging, "project_page"),
    )
