"""Read the entries of a JSON list one at a time.

The whole list is never in memory.
"""

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
    """The decoder's number.

    An integer that is too long for any column becomes a float, since int() raises ValueError at 4,301 digits.
    """
    return int(digits) if len(digits) <= LONGEST_NUMBER else float(digits)


_DECODER = json.JSONDecoder(parse_int=whole_number)


def entries(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """The objects of a list, or one object by itself.

    Raises WrongFile when the bytes begin neither, and BrokenStream where they end early or stop being a list of
    objects, after yielding every complete entry before that.
    """
    decode = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape").decode
    head = stream.read(CHUNK)
    text = decode(head).lstrip()
    if not text.startswith(("[", "{")):
        raise WrongFile(f"it is not JSON; it begins with {opening(head[:1000])}" if head else "it is empty")
    end = "]" if text.startswith("[") else ""
    place, text = 1, text.removeprefix("[")
    while True:
        values, text = _complete_entries(text, place)
        yield from values
        place += len(values)
        chunk = stream.read(CHUNK)
        if not chunk:
            break
        text += decode(chunk)
    if text.strip() != end:
        raise BrokenStream(f"the JSON ends or breaks at entry {place}, which begins with {text[:60]!r}")


def _complete_entries(text: str, place: int) -> tuple[list[dict[str, Any]], str]:
    """The complete objects at the start of the text, and the rest.

    `place` is the first object's place in the list.
    """
    values: list[dict[str, Any]] = []
    at = _skip_separators(text, 0)
    while text.startswith("{", at):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except ValueError:
            break
        except RecursionError:
            raise BrokenStream(f"entry {place + len(values)} is nested deeper than any paper") from None
        values.append(value)
        at = _skip_separators(text, at)
    if len(text) - at > LARGEST_ENTRY:
        raise BrokenStream(f"entry {place + len(values)} has more than {LARGEST_ENTRY:,} characters; no paper has")
    return values, text[at:]


def _skip_separators(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return between.end() if between else at
