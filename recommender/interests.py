"""A reader’s interests: adding, changing and removing them; the papers that they stand for."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_, or_
from textwrap import shorten

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.models import Interest, InterestKind, User

from .categories import known_code
from .models import Paper, PaperQuerySet
from .paper_ids import canonical

PAPERS_OF_AN_AUTHOR = 100  # the newest
NAMES_IN_A_SEARCH = 20  # more names at once are looked for by reading the whole catalogue's authors
TITLE_LENGTH = 90


def known_paper_id(text: str) -> str:
    """The public id of the paper that the text means; raises ValidationError when the catalogue has none such."""
    public_id = canonical(text)
    if public_id is None:
        raise ValidationError(f'"{text[:40]}" is no id of a paper; write one such as 2607.21557 or hep-th/9901001')
    if not Paper.objects.filter(public_id=public_id).exists():
        raise ValidationError(f"{public_id} is not in the catalogue; only papers that are here can be a start")
    return public_id


def notes_on(interests: Sequence[Interest]) -> dict[int, str]:
    """A seed paper's title, and how many papers an author has here, by the interest's primary key."""
    seeds = [interest for interest in interests if interest.kind == InterestKind.PAPER]
    authors = [interest for interest in interests if interest.kind == InterestKind.AUTHOR]
    titles = _titles([seed.text for seed in seeds])
    papers = papers_by([author.text for author in authors])
    return {seed.pk: titles.get(seed.text, "no longer in the catalogue; it says nothing") for seed in seeds} | {
        author.pk: _count(papers[_plain(author.text)]) for author in authors
    }


def papers_of(interests: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
    """The primary keys of the papers that each (kind, text) stands for; kinds that stand for none are left out.

    Two queries at most, however many there are.
    """
    asked = set(interests)
    seeds = {text for kind, text in asked if kind == InterestKind.PAPER}
    authors = {text for kind, text in asked if kind == InterestKind.AUTHOR}
    keys = dict(Paper.objects.filter(public_id__in=seeds).values_list("public_id", "pk")) if seeds else {}
    written = papers_by(authors)
    return {(str(InterestKind.PAPER), text): [keys[text]] if text in keys else [] for text in seeds} | {
        (str(InterestKind.AUTHOR), text): written[_plain(text)] for text in authors
    }


def papers_by(names: Iterable[str]) -> dict[str, list[int]]:
    """Primary keys of each author's papers, newest first, by the name in lower case; names match as a whole."""
    wanted = {_plain(name): name for name in names}
    found: dict[str, list[int]] = defaultdict(list)
    if not wanted:
        return found
    for pk, authors in _candidates(list(wanted.values())).values_list("pk", "authors").iterator():
        for name in {_plain(author) for author in authors} & wanted.keys():
            if len(found[name]) < PAPERS_OF_AN_AUTHOR:
                found[name].append(pk)
    return found


def _candidates(names: list[str]) -> PaperQuerySet:
    """Papers among which all of these names' are, newest first."""
    papers = Paper.objects.order_by("-day", "-pk")
    if len(names) > NAMES_IN_A_SEARCH:
        return papers
    return papers.filter(reduce(or_, map(_mentions, names)))


def _mentions(name: str) -> Q:
    """The parts of the name that every database compares ignoring case, which SQLite does for plain letters alone."""
    parts = re.findall(r"[A-Za-z]{2,}", name) or [name]
    return reduce(and_, (Q(authors__icontains=part) for part in parts))


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _titles(public_ids: Sequence[str]) -> dict[str, str]:
    if not public_ids:
        return {}
    found = Paper.objects.filter(public_id__in=public_ids).values_list("public_id", "title")
    return {public_id: shorten(title, TITLE_LENGTH, placeholder="…") for public_id, title in found}


def _count(papers: Sequence[int]) -> str:
    if not papers:
        return "no paper by this name in the catalogue yet; it starts to count when one arrives"
    if len(papers) == PAPERS_OF_AN_AUTHOR:
        return f"the newest {PAPERS_OF_AN_AUTHOR} papers by this name count"
    return "1 paper in the catalogue" if len(papers) == 1 else f"{len(papers)} papers in the catalogue"


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
    return known_paper_id(text)


def _of_length(what: str, text: str) -> str:
    shortest, longest = TOPIC_LENGTH
    line = one_line(text)
    if not shortest <= len(line) <= longest:
        raise ValidationError(f"{what} has {shortest} to {longest} characters; this one has {len(line)}")
    return line


_READ: dict[str, Callable[[str], str]] = {
    InterestKind.CATEGORY: _category,
    InterestKind.TOPIC: _topic,
    InterestKind.PAPER: _paper,
    InterestKind.AUTHOR: _author,
}


def _check_room(reader: User, kind: str, text: str) -> None:
    mine = list(reader.interests.all())
    if any(other.kind == kind and other.text.casefold() == text.casefold() for other in mine):
        raise ValidationError(f'"{text}" is already among your interests')
    if len(mine) >= MOST_INTERESTS:
        raise ValidationError(f"you have {MOST_INTERESTS} interests, which is the most there can be; remove one first")
    if kind == InterestKind.AUTHOR and sum(other.kind == kind for other in mine) >= MOST_AUTHORS:
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


def with_notes(some: Iterable[Interest]) -> list[Interest]:
    """These interests, each with its `note` on what the catalogue holds for it; empty where there is nothing to say."""
    found = list(some)
    notes = notes_on(found)
    for interest in found:
        interest.note = notes.get(interest.pk, "")
    return found
