"""Read RIS files with rispy, one reference at a time.

They come from Zotero, Mendeley and publishers.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import rispy
from rispy.config import LIST_TYPE_TAGS

from recommender.textfiles import WrongFile

from . import fields, references
from .fields import BadRow
from .record import PaperRecord, Rows
from .withdrawn import is_withdrawn

LONGEST_RECORD = 1_000_000  # characters
_BEGIN, _END = "TY  -", "ER  -"
_TITLES = ("title", "primary_title", "short_title")
_WHERE = ("alternate_title3", "journal_name", "alternate_title1", "secondary_title", "alternate_title2")
_MAY_NAME_AN_ID = ("doi", "note", "accession_number", "id", "volume", "number", *_WHERE)
_ABSTRACTS = ("abstract", "notes_abstract")
_YEARS = ("year", "publication_year", "date")
_COMMENT = "Comment:"  # Zotero writes arXiv's comment into a note that begins so


def read(lines: Iterator[str]) -> Rows:
    """A record for each reference.

    One that has no end or no title is rejected with its line. Raises WrongFile when there is no reference at all.
    """
    is_empty = True
    for number, text in _references(lines):
        is_empty = False
        loads = partial(rispy.loads, text, delimiter_tags_mapping={}, skip_unknown_tags=True)
        try:
            if rows := fields.by_library("rispy", loads):
                yield _record(rows[0])
            else:
                yield fields.rejected(number, f"this reference has no end; add a line {_END!r}")
        except BadRow as error:
            yield fields.rejected(number, str(error))
    if is_empty:
        raise WrongFile(f"not RIS: no line begins with {_BEGIN!r}")


def _references(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Line and text of each reference.

    It goes up to its end or, without one, to the beginning of the next. Lines after its end are left out: rispy would
    append them to the last field, and raise a KeyError.
    """
    begin, parts, size, is_open = 0, list[str](), 0, False
    for number, line in enumerate(lines, start=1):
        bare = line.lstrip("\ufeff \t").rstrip("\r\n")
        if bare.startswith(_BEGIN):
            if begin:
                yield begin, _unfold(parts)
            begin, parts, size, is_open = number, [], 0, True
        size += len(bare)
        if is_open and size <= LONGEST_RECORD:
            parts.append(bare)
        is_open = is_open and not bare.startswith(_END)
    if begin:
        yield begin, _unfold(parts)


def _unfold(lines: list[str]) -> str:
    """Write each field on one line.

    rispy copies a field for each line that it appends to it. In a field that is a list, such as keywords, a further
    line is a further value, as rispy reads it.
    """
    fields_of_lines: list[list[str]] = []
    tag = ""
    for line in lines:
        is_tagged = line[2:5] == "  -" and line[:2].isupper()
        tag = line[:2] if is_tagged else tag
        if is_tagged or tag in LIST_TYPE_TAGS:
            fields_of_lines.append([line])
        else:
            fields_of_lines[-1].append(line)
    return "\n".join(" ".join(parts) for parts in fields_of_lines)


def _record(reference: dict[str, Any]) -> PaperRecord:
    def first(*names: str) -> str:
        """The first of the fields that is not empty."""
        return next((text for name in names if (text := fields.clean(name, reference.get(name)))), "")

    title = fields.title(first(*_TITLES))
    abstract = first(*_ABSTRACTS)
    notes = fields.names("N1", reference.get("notes", []))
    comment = next((note.removeprefix(_COMMENT).strip() for note in notes if note.startswith(_COMMENT)), "")
    authors = fields.names("author", reference.get("authors") or reference.get("first_authors") or [])
    pages = "-".join(page for page in (first("start_page"), first("end_page")) if page)
    return PaperRecord(
        public_id=references.paper_id([*reference.get("urls", []), *map(first, _MAY_NAME_AN_ID)], title),
        title=title,
        source="ris",
        abstract=abstract,
        authors=[references.first_name_first(name) for name in authors],
        tags=references.keywords(reference.get("keywords", [])),
        comment=comment,
        journal_ref=references.journal_ref(first(*_WHERE), first("volume"), first(*_YEARS)[:4], pages),
        doi=fields.doi(first("doi")),
        withdrawn=is_withdrawn(comment, abstract),
    )
