"""Overrule the judge, with the reason on record.

An operator promotes or refuses a model by hand. Pages may call this: it imports nothing that only training needs.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from recommender.engine.model import Model
from recommender.engine.storage import DamagedModel, load
from recommender.models import ModelState, TrainedModel
from recommender.serving import archives
from recommender.serving.archives import folder_of

TRAIN_ANEW = "train a new model: manage.py night --step train --again"


class OverruleError(Exception):
    """The model cannot be promoted or refused by hand.

    The message says why and what to do instead.
    """


def overrule(version: str, because: str) -> TrainedModel:
    """Promote a model that the judge refused or has not judged.

    The reason is recorded before the judge's. Raises OverruleError if there is no such model, if it was promoted
    already, or if its files are damaged.
    """
    row = _row(version)
    if row.state == ModelState.PROMOTED:
        raise OverruleError(f"{version} was promoted already")
    try:
        is_sound = read_model(row).is_finite()
    except DamagedModel as error:
        raise OverruleError(f"the files of {error}; {TRAIN_ANEW}") from error
    if not is_sound:
        raise OverruleError(f"{version} contains numbers that are not finite; {TRAIN_ANEW}")
    return _record(row, ModelState.PROMOTED, because)


def refuse(version: str, because: str) -> TrainedModel:
    """Refuse a candidate, or take a model out of service.

    The one promoted before it serves from now on. Raises OverruleError if there is no such model, or if it was refused
    already.
    """
    row = _row(version)
    if row.state == ModelState.REFUSED:
        raise OverruleError(f"{version} was refused already")
    return _record(row, ModelState.REFUSED, because)


def read_model(row: TrainedModel) -> Model:
    """Load the model, downloading it if another machine trained it; raises DamagedModel."""
    archives.ensure_local(row.version, row.archive_digest)
    return load(folder_of(row.version), is_shared=False)  # it is judged once


def time_of_promotion() -> datetime:
    """Now, but later than every earlier promotion even if the clock was put back."""
    newest = TrainedModel.objects.aggregate(newest=Max("promoted_at"))["newest"]
    return timezone.now() if newest is None else max(timezone.now(), newest + timedelta(microseconds=1))


def _row(version: str) -> TrainedModel:
    row = TrainedModel.objects.filter(version=version).first()
    if row is None:
        raise OverruleError(f"there is no model {version!r}; the page of models lists them")
    return row


def _record(row: TrainedModel, state: ModelState, because: str) -> TrainedModel:
    """Write state and reason, unless the state has changed meanwhile."""
    with transaction.atomic():
        locked = TrainedModel.objects.select_for_update().get(pk=row.pk)
        if locked.state != row.state:
            raise OverruleError(f"{row.version} has changed to {locked.get_state_display()}; reload and decide again")
        locked.state = state
        locked.promoted_at = time_of_promotion() if state == ModelState.PROMOTED else None
        judged = locked.verdict or "not asked"
        locked.verdict = f"{state.value} by hand: {because.rstrip('.')}. The judge: {judged}"
        locked.metrics |= {"by_hand": because}
        locked.save(update_fields=["state", "promoted_at", "verdict", "metrics"])
    return locked
