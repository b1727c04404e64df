"""Which votes count for other readers.

This protects against rings of accounts that push or bury papers. A reader's votes always count in full, and at once,
for their own ranking. For others (the popular order, trending, the model) a person counts once they are *settled*:
active, with a verified address, a member for `AGE`, with votes on `PAPERS` papers, the first and the newest of them
`APART`. The first `FOUNDERS` persons of a site who voted count without that (except for trending), so that a small or
new site has an order and a model; until there are that many, everybody counts. Simulated readers, whom only operators
create, count for the model, and until then for the order. Of readers whose votes are nearly alike (`ALIKE` of all that
two of them voted on), only the one who joined first counts.

So on a site that had `FOUNDERS` voters by its last night, any number of new accounts does not move other readers'
rankings, the popular order, trending or the next model, before the night and after it; and any number of settled
accounts that vote alike moves them as far as one reader does. The number of settled accounts that each vote differently
is bounded by sign-ups alone (`PAPERBOY_SIGN_UPS_PER_DAY`).
"""

from datetime import datetime, timedelta

import numpy as np
from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User

from .engine.copies import near_copies
from .engine.data import IdArray
from .models import FOUNDERS, Standing

AGE = timedelta(days=7)
PAPERS = 5
APART = timedelta(days=1)
ALIKE = 0.8


def update_standing(votes: np.ndarray, now: datetime) -> None:
    """Store who counts from now on.

    votes  all votes, structured, with `reader` and `paper` (primary keys), `value` and `time` (since 1970)
    """
    people = User.objects.filter(is_active=True, is_simulated=False)
    voters = set(np.unique(votes["reader"]).tolist())
    by_age = people.order_by("joined_at", "pk").values_list("pk", flat=True)
    persons = np.array([pk for pk in by_age.iterator() if pk in voters], dtype=np.int64)

    verified = EmailAddress.objects.filter(verified=True).values("user")
    of_age = people.filter(joined_at__lte=now - AGE, pk__in=verified).values_list("pk", flat=True)
    settled = _busy_readers(votes) & set(of_age)
    repeating = _repeating_readers(votes, persons)
    founders = persons[:FOUNDERS].tolist()
    _store({pk: (pk not in repeating, pk in settled) for pk in persons.tolist() if pk in settled or pk in founders})


def is_in_force() -> bool:
    """Whether the site has so many voters that not everybody counts."""
    return bool(Standing.objects.order_by()[FOUNDERS - 1 : FOUNDERS].exists())


def count_for_models(readers: IdArray) -> np.ndarray:
    """Which of these readers, by primary key, a model learns from, (n,) bool."""
    if not is_in_force():
        return np.ones(len(readers), dtype=np.bool_)
    counted = Standing.objects.filter(counts=True).values_list("reader", flat=True)
    simulated = User.objects.filter(is_simulated=True).values_list("pk", flat=True)
    return np.isin(readers, np.array([*counted, *simulated], dtype=np.int64))


def counts_for_popularity(reader: User) -> bool:
    """Whether the reader's votes are part of the popular order."""
    return not is_in_force() or Standing.objects.filter(reader=reader, counts=True).exists()


def _busy_readers(votes: np.ndarray) -> set[int]:
    """Readers with enough votes over enough time.

    On `PAPERS` papers or more, the first and the newest of them `APART`.
    """
    pks, rows, papers = np.unique(votes["reader"], return_inverse=True, return_counts=True)
    first, newest = np.full(len(pks), np.inf), np.full(len(pks), -np.inf)
    np.minimum.at(first, rows, votes["time"])
    np.maximum.at(newest, rows, votes["time"])
    is_busy = (papers >= PAPERS) & (newest - first >= APART.total_seconds())
    return set(pks[is_busy].tolist())


def _repeating_readers(votes: np.ndarray, persons: IdArray) -> set[int]:
    """Persons who vote like somebody before them in `persons`.

    They have `PAPERS` votes or more; those before them joined earlier.
    """
    if not len(persons):
        return set()
    order = np.argsort(persons)
    places = np.minimum(np.searchsorted(persons[order], votes["reader"]), len(persons) - 1)
    owners = order[places]
    is_person = persons[owners] == votes["reader"]
    busy = np.bincount(owners, is_person, minlength=len(persons)) >= PAPERS
    compared = is_person & busy[owners]
    signed_papers = 2 * votes["paper"][compared] + (votes["value"][compared] > 0)
    return set(persons[near_copies(owners[compared], signed_papers, len(persons), ALIKE)].tolist())


def _store(standing: dict[int, tuple[bool, bool]]) -> None:
    """Make these the only rows (counts, is_settled).

    Only differences are written, and no rows for readers deleted meanwhile.
    """
    before = {row.pk: row for row in Standing.objects.all().iterator()}
    new = [pk for pk in standing if pk not in before]
    changed = [row for pk, row in before.items() if pk in standing and (row.counts, row.is_settled) != standing[pk]]
    for row in changed:
        row.counts, row.is_settled = standing[row.pk]
    gone = [pk for pk in before if pk not in standing]
    with transaction.atomic():
        for start in range(0, len(gone), 500):
            Standing.objects.filter(pk__in=gone[start : start + 500]).delete()
        Standing.objects.bulk_update(changed, ["counts", "is_settled"], batch_size=500)
        for start in range(0, len(new), 500):
            existing = User.objects.filter(pk__in=new[start : start + 500]).values_list("pk", flat=True)
            Standing.objects.bulk_create(
                Standing(reader_id=pk, counts=standing[pk][0], is_settled=standing[pk][1]) for pk in existing
            )
