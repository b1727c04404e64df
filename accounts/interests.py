"""What a reader says they care about: checking it, adding it, taking it back."""

import unicodedata

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.categories import known_code
from accounts.models import Interest, User

MOST_INTERESTS = 50
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
    stored = _category(text) if kind == Interest.Kind.CATEGORY else _topic(text)
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
    shortest, longest = TOPIC_LENGTH
    topic = one_line(text)
    if not shortest <= len(topic) <= longest:
        raise ValidationError(f"a topic has {shortest} to {longest} characters; this one has {len(topic)}")
    return topic


def _check_room(reader: User, kind: str, text: str) -> None:
    mine = list(reader.interests.all())
    if any(other.kind == kind and other.text.casefold() == text.casefold() for other in mine):
        raise ValidationError(f'"{text}" is already among your interests')
    if len(mine) >= MOST_INTERESTS:
        raise ValidationError(f"you have {MOST_INTERESTS} interests, which is the most there can be; remove one first")


@transaction.atomic
def remove(reader: User, interest: Interest) -> None:
    interest.delete()
    reader.touch_taste()
