"""The entries of a JSON list, one at a time, without the whole of it in memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from recommender.textfiles import BrokenStream, WrongFile

from .xml import opening

CHUNK = 65_536
LARGEST_ENTRY = 4_000_000  # characters; no paper comes near
LONGEST_NUMBER = 20  # digits
_BETWEEN = re.compile(r"[\s,]*")


def whole_number(digits: str) -> int | float:
    """What the decoder makes of a number; one that fits no column is no int, since 4,301 digits raise a ValueError."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else float(digits)


_DECODER = json.JSONDecoder(parse_int=whole_number)


def entries(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """The objects of a list, or the one object that stands alone.

    Raises WrongFile when the bytes begin neither, BrokenStream where they end early or stop being a list of objects;
    what is whole before that is given first.
    """
    decode = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape").decode
    head = stream.read(CHUNK)
    text = decode(head).lstrip()
    if not text.startswith(("[", "{")):
        raise WrongFile(f"it is not JSON; it begins with {opening(head[:1000])}" if head else "it is empty")
    end = "]" if text.startswith("[") else ""
    place, text = 1, text.removeprefix("[")
    while True:
        found, text = _whole(text, place)
        yield from found
        place += len(found)
        chunk = stream.read(CHUNK)
        if not chunk:
            break
        text += decode(chunk)
    if text.strip() != end:
        raise BrokenStream(f"the JSON ends or breaks at entry {place}, which begins with {text[:60]!r}")


def _whole(text: str, place: int) -> tuple[list[dict[str, Any]], str]:
    """The objects that the text holds whole, and what is left of it."""
    found: list[dict[str, Any]] = []
    at = _begin(text, 0)
    while text.startswith("{", at):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except ValueError:
            break
        except RecursionError:
            raise BrokenStream(f"entry {place + len(found)} is nested deeper than any paper") from None
        found.append(value)
        at = _begin(text, at)
    if len(text) - at > LARGEST_ENTRY:
        raise BrokenStream(f"entry {place + len(found)} has more than {LARGEST_ENTRY:,} characters; no paper has")
    return found, text[at:]


def _begin(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return between.end() if between else at
