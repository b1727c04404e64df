"""Read BibTeX files, as reference managers and publishers export them.

They are parsed by bibtexparser 2, one entry at a time: it returns broken entries with their place, where version 1
drops them silently.
"""

import logging
import re
from collections.abc import Iterator
from functools import partial

import bibtexparser
from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import Entry, ParsingFailedBlock, String

from recommender.textfiles import WrongFile

from . import fields, references
from .bibtex_values import LONGEST_EXPANSION, Abbreviations, Room
from .fields import BadRow
from .record import PaperRecord, Rows
from .tex import tex_to_text
from .withdrawn import is_withdrawn

LONGEST_ENTRY, LONGEST_NAME = 1_000_000, 1_000  # characters
_BEGIN = re.compile(r"\s*@\s*(\w+)\s*[{(]")
_WHERE = ("journal", "journaltitle", "booktitle")
_MAY_NAME_AN_ID = ("doi", "url", "howpublished", "volume", "number", "journal", "pages")
_NOT_PAPERS = {"comment", "preamble"}

logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # it logs what we reject with a reason


def read(lines: Iterator[str]) -> Rows:
    """A record for each entry.

    One that is broken or lacks a title is rejected with its line. Raises WrongFile when there is no entry at all.
    """
    abbreviations, is_empty = Abbreviations(), True
    for number, kind, text in _entries(lines):
        is_empty = False
        if len(text) > LONGEST_ENTRY:
            yield fields.rejected(number, f"this entry is longer than {LONGEST_ENTRY:,} characters: {text[:60]}")
        elif kind not in _NOT_PAPERS:
            yield from _rows(number, text, abbreviations)
    if is_empty:
        raise WrongFile("not BibTeX: no line begins an entry such as @article{...}")


def _entries(lines: Iterator[str]) -> Iterator[tuple[int, str, str]]:
    """Split the file into line, kind and text of each part.

    A part goes from one `@kind{` at the beginning of a line to the next. A text longer than `LONGEST_ENTRY` is cut one
    character after that.
    """
    begin, kind, parts, size = 0, "", list[str](), 0
    for number, line in enumerate(lines, start=1):
        if match := _BEGIN.match(line.lstrip("\ufeff")):
            if kind:
                yield begin, kind, "".join(parts)
            begin, kind, parts, size = number, match[1].lower(), [], 0
        if kind and size <= LONGEST_ENTRY:
            parts.append(line[: LONGEST_ENTRY + 1 - size])
            size += len(line)
    if kind:
        yield begin, kind, "".join(parts)


def _rows(number: int, text: str, abbreviations: Abbreviations) -> Rows:
    """The paper of an entry, or a rejection.

    An abbreviation is defined and yields nothing.
    """
    try:
        blocks = fields.by_library("bibtexparser", lambda: bibtexparser.parse_string(text, parse_stack=[]).blocks)
    except BadRow as error:
        yield fields.rejected(number, f"{error}: {text[:60]}")
        return
    for parsed in blocks:
        line = number + (parsed.start_line or 0)
        # An entry whose key occurs twice is in a failed block, but complete.
        complete = parsed.ignore_error_block if isinstance(parsed, ParsingFailedBlock) else None
        block = complete or parsed
        try:
            if isinstance(block, ParsingFailedBlock):
                reason = f"this entry is broken, perhaps a brace is not closed: {(block.raw or '')[:60]}"
                yield fields.rejected(line, reason)
            elif isinstance(block, Entry):
                yield _record(block, abbreviations)
            elif isinstance(block, String):
                abbreviations.define(block.key, block.value)
        except BadRow as error:
            assert isinstance(block, Entry | String)
            yield fields.rejected(line, f"{block.key[:60]!r}: {error}")


def _record(entry: Entry, abbreviations: Abbreviations) -> PaperRecord:
    room = Room(LONGEST_EXPANSION)
    values = {  # by name in lower case; of a field that occurs twice, the first
        field.key.lower(): fields.clean(field.key[:40], abbreviations.plain(field.value, room))
        for field in reversed(entry.fields)
    }

    def text(name: str) -> str:
        return tex_to_text(values.get(name, ""))

    title = fields.title(text("title"))
    abstract, note = text("abstract"), text("note")
    where = next(filter(None, map(text, _WHERE)), "")
    year = values.get("year", "") or values.get("date", "")[:4]
    return PaperRecord(
        public_id=references.paper_id(_id_candidates(values), title),
        title=title,
        source="bibtex",
        abstract=abstract,
        authors=_authors(values.get("author", "")),
        categories=fields.categories([values.get("primaryclass", "")]),
        tags=references.keywords([text("keywords")]),
        comment=note,
        journal_ref=references.journal_ref(where, values.get("volume", ""), year, values.get("pages", "")),
        doi=fields.doi(values.get("doi")),
        withdrawn=is_withdrawn(note, abstract),
    )


def _authors(text: str) -> list[str]:
    """`Lovelace, Ada and {The Team}` -> Ada Lovelace, The Team.

    A name longer than any real one stays as it is: taking it apart can cost the square of its length.
    """
    names: list[str] = []
    for name in fields.by_library("bibtexparser", lambda: split_multiple_persons_names(text)):
        if len(name) <= LONGEST_NAME:
            person = fields.by_library("bibtexparser", partial(parse_single_name_into_parts, name, strict=False))
            name = " ".join([*person.first, *person.von, *person.last, *person.jr])  # noqa: PLW2901
        if name not in ("others", "et al."):
            names.append(tex_to_text(name))
    return fields.names("author", names)


def _id_candidates(values: dict[str, str]) -> Iterator[str]:
    """The texts that may name the arXiv id, the most reliable first."""
    archive = values.get("archiveprefix") or values.get("eprinttype") or "arxiv"
    if archive.lower() == "arxiv":
        group = values.get("primaryclass", "").partition(".")[0]
        yield from (values.get("eprint", ""), f"{group}/{values.get('eprint', '')}")
    yield from (values.get(name, "") for name in _MAY_NAME_AN_ID)
    note = values.get("note", "")
    yield note if note.lower().startswith(("arxiv", "http")) else ""  # another note may name another paper
