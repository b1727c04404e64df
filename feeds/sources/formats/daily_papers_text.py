"""Read a text copy of the Hugging Face Daily Papers page.

It has titles and abstracts in turn, without ids or dates.
"""

from collections.abc import Iterator

from recommender.paper_ids import own_id
from recommender.textfiles import WrongFile, is_text, one_line

from . import fields
from .record import PaperRecord, Rows

HEADER_END = "by ak and the research community"
LONGEST_TITLE = 400
SHORTEST_ABSTRACT = 200


def read(lines: Iterator[str]) -> Rows:
    """A record for each title followed by an abstract.

    Other paragraphs after the header are rejected. Raises WrongFile when the page's header is missing: then it is
    another text.
    """
    # The page has one paragraph a line.
    paragraphs = ((number, text) for number, line in enumerate(lines, start=1) if (text := one_line(line)))
    for _, text in paragraphs:
        if text.casefold() == HEADER_END:
            break
    else:
        raise WrongFile(f"not a saved Daily Papers page: the line {HEADER_END!r} is missing")

    title: tuple[int, str] | None = None
    for number, text in paragraphs:
        if not is_text(text):
            yield fields.rejected(number, "it contains bytes that are not UTF-8")
        elif title is None:
            title = (number, text)
        elif len(text) >= SHORTEST_ABSTRACT and len(title[1]) <= LONGEST_TITLE:
            yield PaperRecord(own_id(title[1]), title[1], "saved_page", abstract=text)
            title = None
        else:
            yield fields.rejected(title[0], f"no abstract follows this title: {title[1][:80]!r}")
            title = (number, text)
    if title is not None:
        yield fields.rejected(title[0], f"no abstract follows this title: {title[1][:80]!r}")
