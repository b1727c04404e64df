"""Whose votes count for others: what bounds a ring of accounts made to push papers or to bury them.

A reader's votes always count in full, and at once, for their own ranking. For others (the popular order, trending, what
a model learns) a person counts once they are *settled*: active, with a verified address, a member for `AGE`, with votes
on `PAPERS` papers, the first and the newest of them `APART`. The first `FOUNDERS` persons of a site who voted count
without that (not for trending), so that a small or new site has an order and a model; until there are so many,
everybody counts. Simulated readers, whom only operators make, count for the model, and for the order until then. Of
readers whose votes are nearly alike (`ALIKE` of all that two of them voted on), the one who joined first counts.

So on a site that had `FOUNDERS` voters by its last night, any number of new accounts moves an uninvolved reader's
ranking, the popular order, trending and the next model by nothing, before the night and after it; and any number of
settled accounts that vote alike moves them as far as one reader does. How many settled accounts that each vote
differently there are is bounded by sign-ups alone (`PAPERBOY_SIGN_UPS_PER_DAY`).
"""

from datetime import datetime, timedelta

import numpy as np
from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User

from .engine.copies import repeats
from .engine.data import IdArray
from .models import FOUNDERS, Standing

AGE = timedelta(days=7)
PAPERS = 5
APART = timedelta(days=1)
ALIKE = 0.8


def update_standing(votes: np.ndarray, now: datetime) -> None:
    """Write down who counts from now on.

    votes  every vote there is, structured, with `reader` and `paper` (primary keys), `value` and `time` (since 1970)
    """
    persons = _persons(votes["reader"])
    founders, settled = persons[:FOUNDERS].tolist(), _settled(votes, now)
    same = _alike(votes, persons)
    known = [pk for pk in persons.tolist() if pk in settled or pk in founders]
    _write({pk: (pk not in same, pk in settled) for pk in known})


def is_in_force() -> bool:
    """Whether the site has so many voters that not everybody counts."""
    return bool(Standing.objects.order_by()[FOUNDERS - 1 : FOUNDERS].exists())


def count_for_models(readers: IdArray) -> np.ndarray:
    """Which of these readers, by primary key, a model learns from, as bool."""
    if not is_in_force():
        return np.ones(len(readers), dtype=np.bool_)
    counted = Standing.objects.filter(counts=True).values_list("reader", flat=True)
    simulated = User.objects.filter(is_simulated=True).values_list("pk", flat=True)
    return np.isin(readers, np.array([*counted, *simulated], dtype=np.int64))


def counts_for_popularity(reader: User) -> bool:
    """Whether the reader's votes are part of the popular order."""
    return not is_in_force() or Standing.objects.filter(reader=reader, counts=True).exists()


def _people() -> "QuerySet[User]":
    return User.objects.filter(is_active=True, is_simulated=False)


def _persons(readers: IdArray) -> IdArray:
    """Those who have voted, whoever joined first first."""
    voters = set(np.unique(readers).tolist())
    joined = _people().order_by("joined_at", "pk").values_list("pk", flat=True)
    return np.array([pk for pk in joined.iterator() if pk in voters], dtype=np.int64)


def _settled(votes: np.ndarray, now: datetime) -> set[int]:
    of_age = _people().filter(joined_at__lte=now - AGE)
    verified = of_age.filter(pk__in=EmailAddress.objects.filter(verified=True).values("user"))
    pks, rows, papers = np.unique(votes["reader"], return_inverse=True, return_counts=True)
    first, newest = np.full(len(pks), np.inf), np.full(len(pks), -np.inf)
    np.minimum.at(first, rows, votes["time"])
    np.maximum.at(newest, rows, votes["time"])
    is_busy = (papers >= PAPERS) & (newest - first >= APART.total_seconds())
    return set(pks[is_busy].tolist()) & set(verified.values_list("pk", flat=True))


def _alike(votes: np.ndarray, persons: IdArray) -> set[int]:
    """Those with `PAPERS` votes or more who vote as somebody does who joined before them."""
    if not len(persons):
        return set()
    order = np.argsort(persons)
    places = np.minimum(np.searchsorted(persons[order], votes["reader"]), len(persons) - 1)
    owners = order[places]
    busy = np.bincount(owners, persons[owners] == votes["reader"], minlength=len(persons)) >= PAPERS
    kept = (persons[owners] == votes["reader"]) & busy[owners]
    said = 2 * votes["paper"][kept] + (votes["value"][kept] > 0)
    return set(persons[repeats(owners[kept], said, len(persons), ALIKE)].tolist())


def _write(wanted: dict[int, tuple[bool, bool]]) -> None:
    """Have exactly these rows; only what differs is written, and who has left meanwhile is passed over."""
    there = {row.pk: row for row in Standing.objects.all().iterator()}
    new = {pk: Standing(reader_id=pk, counts=c, is_settled=s) for pk, (c, s) in wanted.items() if pk not in there}
    changed = [row for pk, row in there.items() if pk in wanted and (row.counts, row.is_settled) != wanted[pk]]
    for row in changed:
        row.counts, row.is_settled = wanted[row.pk]
    gone = [pk for pk in there if pk not in wanted]
    with transaction.atomic():
        for start in range(0, len(gone), 500):
            Standing.objects.filter(pk__in=gone[start : start + 500]).delete()
        Standing.objects.bulk_update(changed, ["counts", "is_settled"], batch_size=500)
        for start in range(0, len(new), 500):
            part = list(new)[start : start + 500]
            stayed = User.objects.filter(pk__in=part).values_list("pk", flat=True)
            Standing.objects.bulk_create(new[pk] for pk in stayed)
