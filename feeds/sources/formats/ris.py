"""RIS files, as Zotero, Mendeley and publishers export them; read by rispy, a record at a time."""

from collections.abc import Iterator
from typing import Any

import rispy
from rispy.config import LIST_TYPE_TAGS

from recommender.textfiles import Rejected, WrongFile

from . import fields, references
from .fields import BadRow
from .record import PaperRecord, Rows
from .withdrawn import is_withdrawn

LONGEST_RECORD = 1_000_000  # characters
_BEGIN, _END = "TY  -", "ER  -"
_TITLES = ("title", "primary_title", "short_title")
_WHERE = ("alternate_title3", "journal_name", "alternate_title1", "secondary_title", "alternate_title2")
_NAMES_AN_ID = ("doi", "note", "accession_number", "id", "volume", "number", *_WHERE)
_ABSTRACTS = ("abstract", "notes_abstract")
_YEARS = ("year", "publication_year", "date")
_COMMENT = "Comment:"  # how Zotero keeps arXiv's comment among the notes


def read(lines: Iterator[str]) -> Rows:
    """A record for each reference; one that is never ended or lacks a title is rejected with its line.

    Raises WrongFile when there is no reference at all.
    """
    begun = False
    for number, text in _pieces(lines):
        begun = True
        yield _row(number, text)
    if not begun:
        raise WrongFile(f"no RIS: not one line begins with {_BEGIN!r}")


def _pieces(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Line and text of each reference, up to its end or, without one, to the beginning of the next.

    What follows its end is left out: rispy would take it for more of the last field, and raise a KeyError.
    """
    begin, parts, size, is_open = 0, list[str](), 0, False
    for number, line in enumerate(lines, start=1):
        bare = line.lstrip("\ufeff \t").rstrip("\r\n")
        if bare.startswith(_BEGIN):
            if begin:
                yield begin, _unfolded(parts)
            begin, parts, size, is_open = number, [], 0, True
        size += len(bare)
        if is_open and size <= LONGEST_RECORD:
            parts.append(bare)
        is_open = is_open and not bare.startswith(_END)
    if begin:
        yield begin, _unfolded(parts)


def _unfolded(lines: list[str]) -> str:
    """Each field in one line. rispy copies a field for each line that it adds to it.

    Of fields that are lists, such as keywords, a further line is a further value, as rispy reads it.
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


def _row(number: int, text: str) -> PaperRecord | Rejected:
    found = rispy.loads(text, delimiter_tags_mapping={}, skip_unknown_tags=True)
    if not found:
        return fields.rejected(number, f"this reference has no end; a line {_END!r} is wanted")
    try:
        return _record(found[0])
    except BadRow as error:
        return fields.rejected(number, str(error))


def _record(said: dict[str, Any]) -> PaperRecord:
    title = fields.title(_first(said, *_TITLES))
    notes = fields.names("N1", said.get("notes", []))
    comment = next((note.removeprefix(_COMMENT).strip() for note in notes if note.startswith(_COMMENT)), "")
    abstract = _first(said, *_ABSTRACTS)
    pages = "-".join(text for text in (_first(said, "start_page"), _first(said, "end_page")) if text)
    year = _first(said, *_YEARS)[:4]
    return PaperRecord(
        public_id=references.public_id([*said.get("urls", []), *(_first(said, name) for name in _NAMES_AN_ID)], title),
        title=title,
        source="ris",
        abstract=abstract,
        authors=_authors(said),
        tags=references.keywords(said.get("keywords", [])),
        comment=comment,
        journal_ref=references.journal_ref(_first(said, *_WHERE), _first(said, "volume"), year, pages),
        doi=fields.doi(_first(said, "doi")),
        withdrawn=is_withdrawn(comment, abstract),
    )


def _first(said: dict[str, Any], *names: str) -> str:
    """The first of the fields that is not empty."""
    return next((text for name in names if (text := fields.clean(name, said.get(name)))), "")


def _authors(said: dict[str, Any]) -> list[str]:
    written = said.get("authors") or said.get("first_authors") or []
    return [references.first_name_first(name) for name in fields.names("author", written)]
