"""Keeping papers: a reader's reading list and named collections, with notes; the one way in, for page and API alike."""

import secrets
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet

from accounts.models import User

from .interests import one_line
from .models import Collection, Paper, Saved

MOST_COLLECTIONS, MOST_SAVED = 100, 5000  # collections of a reader, papers of a collection
NAME_LENGTH, NOTE_LENGTH = 100, 2000
READING_LIST_NAME = "Saved"
LINK_BYTES = 24  # of chance in a public address


def collections_of(reader: User) -> list[Collection]:
    """The reading list, which everybody has before anything is saved, then the others by name; each with its size."""
    found = list(reader.collections.annotate(papers=Count("saved")))
    for collection in found:
        collection.size = collection.papers
    mine = {collection.public_id: collection for collection in found}
    first = mine.pop(Collection.READING_LIST, None) or _empty_reading_list(reader)
    return [first, *sorted(mine.values(), key=lambda collection: collection.name.casefold())]


def find(reader: User, public_id: str) -> Collection:
    """One of the reader's collections, with its size; raises Collection.DoesNotExist for any other id."""
    mine = {collection.public_id: collection for collection in collections_of(reader)}
    if public_id not in mine:
        raise Collection.DoesNotExist(f"{public_id[:40]!r} is no collection of yours")
    return mine[public_id]


def reading_list(reader: User) -> Collection:
    return find(reader, Collection.READING_LIST)


def create(reader: User, name: str, note: str = "") -> Collection:
    """A new collection; raises ValidationError when the name will not do, is taken, or there are too many."""
    with transaction.atomic():
        _lock(reader)
        columns = {"name": _free_name(reader, name, None), "note": clean_note(note)}
        if reader.collections.exclude(public_id=Collection.READING_LIST).count() >= MOST_COLLECTIONS:
            raise ValidationError(f"you have {MOST_COLLECTIONS} collections, the most there can be; delete one first")
        return reader.collections.create(**columns)


def change(collection: Collection, name: str, note: str) -> Collection:
    """Another name and note; raises ValidationError as `create` does, and for another name of the reading list."""
    with transaction.atomic():
        collection = _stored(collection)
        if not collection.is_reading_list:
            collection.name = _free_name(collection.reader, name, collection.pk)
        elif one_line(name) != collection.name:
            raise ValidationError({"name": "the reading list keeps its name; its note can be changed"})
        collection.note = clean_note(note)
        collection.save(update_fields=["name", "note"])
    return collection


def delete(collection: Collection) -> None:
    """Delete a collection; its papers stay in the catalogue. Raises ValidationError for the reading list."""
    if collection.is_reading_list:
        raise ValidationError("the reading list cannot be deleted; remove its papers instead")
    collection.delete()


def share(collection: Collection) -> Collection:
    """Give the collection a public address that nobody can guess; one that has one keeps it."""
    with transaction.atomic():
        collection = _stored(collection)
        if not collection.link:
            collection.link = secrets.token_urlsafe(LINK_BYTES)
            collection.save(update_fields=["link"])
    return collection


def revoke(collection: Collection) -> None:
    """Take the public address away; a later one will be another."""
    if collection.pk:
        collection.link = ""
        collection.save(update_fields=["link"])


def find_shared(link: str) -> Collection:
    """The collection with this public address; raises Collection.DoesNotExist when there is none, or none any more."""
    return Collection.objects.exclude(link="").get(link=link)


def saved_in(collection: Collection) -> QuerySet[Saved]:
    """What is in the collection, the newest addition first."""
    return Saved.objects.filter(collection=collection) if collection.pk else Saved.objects.none()


def save(collection: Collection, papers: Iterable[Paper]) -> int:
    """Put papers into the collection; those that are there already stay as they are. How many are new.

    Raises ValidationError, adding none, when the collection would hold more than `MOST_SAVED`.
    """
    with transaction.atomic():
        collection = _stored(collection)
        there = set(saved_in(collection).values_list("paper", flat=True))
        new = {paper.pk: paper for paper in papers if paper.pk not in there}
        if len(there) + len(new) > MOST_SAVED:
            raise ValidationError(
                f"“{collection}” has {len(there):,} papers and can hold {MOST_SAVED:,}; {len(new):,} more do not fit"
            )
        Saved.objects.bulk_create(Saved(collection=collection, paper=paper) for paper in new.values())
    return len(new)


def remove(collection: Collection, paper_pks: Sequence[int]) -> int:
    """Take papers out of the collection, their notes with them; those that are not in it do not matter. How many."""
    count, _ = saved_in(collection).filter(paper__in=paper_pks).delete()
    return count


def move(source: Collection, target: Collection, paper_pks: Sequence[int]) -> int:
    """Move papers to another collection of the same reader, with their notes and the times they were added.

    Of a paper that is in both, the note of the target stays where it has one. Raises ValidationError as `save` does.
    """
    with transaction.atomic():
        target = _stored(target)
        moving = list(saved_in(source).filter(paper__in=paper_pks).select_related("paper"))
        if source.pk == target.pk:
            return 0
        save(target, [saved.paper for saved in moving])
        there = {saved.paper_id: saved for saved in saved_in(target).filter(paper__in=paper_pks)}
        for saved in moving:
            kept = there[saved.paper_id]
            kept.note, kept.added_at = kept.note or saved.note, min(kept.added_at, saved.added_at)
        Saved.objects.bulk_update(there.values(), ["note", "added_at"])
        return remove(source, [saved.paper_id for saved in moving])


def write_note(collection: Collection, paper: Paper, note: str) -> Saved:
    """The reader's note on a paper of the collection; raises Saved.DoesNotExist when the paper is not in it."""
    saved = saved_in(collection).select_related("paper").get(paper=paper)
    saved.note = clean_note(note)
    saved.save(update_fields=["note"])
    return saved


def set_collections(reader: User, paper: Paper, chosen: Sequence[Collection]) -> None:
    """Have the paper in exactly these of the reader's collections."""
    wanted = {collection.public_id for collection in chosen}
    with transaction.atomic():
        others = Saved.objects.filter(collection__reader=reader, paper=paper)
        others.exclude(collection__public_id__in=wanted).delete()
        for collection in chosen:
            save(collection, [paper])


def saved_pks(reader: User | None, paper_pks: Sequence[int]) -> set[int]:
    """Which of these papers are in the reader's reading list, by one query for all of them."""
    if reader is None or not paper_pks:
        return set()
    listed = Saved.objects.filter(collection__reader=reader, collection__public_id=Collection.READING_LIST)
    return set(listed.filter(paper__in=paper_pks).values_list("paper", flat=True))


def clean_note(text: str) -> str:
    """The note without the white space around it; raises ValidationError when it is too long or no plain text."""
    note = text.replace("\r\n", "\n").strip()
    if "\x00" in note:
        raise ValidationError({"note": "this holds null characters; type it as plain text"})
    if len(note) > NOTE_LENGTH:
        raise ValidationError({"note": f"a note has at most {NOTE_LENGTH:,} characters; this one has {len(note):,}"})
    return note


def _free_name(reader: User, text: str, own_pk: int | None) -> str:
    try:
        name = one_line(text)
    except ValidationError as error:
        raise ValidationError({"name": error.messages}) from error
    if not 1 <= len(name) <= NAME_LENGTH:
        raise ValidationError({"name": f"a name has 1 to {NAME_LENGTH} characters; this one has {len(name)}"})
    taken = {other.casefold() for pk, other in reader.collections.values_list("pk", "name") if pk != own_pk}
    if name.casefold() in taken | {READING_LIST_NAME.casefold()}:
        raise ValidationError({"name": f"you have a collection called “{name}” already; choose another name"})
    return name


def _empty_reading_list(reader: User) -> Collection:
    """The reading list as it is before the first paper; it becomes a row when something is put into it."""
    return Collection(reader=reader, public_id=Collection.READING_LIST, name=READING_LIST_NAME)


def _stored(collection: Collection) -> Collection:
    """The collection's row, made if it is a reading list without one; the reader's row is held meanwhile."""
    _lock(collection.reader)
    if collection.pk:
        return collection
    return Collection.objects.get_or_create(
        reader=collection.reader, public_id=collection.public_id, defaults={"name": collection.name}
    )[0]


def _lock(reader: User) -> None:
    """Requests of one reader at once go one after the other."""
    User.objects.select_for_update().get(pk=reader.pk)
