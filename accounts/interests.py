"""What a reader says they care about: checking it, adding it, taking it back, and what the catalogue says of it."""

import unicodedata
from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.catalogue import catalogue
from accounts.categories import known_code
from accounts.models import Interest, User

MOST_INTERESTS = 50
MOST_AUTHORS = 10  # each is looked for in the whole catalogue
TOPIC_LENGTH = (2, 200)


def one_line(text: str) -> str:
    """`text` with its white space collapsed; raises ValidationError where it hides control characters."""
    line = " ".join(text.split())
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in line):
        raise ValidationError("this holds control characters; type it as plain text")
    return line


def add(reader: User, kind: str, text: str) -> Interest:
    """A new interest; raises ValidationError if the text will not do, the reader has it already or has too many."""
    try:
        return _add(reader, kind, text)
    except ValidationError as error:
        raise ValidationError({"text": error.messages}) from error


@transaction.atomic
def _add(reader: User, kind: str, text: str) -> Interest:
    stored = _READ[kind](text)
    User.objects.select_for_update().get(pk=reader.pk)  # two requests at once must not both pass the check
    _check_room(reader, kind, stored)
    interest = reader.interests.create(kind=kind, text=stored)
    reader.touch_taste()
    return interest


def _category(text: str) -> str:
    code = known_code(text)
    if code is None:
        raise ValidationError(f'"{text[:40]}" is not an arXiv category; write a code such as cs.LG, hep-th or math.AG')
    return code


def _topic(text: str) -> str:
    return _of_length("a topic", text)


def _author(text: str) -> str:
    return _of_length("a name", text)


def _paper(text: str) -> str:
    return catalogue().paper_id(text)


def _of_length(what: str, text: str) -> str:
    shortest, longest = TOPIC_LENGTH
    line = one_line(text)
    if not shortest <= len(line) <= longest:
        raise ValidationError(f"{what} has {shortest} to {longest} characters; this one has {len(line)}")
    return line


_READ: dict[str, Callable[[str], str]] = {
    Interest.Kind.CATEGORY: _category,
    Interest.Kind.TOPIC: _topic,
    Interest.Kind.PAPER: _paper,
    Interest.Kind.AUTHOR: _author,
}


def _check_room(reader: User, kind: str, text: str) -> None:
    mine = list(reader.interests.all())
    if any(other.kind == kind and other.text.casefold() == text.casefold() for other in mine):
        raise ValidationError(f'"{text}" is already among your interests')
    if len(mine) >= MOST_INTERESTS:
        raise ValidationError(f"you have {MOST_INTERESTS} interests, which is the most there can be; remove one first")
    if kind == Interest.Kind.AUTHOR and sum(other.kind == kind for other in mine) >= MOST_AUTHORS:
        raise ValidationError(f"you have {MOST_AUTHORS} authors, which is the most there can be; remove one first")


def change(reader: User, interest: Interest, text: str) -> Interest:
    """The interest with another text, of the same kind; raises ValidationError as `add` does."""
    try:
        return _change(reader, interest, text)
    except ValidationError as error:
        raise ValidationError({"text": error.messages}) from error


@transaction.atomic
def _change(reader: User, interest: Interest, text: str) -> Interest:
    stored = _READ[interest.kind](text)
    User.objects.select_for_update().get(pk=reader.pk)
    if stored != interest.text:
        others = reader.interests.exclude(pk=interest.pk).filter(kind=interest.kind)
        if any(other.casefold() == stored.casefold() for other in others.values_list("text", flat=True)):
            raise ValidationError(f'"{stored}" is already among your interests')
        reader.interests.filter(pk=interest.pk).update(text=stored)
        reader.touch_taste()
    interest.text = stored
    return interest


@transaction.atomic
def remove(reader: User, interest: Interest) -> None:
    interest.delete()
    reader.touch_taste()


def describe(some: Iterable[Interest]) -> list[Interest]:
    """These interests, each with its `note` on what the catalogue holds for it; empty where there is nothing to say."""
    found = list(some)
    notes = catalogue().notes(found)
    for interest in found:
        interest.note = notes.get(interest.pk, "")
    return found
