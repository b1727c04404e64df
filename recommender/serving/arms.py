"""Which model ranks for a reader.

The serving model, or the challenger of a running experiment.
"""

from dataclasses import replace

from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from recommender.models import Experiment, TrainedModel

from . import model_cache
from .model_cache import Served, Unavailable

SALT = "recommender.serving.arms"
Arm = Experiment.Arm


def running_experiment() -> Experiment | None:
    """The running experiment with its challenger; one query."""
    return Experiment.objects.filter(is_running=True).select_related("challenger").first()


def arm_of(experiment: Experiment, reader: User) -> Arm | None:
    """The reader's arm, fixed for the experiment.

    It is drawn by a keyed hash. Returns None for readers who take no part.
    """
    if not reader.gives_evidence:
        return None
    drawn = salted_hmac(SALT, f"{experiment.public_id}|{reader.pk}", algorithm="sha256").digest()[:8]
    return Arm.CHALLENGER if int.from_bytes(drawn) < experiment.share * 2**64 else Arm.SERVING


def served_to(reader: User) -> Served | Unavailable:
    """The model that ranks for this reader now.

    While the challenger is being downloaded, the serving model ranks instead, in no arm. If the challenger's files are
    lost, the experiment ends.
    """
    served, experiment = model_cache.current(), running_experiment()
    arm = arm_of(experiment, reader) if experiment else None
    if experiment is None or arm is None or isinstance(served, Unavailable):
        return served
    if arm == Arm.SERVING or served.row == experiment.challenger:
        return _in_arm(served, experiment, arm)
    row = experiment.challenger
    model = model_cache.get_model(row.version, row.archive_digest, is_challenger=True)
    if model is not None:
        return _in_arm(Served(row, model), experiment, arm)
    if model_cache.is_lost(row.version):
        end_experiment(experiment, f"The files of {row.version} are lost or damaged.")
    return served


def served_by_night(served: Served, experiment: Experiment | None, reader: User) -> Served | None:
    """The serving model in the reader's arm.

    Returns None for the challenger's readers, who are ranked when they come.
    """
    arm = arm_of(experiment, reader) if experiment else None
    if experiment is None or arm is None:
        return served
    return _in_arm(served, experiment, arm) if arm == Arm.SERVING else None


def state_of(reader: User) -> str | None:
    """Identify the model that ranks for the reader; None before any model was promoted.

    Takes two queries and reads no model.
    """
    newest = TrainedModel.objects.serving_order().values_list("version", flat=True).first()
    if newest is None:
        return None
    experiment = running_experiment()
    arm = arm_of(experiment, reader) if experiment else None
    return f"{newest}|{experiment.public_id}|{arm}" if experiment and arm else newest


def end_experiment(experiment: Experiment, because: str) -> bool:
    """End the experiment; False if it has ended already."""
    still = Experiment.objects.filter(pk=experiment.pk, is_running=True)
    return bool(still.update(is_running=False, ended_at=timezone.now(), ended_because=because[:300]))


def _in_arm(served: Served, experiment: Experiment, arm: Arm) -> Served:
    """Mark the model with the arm if it is the arm's own.

    A model that stands in for it is not marked.
    """
    is_challenger = served.row == experiment.challenger
    return served if is_challenger != (arm == Arm.CHALLENGER) else replace(served, experiment=experiment, arm=arm)
