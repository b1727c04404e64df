"""Checks of short texts that readers type.

Each raises ValidationError with the remedy.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from .categories import known_code


def one_line(text: str) -> str:
    """The text with white space collapsed; control characters are refused."""
    line = " ".join(text.split())
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in line):
        raise ValidationError("this contains control characters; type it as plain text")
    return line


def line_of_length(what: str, text: str, length: tuple[int, int]) -> str:
    """The text as one line of limited length.

    It must have at least `shortest` and at most `longest` characters; `what` names it in the error.
    """
    shortest, longest = length
    line = one_line(text)
    if not shortest <= len(line) <= longest:
        raise ValidationError(f"{what} has {shortest} to {longest} characters; this one has {len(line)}")
    return line


def category_code(text: str) -> str:
    """The arXiv category as arXiv writes it."""
    code = known_code(text)
    if code is None:
        raise ValidationError(f'"{text[:40]}" is not an arXiv category; write a code such as cs.LG, hep-th or math.AG')
    return code


@contextmanager
def errors_of_field(name: str) -> Iterator[None]:
    """Attribute a ValidationError of the block to this form field."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error
