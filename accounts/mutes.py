"""What a reader does not want to meet: checking it, adding it, taking it back; which papers it hides is known above."""

import re
import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.categories import known_code
from accounts.interests import one_line
from accounts.models import Mute, User

MOST_MUTES = 100
MOST_NAMES = 5  # under which a reader writes papers
NAME_LENGTH = (2, 100)
WORD_LENGTH = (2, 100)
_FOLDED_LENGTH = 400
_WORD = re.compile(r"[^\W_]+")
_OTHER_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})  # no accents


def fold(text: str) -> str:
    """Words in lower case without accents, one space apart: "Erdős–Rényi" -> "erdos renyi"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    return " ".join(_WORD.findall(plain.casefold().translate(_OTHER_LETTERS)))


def add(reader: User, kind: str, text: str) -> Mute:
    """A new mute; raises ValidationError if the text will not do, the reader has it already or has too many."""
    try:
        return _add(reader, kind, text)
    except ValidationError as error:
        raise ValidationError({"text": error.messages}) from error


def own_names(names: list[str]) -> list[str]:
    """These names as they are kept, each once; raises ValidationError for one that is none or for too many."""
    kept = {fold(name): name for name in map(_author, names)}
    if len(kept) > MOST_NAMES:
        raise ValidationError(f"you may give {MOST_NAMES} names of your own; these are {len(kept)}")
    return list(kept.values())


def read(kind: str, text: str) -> str:
    """The text as it is kept; raises ValidationError where nothing of this kind can be meant by it."""
    return _READ[kind](text)


def compared(kind: str, stored: str) -> str:
    """What papers are compared with: the code of a category, the folded words of anything else."""
    return stored if kind == Mute.Kind.CATEGORY else fold(stored)


@transaction.atomic
def _add(reader: User, kind: str, text: str) -> Mute:
    stored = read(kind, text)
    folded = compared(kind, stored)
    User.objects.select_for_update().get(pk=reader.pk)  # two requests at once must not both pass the check
    _check_room(reader, kind, stored, folded)
    return reader.mutes.create(kind=kind, text=stored, folded=folded)


def _check_room(reader: User, kind: str, text: str, folded: str) -> None:
    if reader.mutes.filter(kind=kind, folded=folded).exists():
        raise ValidationError(f'"{text}" is muted already')
    if reader.mutes.count() >= MOST_MUTES:
        raise ValidationError(f"you have {MOST_MUTES} mutes, which is the most there can be; remove one first")


def _category(text: str) -> str:
    code = known_code(text)
    if code is None:
        raise ValidationError(f'"{text[:40]}" is not an arXiv category; write a code such as cs.LG, hep-th or math.AG')
    return code


def _author(text: str) -> str:
    return _of_length("a name", text, NAME_LENGTH)


def _word(text: str) -> str:
    return _of_length("a word", text, WORD_LENGTH)


def _of_length(what: str, text: str, length: tuple[int, int]) -> str:
    shortest, longest = length
    line = one_line(text)
    if not shortest <= len(line) <= longest:
        raise ValidationError(f"{what} has {shortest} to {longest} characters; this one has {len(line)}")
    _check_folded(line)
    return line


def _check_folded(line: str) -> None:
    length = len(fold(line))
    if not length:
        raise ValidationError(f'"{line}" has no letter or digit that could be looked for')
    if length > _FOLDED_LENGTH:
        raise ValidationError(f'"{line[:10]}…" becomes {length} letters when it is spelt out; write it shorter')


_READ: dict[str, Callable[[str], str]] = {
    Mute.Kind.CATEGORY: _category,
    Mute.Kind.AUTHOR: _author,
    Mute.Kind.WORD: _word,
}
