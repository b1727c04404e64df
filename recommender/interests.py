"""A reader's interests, and the papers that they stand for.

Add, change and remove interests.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_, or_
from textwrap import shorten

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.models import Interest, InterestKind, User

from .input_text import category_code, errors_of_field, line_of_length
from .models import Paper
from .paper_ids import canonical

PAPERS_OF_AN_AUTHOR = 100  # the newest
NAMES_IN_A_SEARCH = 20  # for more names at once the authors of the whole catalogue are read
TITLE_LENGTH = 90
MOST_INTERESTS = 50
MOST_AUTHORS = 10  # each is searched for in the whole catalogue
TOPIC_LENGTH = (2, 200)


def add(reader: User, kind: str, text: str) -> Interest:
    """Add an interest.

    Raises ValidationError if the text is invalid, or if the reader has the interest already or too many.
    """
    with errors_of_field("text"), transaction.atomic():
        stored = _stored_text(kind, text)
        User.objects.select_for_update().get(pk=reader.pk)  # two requests at once must not both pass the checks
        others = list(reader.interests.all())
        if any(other.kind == kind and other.text.casefold() == stored.casefold() for other in others):
            raise ValidationError(f'"{stored}" is already among your interests')
        if len(others) >= MOST_INTERESTS:
            raise ValidationError(f"you have {MOST_INTERESTS} interests, the maximum; remove one first")
        if kind == InterestKind.AUTHOR and sum(other.kind == kind for other in others) >= MOST_AUTHORS:
            raise ValidationError(f"you have {MOST_AUTHORS} authors, the maximum; remove one first")
        interest = reader.interests.create(kind=kind, text=stored)
        reader.touch_taste()
        return interest


def change(reader: User, interest: Interest, text: str) -> Interest:
    """Change the text of an interest, not its kind.

    Raises ValidationError as `add` does.
    """
    with errors_of_field("text"), transaction.atomic():
        stored = _stored_text(interest.kind, text)
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


def known_paper_id(text: str) -> str:
    """The public id of the paper that the text names.

    Raises ValidationError if it is not in the catalogue.
    """
    public_id = canonical(text)
    if public_id is None:
        raise ValidationError(f'"{text[:40]}" is not a paper id; write one such as 2607.21557 or hep-th/9901001')
    if not Paper.objects.filter(public_id=public_id).exists():
        raise ValidationError(f"{public_id} is not in the catalogue; choose a paper that is")
    return public_id


def notes_on(interests: Sequence[Interest]) -> dict[int, str]:
    """What the catalogue has, by the interest's primary key.

    A seed paper's title, or how many papers an author has.
    """
    seeds = {interest.pk: interest.text for interest in interests if interest.kind == InterestKind.PAPER}
    authors = {interest.pk: interest.text for interest in interests if interest.kind == InterestKind.AUTHOR}
    rows = Paper.objects.filter(public_id__in=seeds.values()).values_list("public_id", "title") if seeds else ()
    titles = {public_id: shorten(title, TITLE_LENGTH, placeholder="…") for public_id, title in rows}
    notes = {pk: titles.get(text, "no longer in the catalogue; it has no effect") for pk, text in seeds.items()}
    papers = papers_by(authors.values())
    for pk, name in authors.items():
        count = len(papers[_plain(name)])
        if not count:
            notes[pk] = "no paper by this name in the catalogue yet; it starts to count when one arrives"
        elif count == PAPERS_OF_AN_AUTHOR:
            notes[pk] = f"the newest {PAPERS_OF_AN_AUTHOR} papers by this name count"
        else:
            notes[pk] = f"{count} paper{'' if count == 1 else 's'} in the catalogue"
    return notes


def papers_of(interests: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
    """The primary keys of the papers that each (kind, text) stands for.

    Only seed papers and authors stand for any. Two queries at most, however many there are.
    """
    interests = set(interests)
    seeds = {text for kind, text in interests if kind == InterestKind.PAPER}
    authors = {text for kind, text in interests if kind == InterestKind.AUTHOR}
    keys = dict(Paper.objects.filter(public_id__in=seeds).values_list("public_id", "pk")) if seeds else {}
    by_name = papers_by(authors)
    return {(str(InterestKind.PAPER), text): [keys[text]] if text in keys else [] for text in seeds} | {
        (str(InterestKind.AUTHOR), text): by_name[_plain(text)] for text in authors
    }


def papers_by(names: Iterable[str]) -> dict[str, list[int]]:
    """Primary keys of each author's papers, newest first.

    By the name in lower case; names match as a whole.
    """
    plain_names = {_plain(name): name for name in names}
    by_name: dict[str, list[int]] = defaultdict(list)
    if not plain_names:
        return by_name
    papers = Paper.objects.order_by("-day", "-pk")
    if len(plain_names) <= NAMES_IN_A_SEARCH:
        papers = papers.filter(reduce(or_, map(_mentions, plain_names.values())))
    for pk, authors in papers.values_list("pk", "authors").iterator():
        for name in {_plain(author) for author in authors} & plain_names.keys():
            if len(by_name[name]) < PAPERS_OF_AN_AUTHOR:
                by_name[name].append(pk)
    return by_name


def _mentions(name: str) -> Q:
    """Matches every paper by this author, and others, on every database.

    It uses only the ASCII parts of the name: SQLite ignores the case of no other letters.
    """
    parts = re.findall(r"[A-Za-z]{2,}", name) or [name]
    return reduce(and_, (Q(authors__icontains=part) for part in parts))


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _stored_text(kind: str, text: str) -> str:
    """The text in the form that is stored.

    Raises ValidationError if it is invalid for this kind.
    """
    if kind == InterestKind.CATEGORY:
        return category_code(text)
    if kind == InterestKind.PAPER:
        return known_paper_id(text)
    return line_of_length("a topic" if kind == InterestKind.TOPIC else "a name", text, TOPIC_LENGTH)
