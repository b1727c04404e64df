"""Turn BibTeX values into plain text.

Braces and quotes are removed, `@string` expanded, and parts joined at `#`.
"""

import re

from .fields import BadRow

LONGEST_EXPANSION = 10_000  # characters that abbreviations stand for in one value or entry
LONGEST_TOTAL = 1_000_000  # characters of all abbreviations of a file
_WORD = re.compile(r'[^\s{}"#,=]+')
_JOIN = re.compile(r"\s*#\s*")
_MARK = re.compile(r'(?<!\\)[{}"]')


class Abbreviations:
    """The texts that `@string` has defined so far.

    Each is expanded when it is defined; a later definition wins.
    """

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.size = 0

    def define(self, name: str, value: str) -> None:
        """Add a definition.

        Raises BadRow if it is too long: strings that each repeat the last one twice would fill the memory.
        """
        key, text = name.lower(), self.plain(value, Room(LONGEST_EXPANSION))
        size = self.size + len(text) - len(self.texts.get(key, ""))
        if size > LONGEST_TOTAL:
            raise BadRow(f"with it the abbreviations have more than {LONGEST_TOTAL:,} characters; split the file")
        self.texts[key], self.size = text, size

    def plain(self, value: str, room: "Room") -> str:
        """The text of a field's value.

        An undefined name stays, and so does a value that is not BibTeX.
        """
        parts = _split(value)
        if parts is None:
            return value
        return "".join(room.take(self.texts.get(text.lower(), text)) if is_name else text for text, is_name in parts)


class Room:
    """How many characters of abbreviations may still be expanded in one entry."""

    def __init__(self, size: int) -> None:
        self.size = self.left = size

    def take(self, text: str) -> str:
        self.left -= len(text)
        if self.left < 0:
            raise BadRow(f"its abbreviations stand for more than {self.size:,} characters; shorten them")
        return text


def _split(value: str) -> list[tuple[str, bool]] | None:
    """The texts joined by `#`, with whether each is a name.

    Numbers count as names. Returns None if the value is not BibTeX.
    """
    parts, at = [], 0
    while True:
        if value[at : at + 1] in ("{", '"'):
            end = _closing_mark(value, at)
            if end is None:
                return None
            parts.append((value[at + 1 : end], False))
            at = end + 1
        elif word := _WORD.match(value, at):
            parts.append((word[0], True))
            at = word.end()
        else:
            return None
        join = _JOIN.match(value, at)
        if join is None:
            return parts if at == len(value) else None
        at = join.end()


def _closing_mark(value: str, at: int) -> int | None:
    """Where the text that begins with a brace or quote at `at` ends.

    A quote within braces ends nothing.
    """
    depth, is_quoted = 0, value[at] == '"'
    for mark in _MARK.finditer(value, at + 1):
        if mark[0] == '"':
            if is_quoted and not depth:
                return mark.start()
        elif mark[0] == "{":
            depth += 1
        elif depth:
            depth -= 1
        elif not is_quoted:
            return mark.start()
    return len(value) - 1 if is_quoted and value.endswith('"') and len(value) > at + 1 else None
