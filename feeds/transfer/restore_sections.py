"""Restore the sections of an exported profile, with one function for each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import Interest, InterestKind, Mute, MuteKind, User
from feeds.http.batch import ItemRefused, chunked, moment_of, parse_fields, parse_paper_id
from feeds.serializers.account import MeSerializer
from recommender import interests, mutes
from recommender.collections import clean_note, collections_of, create, reading_list, save, saved_in
from recommender.models import Collection, Paper, Saved, VoteEvent
from recommender.votes import VoteOutcome, VoteRequest, cast_many

from .export_account import SETTINGS

AT_ONCE = 1000  # votes that are cast together


class UnknownPaper(Exception):
    """The catalogue does not have the paper with this id."""


@dataclass
class RestoredSection:
    """The result of restoring one section.

    How many rows were restored, how many existed already, and the rows that failed.
    """

    what: str
    restored: int = 0
    there: int = 0
    unknown: list[str] = field(default_factory=list)  # ids of papers that the catalogue does not have
    unreadable: list[dict[str, Any]] = field(default_factory=list)  # index in the list, from 0, and reason

    @contextmanager
    def row(self, item: int) -> Iterator[None]:
        """Record a row that cannot be restored, so that the next one can be."""
        try:
            yield
        except UnknownPaper as error:
            self.unknown.append(str(error))
        except (ItemRefused, ValidationError) as error:
            reasons = error.messages if isinstance(error, ValidationError) else [str(error)]
            self.unreadable.append({"item": item, "reason": "; ".join(reasons)[:300]})


@dataclass(frozen=True)
class Restoration:
    """Who restores a profile and when.

    `papers` are the papers of the file that the catalogue has, by public id.
    """

    reader: User
    papers: dict[str, Paper]
    now: datetime

    def paper(self, value: Any) -> Paper:
        """The paper with this id.

        Raises UnknownPaper, or ItemRefused for a value that is not an id.
        """
        paper_id = parse_paper_id(value)
        if paper_id not in self.papers:
            raise UnknownPaper(paper_id)
        return self.papers[paper_id]


def restore_settings(reader: User, settings: Any) -> RestoredSection:
    """Restore all settings, or none if one of them is invalid."""
    section = RestoredSection("settings")
    if not isinstance(settings, dict):
        section.unreadable = [{"item": 0, "reason": "settings must be an object"}]
        return section
    values = {name: settings[name] for name in SETTINGS if name in settings}
    changes = {name: value for name, value in values.items() if getattr(reader, name) != value}
    serializer = MeSerializer(reader, data=changes, partial=True)
    if serializer.is_valid():
        serializer.save()
        section.restored, section.there = len(changes), len(values) - len(changes)
    else:
        section.unreadable = [
            {"item": 0, "reason": f"{name}: {errors[0]}"[:300]} for name, errors in serializer.errors.items()
        ]
    return section


def restore_interests(restoration: Restoration, rows: Sequence[Any]) -> RestoredSection:
    existing = restoration.reader.interests
    return _restore_preferences(
        restoration, RestoredSection("interests"), rows, InterestKind.values, existing, interests.add
    )


def restore_mutes(restoration: Restoration, rows: Sequence[Any]) -> RestoredSection:
    existing = restoration.reader.mutes
    return _restore_preferences(restoration, RestoredSection("mutes"), rows, MuteKind.values, existing, mutes.add)


def _restore_preferences(
    restoration: Restoration,
    section: RestoredSection,
    rows: Sequence[Any],
    kinds: Sequence[str],
    existing: Any,
    add: Callable[[User, str, str], Interest | Mute],
) -> RestoredSection:
    """Add interests or mutes one by one, with the checks for new ones."""
    known = {(kind, text.casefold()) for kind, text in existing.values_list("kind", "text")}
    for item, row in enumerate(rows):
        with section.row(item):
            fields = parse_fields(row, ("kind", "text"), ("created_at",))
            kind, text = fields["kind"], fields["text"]
            if kind not in kinds or not isinstance(text, str) or len(text) > 200:
                raise ItemRefused(400, f"kind must be one of {', '.join(kinds)}, and text at most 200 characters long")
            if kind == InterestKind.PAPER and text not in restoration.papers:
                raise UnknownPaper(text)
            created_at = moment_of("created_at", fields.get("created_at"), restoration.now) or restoration.now
            if (kind, text.casefold()) in known:
                section.there += 1
                continue
            preference = add(restoration.reader, kind, text)
            existing.filter(pk=preference.pk).update(created_at=created_at)
            section.restored += 1
    return section


def restore_votes(restoration: Restoration, rows: Sequence[Any]) -> RestoredSection:
    """Cast the votes from the oldest to the newest.

    The file lists the newest first.
    """
    section = RestoredSection("votes")
    requests: list[VoteRequest] = []
    for item, row in enumerate(rows):
        with section.row(item):
            fields = parse_fields(row, ("paper_id", "value", "voted_at"), ("title",))
            if type(fields["value"]) is not int or fields["value"] not in (1, -1):
                raise ItemRefused(400, "value must be 1 (up) or -1 (down)")
            paper = restoration.paper(fields["paper_id"])
            voted_at = moment_of("voted_at", fields["voted_at"], restoration.now)
            requests.append(VoteRequest(paper, fields["value"], voted_at))
    one_per_paper = {request.paper.pk: request for request in reversed(requests)}
    for batch in chunked(one_per_paper.values(), AT_ONCE):
        for outcome in cast_many(restoration.reader, batch):
            if isinstance(outcome, VoteOutcome) and outcome.value != outcome.previous:
                section.restored += 1
            else:
                section.there += 1
    return section


def restore_vote_history(restoration: Restoration, rows: Sequence[Any]) -> RestoredSection:
    """Add the events of the history that are missing.

    `restore_votes` has recorded an event for each vote, but without the vote before it; the file knows that one.
    """
    section = RestoredSection("vote_history")
    known = {(event.paper_id, event.value, event.at): event for event in restoration.reader.vote_events.all()}
    new, corrected = [], []
    for item, row in enumerate(rows):
        with section.row(item):
            fields = parse_fields(row, ("paper_id", "value", "previous", "at"))
            value, previous = fields["value"], fields["previous"]
            if any(type(number) is not int or number not in (1, 0, -1) for number in (value, previous)):
                raise ItemRefused(400, "value and previous must be 1, -1 or 0")
            at = moment_of("at", fields["at"], restoration.now) or restoration.now
            paper = restoration.paper(fields["paper_id"])
            event = VoteEvent(reader=restoration.reader, paper=paper, value=value, previous=previous, at=at)
            same = known.setdefault((paper.pk, value, at), event)
            if same is event:
                new.append(event)
            elif same.pk and same.previous != previous:
                same.previous = previous
                corrected.append(same)
    VoteEvent.objects.bulk_create(new)
    VoteEvent.objects.bulk_update(corrected, ["previous"], batch_size=200)
    section.restored = len(new) + len(corrected)
    section.there = len(rows) - section.restored - len(section.unknown) - len(section.unreadable)
    return section


def restore_collections(restoration: Restoration, rows: Sequence[Any]) -> RestoredSection:
    """Restore collections with their papers.

    A collection whose name is taken is merged into the existing one.
    """
    section = RestoredSection("collections")
    for item, row in enumerate(rows):
        with section.row(item):
            fields = parse_fields(row, ("name", "papers"), ("id", "note", "is_shared", "created_at"))
            if not isinstance(fields["name"], str) or not isinstance(fields["papers"], list):
                raise ItemRefused(400, "a collection must have a name and a list of papers")
            saved = _saved_papers(restoration, section, item, fields["papers"])
            collection = _existing_or_new(restoration.reader, fields)
            there = set(saved_in(collection).values_list("paper", flat=True))
            new = {one.paper_id: one for one in saved if one.paper_id not in there}
            save(collection, [one.paper for one in new.values()])
            for paper_pks in chunked(new, 200):
                stored = Saved.objects.filter(
                    collection__reader=restoration.reader,
                    collection__public_id=collection.public_id,
                    paper__in=paper_pks,
                )
                for one in stored:
                    one.note, one.added_at = new[one.paper_id].note, new[one.paper_id].added_at
                Saved.objects.bulk_update(stored, ["note", "added_at"])
            section.restored += len(new)
            section.there += len(saved) - len(new)
    return section


def _saved_papers(restoration: Restoration, section: RestoredSection, item: int, rows: Sequence[Any]) -> list[Saved]:
    """The papers of a collection, not stored yet.

    `item` is the collection's index, under which errors are recorded.
    """
    saved = []
    for row in rows:
        with section.row(item):
            fields = parse_fields(row, ("paper_id",), ("title", "note", "added_at"))
            note = fields.get("note", "")
            if not isinstance(note, str):
                raise ItemRefused(400, "note must be text")
            added_at = moment_of("added_at", fields.get("added_at"), restoration.now) or restoration.now
            paper = restoration.paper(fields["paper_id"])
            saved.append(Saved(paper=paper, note=clean_note(note), added_at=added_at))
    return saved


def _existing_or_new(reader: User, fields: dict[str, Any]) -> Collection:
    """The collection to restore into.

    The reading list, the reader's collection of the same name in any case, or a new one.
    """
    if fields.get("id") == Collection.READING_LIST:
        return reading_list(reader)
    mine = {collection.name.casefold(): collection for collection in collections_of(reader)}
    note = fields["note"] if isinstance(fields.get("note"), str) else ""
    return mine.get(fields["name"].strip().casefold()) or create(reader, fields["name"], note)
