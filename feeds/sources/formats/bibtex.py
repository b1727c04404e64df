"""BibTeX files, as reference managers and publishers export them.

Read by bibtexparser 2, an entry at a time: it hands broken entries back with their place, where version 1 leaves them
out without a word.
"""

import logging
import re
from collections.abc import Iterator

import bibtexparser
from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import Block, Entry, ParsingFailedBlock, String

from recommender.textfiles import Rejected, WrongFile

from . import fields, references
from .bibtex_values import MOST_WRITTEN_OUT, Abbreviations, Room
from .fields import BadRow
from .record import PaperRecord, Rows
from .tex import tex_to_text
from .withdrawn import is_withdrawn

LONGEST_ENTRY, LONGEST_NAME = 1_000_000, 1_000  # characters
_BEGIN = re.compile(r"\s*@\s*(\w+)\s*[{(]")
_WHERE = ("journal", "journaltitle", "booktitle")
_NAMES_AN_ID = ("doi", "url", "howpublished", "volume", "number", "journal", "pages")
_NO_PAPERS = {"comment", "preamble"}

logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # it logs what we reject with a reason


def read(lines: Iterator[str]) -> Rows:
    """A record for each entry; one that is broken or lacks a title is rejected with its line.

    Raises WrongFile when there is no entry at all.
    """
    abbreviations, begun = Abbreviations(), False
    for number, kind, text in _pieces(lines):
        begun = True
        if len(text) > LONGEST_ENTRY:
            yield fields.rejected(number, f"this entry is longer than {LONGEST_ENTRY:,} characters: {text[:60]}")
        elif kind not in _NO_PAPERS:
            yield from _rows(number, text, abbreviations)
    if not begun:
        raise WrongFile("no BibTeX: not one entry such as @article{...} begins a line")


def _pieces(lines: Iterator[str]) -> Iterator[tuple[int, str, str]]:
    """Line, kind and text of what is between one `@kind{` at the beginning of a line and the next.

    Of a text longer than `LONGEST_ENTRY` one character more than that is given.
    """
    begin, kind, parts, size = 0, "", list[str](), 0
    for number, line in enumerate(lines, start=1):
        if found := _BEGIN.match(line.lstrip("\ufeff")):
            if kind:
                yield begin, kind, "".join(parts)
            begin, kind, parts, size = number, found[1].lower(), [], 0
        if kind and size <= LONGEST_ENTRY:
            parts.append(line[: LONGEST_ENTRY + 1 - size])
            size += len(line)
    if kind:
        yield begin, kind, "".join(parts)


def _rows(number: int, text: str, abbreviations: Abbreviations) -> Rows:
    for block in bibtexparser.parse_string(text, parse_stack=[]).blocks:
        whole = block.ignore_error_block if isinstance(block, ParsingFailedBlock) else None  # of a key given twice
        if row := _row(number + (block.start_line or 0), whole or block, abbreviations):
            yield row


def _row(line: int, block: Block, abbreviations: Abbreviations) -> PaperRecord | Rejected | None:
    """What became of an entry or of an abbreviation that cannot be used; None for other blocks."""
    if isinstance(block, ParsingFailedBlock):
        return fields.rejected(line, f"this entry is broken, a brace is not closed, say: {(block.raw or '')[:60]}")
    if not isinstance(block, Entry | String):
        return None
    try:
        if isinstance(block, Entry):
            return _record(block, abbreviations)
        abbreviations.define(block.key, block.value)
    except BadRow as error:
        return fields.rejected(line, f"{block.key[:60]!r}: {error}")
    return None


def _record(entry: Entry, abbreviations: Abbreviations) -> PaperRecord:
    said = _fields(entry, abbreviations)
    title = fields.title(_plain(said, "title"))
    abstract, note = _plain(said, "abstract"), _plain(said, "note")
    where = next((text for name in _WHERE if (text := _plain(said, name))), "")
    return PaperRecord(
        public_id=references.public_id(_places(said), title),
        title=title,
        source="bibtex",
        abstract=abstract,
        authors=_authors(said.get("author", "")),
        categories=fields.categories([said.get("primaryclass", "")]),
        tags=references.keywords([_plain(said, "keywords")]),
        comment=note,
        journal_ref=references.journal_ref(where, said.get("volume", ""), _year(said), said.get("pages", "")),
        doi=fields.doi(said.get("doi")),
        withdrawn=is_withdrawn(note, abstract),
    )


def _fields(entry: Entry, abbreviations: Abbreviations) -> dict[str, str]:
    """Names in lower case; of a field that is given twice the first."""
    room = Room(MOST_WRITTEN_OUT)
    return {
        field.key.lower(): fields.clean(field.key[:40], abbreviations.plain(field.value, room))
        for field in reversed(entry.fields)
    }


def _plain(said: dict[str, str], name: str) -> str:
    return tex_to_text(said.get(name, ""))


def _authors(text: str) -> list[str]:
    """`Lovelace, Ada and {The Team}` -> Ada Lovelace, The Team."""
    parts = (_first_name_first(name) for name in split_multiple_persons_names(text))
    return fields.names("author", [tex_to_text(name) for name in parts if name not in ("others", "et al.")])


def _first_name_first(name: str) -> str:
    """What is longer than any name stays as it is: the work of taking it apart can grow with its square."""
    if len(name) > LONGEST_NAME:
        return name
    person = parse_single_name_into_parts(name, strict=False)
    return " ".join([*person.first, *person.von, *person.last, *person.jr])


def _places(said: dict[str, str]) -> Iterator[str]:
    """Where an entry may name its arXiv id, the surest place first."""
    archive = said.get("archiveprefix") or said.get("eprinttype") or "arxiv"
    if archive.lower() == "arxiv":
        group = said.get("primaryclass", "").partition(".")[0]
        yield from (said.get("eprint", ""), f"{group}/{said.get('eprint', '')}")
    yield from (said.get(name, "") for name in _NAMES_AN_ID)
    note = said.get("note", "")
    yield note if note.lower().startswith(("arxiv", "http")) else ""  # another note may name another paper


def _year(said: dict[str, str]) -> str:
    return said.get("year", "") or said.get("date", "")[:4]
