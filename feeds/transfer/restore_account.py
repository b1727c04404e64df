"""A reader's own file brought back: settings, interests, mutes, votes with history, collections with notes.

What is there already stays; what cannot be restored is told, item by item.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Interest, InterestKind, Mute, MuteKind, User
from feeds.http.batch import ItemRefused, fields_of, moment_of, paper_id_of, papers_by_id, parts
from feeds.serializers.account import MeSerializer
from recommender import interests, mutes
from recommender.collections import clean_note, collections_of, create, reading_list, save, saved_in
from recommender.models import Collection, Paper, Saved, VoteEvent
from recommender.textfiles import WrongFile
from recommender.votes import VoteOutcome, VoteRequest, cast_many

from .export_account import RESTORED, SETTINGS, VERSION

AT_ONCE = 1000  # votes that are cast together


@dataclass
class Told:
    """What became of one kind of thing: how many are restored, how many were there, and each that is neither."""

    what: str
    restored: int = 0
    there: int = 0
    unknown: list[str] = field(default_factory=list)  # papers that are not in the catalogue
    unreadable: list[dict[str, Any]] = field(default_factory=list)  # place in the list, from 0, and reason

    def refuse(self, item: int, error: ItemRefused | ValidationError) -> None:
        self.unreadable.append({"item": item, "reason": "; ".join(_words(error))[:300]})


@dataclass(frozen=True)
class RestoreReport:
    """What was restored of a file, and how much of it cannot be: it is about the site that it comes from."""

    sections: list[Told]
    left_out: dict[str, int]


class _Unknown(Exception):
    """The catalogue has no such paper."""


def parsed(text: str) -> dict[str, Any]:
    """The file's content; raises WrongFile for anything else."""
    try:
        found = orjson.loads(text.removeprefix("\ufeff").encode("utf-8", "surrogateescape"))
    except orjson.JSONDecodeError as error:
        raise WrongFile(f"it is no JSON in UTF-8: {error}") from None
    version = found.get("paperboy_profile") if isinstance(found, dict) else None
    if type(version) is not int or version != VERSION:
        raise WrongFile(f'it is no profile of version {VERSION}, which begins with {{"paperboy_profile": {VERSION}')
    if wrong := [name for name in RESTORED if not isinstance(found.get(name, []), list)]:
        raise WrongFile(f"{wrong[0]} is no list")
    return dict(found)


def restore(reader: User, profile: dict[str, Any], now: datetime, *, dry_run: bool) -> RestoreReport:
    """Restore what `parsed` gave; a dry run does all of it and takes it back, so that it says exactly what would be."""
    with transaction.atomic():
        reader = User.objects.select_for_update().get(pk=reader.pk)
        papers = papers_by_id(_paper_ids(profile))
        job = _Restoring(reader, papers, now)
        told = [job.settings(profile.get("settings", {}))]
        told += [getattr(job, name)(profile.get(name, [])) for name in RESTORED]
        reader.touch_taste()
        transaction.set_rollback(dry_run)
    others = {name: rows for name, rows in profile.items() if name not in RESTORED and isinstance(rows, list)}
    return RestoreReport(told, {name: len(rows) for name, rows in others.items()})


def _paper_ids(profile: dict[str, Any]) -> Iterator[str]:
    """Every id of a paper that the file names where it can be restored."""
    collections = [one.get("papers", []) for one in profile.get("collections", []) if isinstance(one, dict)]
    saved = [row for rows in collections if isinstance(rows, list) for row in rows]
    for row in [*profile.get("votes", []), *profile.get("vote_history", []), *saved]:
        if isinstance(row, dict) and isinstance(row.get("paper_id"), str) and len(row["paper_id"]) <= 64:
            yield row["paper_id"].replace("\x00", "")
    for row in profile.get("interests", []):
        if isinstance(row, dict) and row.get("kind") == InterestKind.PAPER and isinstance(row.get("text"), str):
            yield row["text"][:64].replace("\x00", "")


@dataclass(frozen=True)
class _Restoring:
    """One reader's restoration under way; `papers` are those of the file that are here, by id."""

    reader: User
    papers: dict[str, Paper]
    now: datetime

    def settings(self, said: Any) -> Told:
        told = Told("settings")
        wanted = {name: said[name] for name in SETTINGS if name in said} if isinstance(said, dict) else {}
        changed = {name: value for name, value in wanted.items() if getattr(self.reader, name) != value}
        form = MeSerializer(self.reader, data=changed, partial=True)
        if form.is_valid():
            form.save()
            told.restored, told.there = len(changed), len(wanted) - len(changed)
        else:
            told.unreadable = [{"item": 0, "reason": f"{name}: {why[0]}"[:300]} for name, why in form.errors.items()]
        return told

    def interests(self, rows: Sequence[Any]) -> Told:
        there = {(kind, text.casefold()) for kind, text in self.reader.interests.values_list("kind", "text")}
        return self._said("interests", rows, InterestKind.values, there, interests.add)

    def mutes(self, rows: Sequence[Any]) -> Told:
        there = {(kind, text.casefold()) for kind, text in self.reader.mutes.values_list("kind", "text")}
        return self._said("mutes", rows, MuteKind.values, there, mutes.add)

    def votes(self, rows: Sequence[Any]) -> Told:
        """The oldest first, as they were cast."""
        told = Told("votes")
        wishes = {wish.paper.pk: wish for wish in reversed(list(self._read(told, rows, self._wish)))}
        for some in parts(wishes.values(), AT_ONCE):
            for outcome in cast_many(self.reader, some):
                if isinstance(outcome, VoteOutcome) and outcome.value != outcome.previous:
                    told.restored += 1
                else:
                    told.there += 1
        return told

    def vote_history(self, rows: Sequence[Any]) -> Told:
        """Beside what casting the votes has noted, which of each vote knows not what was before."""
        told = Told("vote_history")
        known = {(event.paper_id, event.value, event.at): event for event in self.reader.vote_events.all()}
        new, before = [], []
        for event in self._read(told, rows, self._event):
            same = known.setdefault((event.paper_id, event.value, event.at), event)
            if same is event:
                new.append(event)
            elif same.pk and same.previous != event.previous:
                same.previous = event.previous
                before.append(same)
        VoteEvent.objects.bulk_create(new)
        VoteEvent.objects.bulk_update(before, ["previous"], batch_size=200)
        told.restored = len(new) + len(before)
        told.there = len(rows) - told.restored - len(told.unknown) - len(told.unreadable)
        return told

    def collections(self, rows: Sequence[Any]) -> Told:
        """Of one whose name is taken the papers go into the one that is there."""
        told = Told("collections")
        for place, row in enumerate(rows):
            try:
                self._collection(told, place, row)
            except (ItemRefused, ValidationError) as error:
                told.refuse(place, error)
        return told

    def _collection(self, told: Told, place: int, row: Any) -> None:
        said = fields_of(row, ("name", "papers"), ("id", "note", "is_shared", "created_at"))
        if not isinstance(said["name"], str) or not isinstance(said["papers"], list):
            raise ItemRefused(400, "a collection has a name and a list of papers")
        rows = list(self._read(told, said["papers"], self._saved, place))
        target = self._target(said)
        there = set(saved_in(target).values_list("paper", flat=True))
        new = {saved.paper_id: saved for saved in rows if saved.paper_id not in there}
        save(target, [saved.paper for saved in new.values()])
        for some in parts(new.values(), 200):
            self._date(target, {saved.paper_id: saved for saved in some})
        told.restored += len(new)
        told.there += len(rows) - len(new)

    def _target(self, said: dict[str, Any]) -> Collection:
        if said.get("id") == Collection.READING_LIST:
            return reading_list(self.reader)
        mine = {one.name.casefold(): one for one in collections_of(self.reader)}
        note = said.get("note", "")
        return mine.get(said["name"].strip().casefold()) or create(
            self.reader, said["name"], note if isinstance(note, str) else ""
        )

    def _date(self, target: Collection, wanted: dict[int, Saved]) -> None:
        """Notes and times as the file has them."""
        rows = list(Saved.objects.filter(collection__reader=self.reader, paper__in=wanted).filter(
            collection__public_id=target.public_id
        ))  # fmt: skip
        for row in rows:
            row.note, row.added_at = wanted[row.paper_id].note, wanted[row.paper_id].added_at
        Saved.objects.bulk_update(rows, ["note", "added_at"])

    def _said(
        self,
        what: str,
        rows: Sequence[Any],
        kinds: Sequence[str],
        there: set[tuple[str, str]],
        add: Callable[[User, str, str], Interest | Mute],
    ) -> Told:
        """Interests or mutes, each of which is checked as if it were said anew."""
        told = Told(what)
        for place, row in enumerate(rows):
            try:
                said = self._stated(row, kinds)
                if (said["kind"], said["text"].casefold()) in there:
                    told.there += 1
                    continue
                made = add(self.reader, said["kind"], said["text"])
                type(made)._default_manager.filter(pk=made.pk).update(created_at=said["created_at"])
                told.restored += 1
            except _Unknown as error:
                told.unknown.append(str(error))
            except (ItemRefused, ValidationError) as error:
                told.refuse(place, error)
        return told

    def _stated(self, row: Any, kinds: Sequence[str]) -> dict[str, Any]:
        said = fields_of(row, ("kind", "text"), ("created_at",))
        if said["kind"] not in kinds or not isinstance(said["text"], str) or len(said["text"]) > 200:
            raise ItemRefused(400, f"a kind is one of {', '.join(kinds)}, a text has at most 200 characters")
        if said["kind"] == InterestKind.PAPER and said["text"] not in self.papers:
            raise _Unknown(said["text"])
        return said | {"created_at": moment_of("created_at", said.get("created_at"), self.now) or self.now}

    def _read(
        self, told: Told, rows: Iterable[Any], read: Callable[[Any], Any], place: int | None = None
    ) -> Iterator[Any]:
        """What each row says; those that say nothing are told, under their own place or that of what has them."""
        for at, row in enumerate(rows):
            try:
                yield read(row)
            except _Unknown as error:
                told.unknown.append(str(error))
            except (ItemRefused, ValidationError) as error:
                told.refuse(at if place is None else place, error)

    def _paper(self, said: dict[str, Any]) -> Paper:
        public_id = paper_id_of(said["paper_id"])
        if public_id not in self.papers:
            raise _Unknown(public_id)
        return self.papers[public_id]

    def _wish(self, row: Any) -> VoteRequest:
        said = fields_of(row, ("paper_id", "value", "voted_at"), ("title",))
        if type(said["value"]) is not int or said["value"] not in (1, -1):
            raise ItemRefused(400, "value: a vote is the number 1 (up) or -1 (down)")
        return VoteRequest(self._paper(said), said["value"], moment_of("voted_at", said["voted_at"], self.now))

    def _event(self, row: Any) -> VoteEvent:
        said = fields_of(row, ("paper_id", "value", "previous", "at"))
        if any(type(said[name]) is not int or said[name] not in (1, 0, -1) for name in ("value", "previous")):
            raise ItemRefused(400, "value and previous are 1, -1 or 0")
        at = moment_of("at", said["at"], self.now) or self.now
        return VoteEvent(
            reader=self.reader, paper=self._paper(said), value=said["value"], previous=said["previous"], at=at
        )

    def _saved(self, row: Any) -> Saved:
        said = fields_of(row, ("paper_id",), ("title", "note", "added_at"))
        note = said.get("note", "")
        if not isinstance(note, str):
            raise ItemRefused(400, "a note is a text")
        added_at = moment_of("added_at", said.get("added_at"), self.now) or self.now
        return Saved(paper=self._paper(said), note=clean_note(note), added_at=added_at)


def _words(error: ItemRefused | ValidationError) -> list[str]:
    return error.messages if isinstance(error, ValidationError) else [str(error)]
