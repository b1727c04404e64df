"""A reader's reading list and named collections of papers, with notes."""

import secrets
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet

from accounts.models import User

from .input_text import errors_of_field, one_line
from .models import Collection, Paper, Saved

MOST_COLLECTIONS, MOST_SAVED = 100, 5000  # collections of a reader, papers of a collection
NAME_LENGTH, NOTE_LENGTH = 100, 2000
READING_LIST_NAME = "Saved"
LINK_BYTES = 24  # random bytes in a public address


def collections_of(reader: User) -> list[Collection]:
    """The reading list, then the other collections by name, each with its size.

    Without saved papers the reading list is not a row yet; `save` makes it one.
    """
    by_id: dict[str, Collection] = {}
    for collection in reader.collections.annotate(papers=Count("saved")):
        collection.size = collection.papers
        by_id[collection.public_id] = collection
    reading_list = by_id.pop(Collection.READING_LIST, None)
    if reading_list is None:
        reading_list = Collection(reader=reader, public_id=Collection.READING_LIST, name=READING_LIST_NAME)
    return [reading_list, *sorted(by_id.values(), key=lambda collection: collection.name.casefold())]


def find(reader: User, public_id: str) -> Collection:
    """One of the reader's collections, with its size.

    Raises Collection.DoesNotExist for any other id.
    """
    for collection in collections_of(reader):
        if collection.public_id == public_id:
            return collection
    raise Collection.DoesNotExist(f"you have no collection {public_id[:40]!r}")


def reading_list(reader: User) -> Collection:
    return find(reader, Collection.READING_LIST)


def create(reader: User, name: str, note: str = "") -> Collection:
    """Create a collection.

    Raises ValidationError if the name is invalid or taken, or if the reader has too many.
    """
    with transaction.atomic():
        _lock(reader)
        columns = {"name": _free_name(reader, name, None), "note": clean_note(note)}
        if reader.collections.exclude(public_id=Collection.READING_LIST).count() >= MOST_COLLECTIONS:
            raise ValidationError(f"you have {MOST_COLLECTIONS} collections, the maximum; delete one first")
        return reader.collections.create(**columns)


def change(collection: Collection, name: str, note: str) -> Collection:
    """Change name and note.

    Raises ValidationError as `create` does, and for another name of the reading list.
    """
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
    """Delete a collection.

    Its papers stay in the catalogue. Raises ValidationError for the reading list.
    """
    if collection.is_reading_list:
        raise ValidationError("the reading list cannot be deleted; remove its papers instead")
    collection.delete()


def share(collection: Collection) -> Collection:
    """Give the collection a public address that nobody can guess.

    A shared one keeps its address.
    """
    with transaction.atomic():
        collection = _stored(collection)
        if not collection.link:
            collection.link = secrets.token_urlsafe(LINK_BYTES)
            collection.save(update_fields=["link"])
    return collection


def revoke(collection: Collection) -> None:
    """Remove the public address; sharing again makes a new one."""
    if collection.pk:
        collection.link = ""
        collection.save(update_fields=["link"])


def find_shared(link: str) -> Collection:
    """The collection with this public address.

    Raises Collection.DoesNotExist if no collection has it now.
    """
    return Collection.objects.exclude(link="").get(link=link)


def saved_in(collection: Collection) -> QuerySet[Saved]:
    """The papers of the collection, the newest addition first."""
    return Saved.objects.filter(collection=collection) if collection.pk else Saved.objects.none()


def save(collection: Collection, papers: Iterable[Paper]) -> int:
    """Add papers to the collection, except those in it already.

    Returns how many are new. Raises ValidationError, adding none, if the collection would have more than `MOST_SAVED`.
    """
    with transaction.atomic():
        collection = _stored(collection)
        saved_before = set(saved_in(collection).values_list("paper", flat=True))
        new = {paper.pk: paper for paper in papers if paper.pk not in saved_before}
        if len(saved_before) + len(new) > MOST_SAVED:
            raise ValidationError(
                f"“{collection}” has {len(saved_before):,} papers and can hold {MOST_SAVED:,}; "
                f"{len(new):,} more do not fit"
            )
        Saved.objects.bulk_create(Saved(collection=collection, paper=paper) for paper in new.values())
    return len(new)


def remove(collection: Collection, paper_pks: Sequence[int]) -> int:
    """Remove these papers and their notes from the collection.

    Returns how many were in it.
    """
    count, _ = saved_in(collection).filter(paper__in=paper_pks).delete()
    return count


def move(source: Collection, target: Collection, paper_pks: Sequence[int]) -> int:
    """Move papers to another collection of the same reader.

    Their notes and the times they were added move too. If a paper is in both, the target's note wins unless it is
    empty. Raises ValidationError as `save` does.
    """
    with transaction.atomic():
        target = _stored(target)
        moving = list(saved_in(source).filter(paper__in=paper_pks).select_related("paper"))
        if source.pk == target.pk:
            return 0
        save(target, [saved.paper for saved in moving])
        in_target = {saved.paper_id: saved for saved in saved_in(target).filter(paper__in=paper_pks)}
        for saved in moving:
            moved = in_target[saved.paper_id]
            moved.note, moved.added_at = moved.note or saved.note, min(moved.added_at, saved.added_at)
        Saved.objects.bulk_update(in_target.values(), ["note", "added_at"])
        return remove(source, [saved.paper_id for saved in moving])


def write_note(collection: Collection, paper: Paper, note: str) -> Saved:
    """Set the note on a paper of the collection.

    Raises Saved.DoesNotExist if the paper is not in it.
    """
    saved = saved_in(collection).select_related("paper").get(paper=paper)
    saved.note = clean_note(note)
    saved.save(update_fields=["note"])
    return saved


def set_collections(reader: User, paper: Paper, chosen: Sequence[Collection]) -> None:
    """Save the paper in exactly these of the reader's collections."""
    ids = {collection.public_id for collection in chosen}
    with transaction.atomic():
        saved = Saved.objects.filter(collection__reader=reader, paper=paper)
        saved.exclude(collection__public_id__in=ids).delete()
        for collection in chosen:
            save(collection, [paper])


def saved_pks(reader: User | None, paper_pks: Sequence[int]) -> set[int]:
    """Which of these papers are in the reader's reading list; one query."""
    if reader is None or not paper_pks:
        return set()
    listed = Saved.objects.filter(collection__reader=reader, collection__public_id=Collection.READING_LIST)
    return set(listed.filter(paper__in=paper_pks).values_list("paper", flat=True))


def clean_note(text: str) -> str:
    """The note without surrounding white space.

    Raises ValidationError if it is too long or not plain text.
    """
    note = text.replace("\r\n", "\n").strip()
    if "\x00" in note:
        raise ValidationError({"note": "this contains null characters; type it as plain text"})
    if len(note) > NOTE_LENGTH:
        raise ValidationError({"note": f"a note has at most {NOTE_LENGTH:,} characters; this one has {len(note):,}"})
    return note


def _free_name(reader: User, text: str, own_pk: int | None) -> str:
    """The name as it is stored.

    Raises ValidationError if it is invalid or another collection's.
    """
    with errors_of_field("name"):
        name = one_line(text)
        if not 1 <= len(name) <= NAME_LENGTH:
            raise ValidationError(f"a name has 1 to {NAME_LENGTH} characters; this one has {len(name)}")
        names = {other.casefold() for pk, other in reader.collections.values_list("pk", "name") if pk != own_pk}
        if name.casefold() in names | {READING_LIST_NAME.casefold()}:
            raise ValidationError(f"you have a collection called “{name}” already; choose another name")
    return name


def _stored(collection: Collection) -> Collection:
    """The collection's row, created for a reading list without one.

    Locks the reader's row.
    """
    _lock(collection.reader)
    if collection.pk:
        return collection
    return Collection.objects.get_or_create(
        reader=collection.reader, public_id=collection.public_id, defaults={"name": collection.name}
    )[0]


def _lock(reader: User) -> None:
    """Make other requests of this reader wait until the transaction ends."""
    User.objects.select_for_update().get(pk=reader.pk)
