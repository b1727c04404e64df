"""The night's learning: train, judge, promote or refuse; each is told its day and its claim in the ledger."""

import logging
import secrets
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from . import judging
from .dataset import Dataset, collect
from .engine.data import Settings
from .engine.fitting import fit
from .engine.model import Model
from .engine.storage import DamagedModel, load, save
from .ledger import Claim
from .models import TrainedModel
from .serving import FALLBACKS, Served, current, folder_of

log = logging.getLogger(__name__)
Say = Callable[[str], None]


class Unfit(Exception):
    """The model cannot be promoted by hand; the message says why and what to do instead."""


def train(claim: Claim, say: Say) -> dict[str, Any]:
    """Train on every vote there is and leave a candidate for the judge; without an up-vote the step waits for one."""
    data = collect()
    if not len(data.votes.values[data.votes.values > 0]):
        claim.put_off("nobody has voted up yet")
        return {"model": None, "reason": "nobody has voted up yet"}
    say(f"training on {len(data.votes):,} votes of {len(data.reader_ids):,} readers, {len(data.texts):,} papers")
    stages = Stages(say)
    model = fit(data.texts, data.paper_ids, data.votes, Settings(), progress=stages.ended)
    version = f"{timezone.now():%Y-%m-%dT%H%MZ}-{secrets.token_hex(2)}"
    save(model, folder_of(version))
    stages.ended("saving")
    with transaction.atomic():
        row = _candidate(claim.day, version, data, model, stages.seconds)
        return _finish(claim, {"model": row.version, "votes": row.votes_seen, "seconds": stages.seconds})


def judge(claim: Claim, say: Say) -> dict[str, Any]:
    """Hold the day's candidate against a time split and the baselines, and write down figures and verdict."""
    row = _waiting(claim.day)
    if row is None:
        return _finish(claim, {"model": None, "reason": "no candidate to judge"})
    try:
        model = load(folder_of(row.version))
    except DamagedModel as error:
        verdict = judging.Verdict(False, f"its files are damaged: {error}", {})
    else:
        serving = current()
        verdict = judging.judge(model, collect(), serving=serving if isinstance(serving, Served) else None, say=say)
    row.metrics = verdict.figures | {"passed": verdict.passed}
    row.verdict = verdict.reason
    with transaction.atomic():
        row.save(update_fields=["metrics", "verdict"])
        return _finish(claim, {"model": row.version, "passed": verdict.passed, "reason": verdict.reason})


def promote(claim: Claim, say: Say) -> dict[str, Any]:
    """Act on the verdict: the candidate serves from now on, or is refused and its files go."""
    row = _waiting(claim.day)
    if row is None:
        return _finish(claim, {"model": None, "reason": "no candidate to promote"})
    passed = bool(row.metrics.get("passed"))
    row.state = TrainedModel.State.PROMOTED if passed else TrainedModel.State.REFUSED
    row.promoted_at = timezone.now() if passed else None
    say(f"{row.version} {row.get_state_display()}: {row.verdict}")
    if not passed:
        say(f"to overrule the judge: manage.py promote {row.version} --because TEXT")
    with transaction.atomic():
        row.save(update_fields=["state", "promoted_at"])
        _pass_over(row)
        summary = _finish(claim, {"model": row.version, "state": str(row.state), "reason": row.verdict})
    remove_old_files()
    return summary


def overrule(version: str, because: str) -> TrainedModel:
    """Promote a model that the judge refused or has not seen; the reason goes on record before the judge's own.

    Raises Unfit for a model that there is not, that serves or served already, or that no reason can make sound.
    """
    row = TrainedModel.objects.filter(version=version).first()
    if row is None:
        raise Unfit(f"there is no model {version!r}; the page of models lists them")
    if row.state == TrainedModel.State.PROMOTED:
        raise Unfit(f"{version} was promoted already")
    _check_files(version)
    row.state, row.promoted_at = TrainedModel.State.PROMOTED, timezone.now()
    row.verdict = f"promoted by hand: {because.rstrip('.')}. The judge: {row.verdict or 'not asked'}"
    row.metrics |= {"by_hand": because}
    row.save(update_fields=["state", "promoted_at", "verdict", "metrics"])
    return row


def remove_old_files() -> None:
    """Keep the files of candidates, of the last promoted models and of the newest one, which an operator may yet want.

    Everything else under the folder goes.
    """
    kept = set(TrainedModel.objects.serving_order().values_list("version", flat=True)[:FALLBACKS])
    kept |= set(TrainedModel.objects.filter(state=TrainedModel.State.CANDIDATE).values_list("version", flat=True))
    kept |= set(TrainedModel.objects.values_list("version", flat=True)[:1])
    for folder in settings.MODEL_DIR.glob("*"):
        if folder.name not in kept and not _is_young(folder):
            shutil.rmtree(folder, ignore_errors=True)


class Stages:
    """Wall time of each stage, told as it ends."""

    def __init__(self, say: Say) -> None:
        self.seconds: dict[str, float] = {}
        self._say = say
        self._last = time.perf_counter()

    def ended(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 2)
        self._last = now
        self._say(f"{stage}: {self.seconds[stage]} s")


def _candidate(day: date, version: str, data: Dataset, model: Model, seconds: dict[str, float]) -> TrainedModel:
    return TrainedModel.objects.create(
        version=version,
        day=day,
        votes_until=data.votes_until,
        votes_seen=len(data.votes),
        readers_seen=len(data.reader_ids),
        papers_seen=len(data.paper_ids),
        parameters=model.settings.as_dict() | {"terms": len(model.vocabulary.terms)},
        seconds=seconds,
    )


def _waiting(day: date) -> TrainedModel | None:
    return TrainedModel.objects.filter(day=day, state=TrainedModel.State.CANDIDATE).order_by("-trained_at").first()


def _check_files(version: str) -> None:
    try:
        is_sound = load(folder_of(version)).is_finite()
    except DamagedModel as error:
        raise Unfit(f"the files of {error}; train a new model: manage.py night --step train --again") from error
    if not is_sound:
        raise Unfit(
            f"{version} holds numbers that are not finite; train a new model: manage.py night --step train --again"
        )


def _pass_over(newer: TrainedModel) -> None:
    """Candidates from before this model, whose nights ended early, wait for nothing any more."""
    older = TrainedModel.objects.filter(state=TrainedModel.State.CANDIDATE, trained_at__lt=newer.trained_at)
    older.update(state=TrainedModel.State.REFUSED, verdict="never acted on: a newer model was trained meanwhile")


def _is_young(folder: Path) -> bool:
    """Folders being written by a run that has no row yet are not old files; one that has just gone needs no removal."""
    try:
        return time.time() - folder.stat().st_mtime < 3600
    except FileNotFoundError:
        return True


def _finish(claim: Claim, summary: dict[str, Any]) -> dict[str, Any]:
    claim.finish(summary)
    return summary
