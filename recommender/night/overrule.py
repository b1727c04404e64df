"""An operator's word against the judge's: a model is promoted or refused by hand, and the reason goes on record.

Pages may call this: it needs nothing of what only training needs.
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
    """The model cannot be promoted or refused by hand; the message says why and what to do instead."""


def overrule(version: str, because: str) -> TrainedModel:
    """Promote a model that the judge refused or has not seen; the reason goes on record before the judge's own.

    Raises Unfit for a model that there is not, that serves or served already, or that no reason can make sound.
    """
    row = _found(version)
    if row.state == ModelState.PROMOTED:
        raise OverruleError(f"{version} was promoted already")
    _check_files(row)
    return _record(row, ModelState.PROMOTED, because)


def refuse(version: str, because: str) -> TrainedModel:
    """Take a model out of service, or out of the judge's hands; the one promoted before it serves from now on.

    Raises Unfit for a model that there is not, or that is refused already.
    """
    row = _found(version)
    if row.state == ModelState.REFUSED:
        raise OverruleError(f"{version} was refused already")
    return _record(row, ModelState.REFUSED, because)


def read_model(row: TrainedModel) -> Model:
    """The model, brought to this machine if another one trained it; raises DamagedModel."""
    archives.ensure_local(row.version, row.archive_digest)
    return load(folder_of(row.version))


def time_of_promotion() -> datetime:
    """Now, and later than every promotion before it, also when the clock was put back meanwhile."""
    newest = TrainedModel.objects.aggregate(newest=Max("promoted_at"))["newest"]
    return timezone.now() if newest is None else max(timezone.now(), newest + timedelta(microseconds=1))


def _found(version: str) -> TrainedModel:
    row = TrainedModel.objects.filter(version=version).first()
    if row is None:
        raise OverruleError(f"there is no model {version!r}; the page of models lists them")
    return row


def _record(row: TrainedModel, state: ModelState, because: str) -> TrainedModel:
    """Write state and reason, unless somebody else has changed the state meanwhile."""
    with transaction.atomic():
        now = TrainedModel.objects.select_for_update().get(pk=row.pk)
        if now.state != row.state:
            raise OverruleError(f"{row.version} is {now.get_state_display()} meanwhile; look again")
        now.state = state
        now.promoted_at = time_of_promotion() if state == ModelState.PROMOTED else None
        judged = now.verdict or "not asked"
        now.verdict = f"{state.value} by hand: {because.rstrip('.')}. The judge: {judged}"
        now.metrics |= {"by_hand": because}
        now.save(update_fields=["state", "promoted_at", "verdict", "metrics"])
    return now


def _check_files(row: TrainedModel) -> None:
    try:
        is_sound = read_model(row).is_finite()
    except DamagedModel as error:
        raise OverruleError(f"the files of {error}; {TRAIN_ANEW}") from error
    if not is_sound:
        raise OverruleError(f"{row.version} holds numbers that are not finite; {TRAIN_ANEW}")
