"""The night's learning: train, judge, promote or refuse; each is told its day and its claim in the ledger."""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from recommender import vote_rings
from recommender.dataset import Dataset, collect, read_votes
from recommender.engine.data import Settings
from recommender.engine.fit import fit
from recommender.engine.storage import DamagedModel, save
from recommender.models import ModelState, TrainedModel
from recommender.serving import archives
from recommender.serving.archives import folder_of
from recommender.serving.model_cache import Served, current, versions_on_this_machine, versions_to_keep

from . import judge as judging
from .judge import Verdict
from .ledger import Claim
from .overrule import read_model, time_of_promotion

log = logging.getLogger(__name__)
Say = Callable[[str], None]
HYBRID, CONTENT = "hybrid", "content"  # recipes, as the public record names them


def train(claim: Claim, say: Say) -> dict[str, Any]:
    """Train on every vote there is and leave a candidate for the judge; without an up-vote the step waits for one."""
    cast, until = read_votes()
    vote_rings.update_standing(cast, timezone.now())
    data = collect((cast, until))
    if not len(data.votes.values[data.votes.values > 0]):
        claim.put_off("nobody has voted up yet")
        return {"model": None, "reason": "nobody has voted up yet"}
    say(f"training on {len(data.votes):,} votes of {len(data.reader_ids):,} readers, {len(data.texts):,} papers")
    candidate = _train(claim.day, data, Settings(), say)
    with transaction.atomic():
        candidate.save()
        return _finish(claim, {"model": candidate.version, "votes": candidate.votes_seen, "seconds": candidate.seconds})


def judge(claim: Claim, say: Say) -> dict[str, Any]:
    """Hold the day's candidate against a time split and the baselines, and write down figures and verdict.

    Where the hybrid fails, or content alone scores higher, a content model is trained on everything, judged and left
    as the candidate in its place, if it passes.
    """
    row = _waiting(claim.day)
    if row is None:
        return _finish(claim, {"model": None, "reason": "no candidate to judge"})
    serving = current(wait=True)
    trials = judging.Trials(collect(), serving if isinstance(serving, Served) else None)
    verdict = _judge(row, trials, say)
    content = _content_in_place_of(row, verdict, trials, say)
    newest = content or row
    with transaction.atomic():
        row.save(update_fields=["metrics", "verdict"])
        if content:
            TrainedModel.objects.filter(pk=row.pk, state=row.state).update(state=ModelState.REFUSED)
            content.save()
        summary = {"model": newest.version, "recipe": newest.parameters.get("recipe", HYBRID)}
        return _finish(claim, summary | {"passed": newest.metrics["passed"], "reason": newest.verdict})


def promote(claim: Claim, say: Say) -> dict[str, Any]:
    """Act on the verdict: the candidate serves from now on, or is refused and its files go."""
    row = _waiting(claim.day)
    if row is None:
        return _finish(claim, {"model": None, "reason": "no candidate to promote"})
    passed = bool(row.metrics.get("passed"))
    row.state = ModelState.PROMOTED if passed else ModelState.REFUSED
    row.promoted_at = time_of_promotion() if passed else None
    say(f"{row.version} {row.get_state_display()}: {row.verdict}")
    if not passed:
        say(f"to overrule the judge: manage.py promote {row.version} --because TEXT")
    with transaction.atomic():
        row.save(update_fields=["state", "promoted_at"])
        _pass_over(row)
        summary = _finish(claim, {"model": row.version, "state": str(row.state), "reason": row.verdict})
    remove_old_files()
    return summary


def remove_old_files() -> None:
    """Keep the files of models that may yet serve; all others go, from this machine and from the storage."""
    archives.prune_folder(versions_on_this_machine())
    archives.prune(versions_to_keep())


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


def _train(day: date, data: Dataset, settings: Settings, say: Say) -> TrainedModel:
    """Train a model, put its files where every machine reaches them, and return its row, which is not saved yet."""
    stages = Stages(say)
    model = fit(data.texts, data.paper_ids, data.votes, settings, progress=stages.ended)
    version = f"{timezone.now():%Y-%m-%dT%H%MZ}-{secrets.token_hex(4)}"
    save(model, folder_of(version))
    digest = archives.upload(version)
    stages.ended("saving")
    recipe = HYBRID if settings.learns_from_others else CONTENT
    facts = {"recipe": recipe, "terms": len(model.vocabulary.terms), "aside": vars(data.aside)}
    return TrainedModel(
        version=version,
        archive_digest=digest,
        day=day,
        votes_until=data.votes_until,
        votes_seen=len(data.votes),
        readers_seen=len(data.reader_ids),
        papers_seen=len(data.paper_ids),
        parameters=settings.as_dict() | facts,
        seconds=stages.seconds,
    )


def _judge(row: TrainedModel, trials: judging.Trials, say: Say) -> Verdict:
    """Judge a model and write figures and verdict into its row, which is not saved yet."""
    try:
        verdict = judging.judge(read_model(row), trials, say)
    except DamagedModel as error:
        verdict = Verdict(False, f"its files are damaged: {error}", {})
    row.metrics = verdict.figures | {"passed": verdict.passed}
    replaced = row.parameters.get("in_place_of")
    row.verdict = f"content alone, in place of {replaced}: {verdict.reason}" if replaced else verdict.reason
    return verdict


def _content_in_place_of(row: TrainedModel, verdict: Verdict, trials: judging.Trials, say: Say) -> TrainedModel | None:
    """The row of a content model that passes, not saved yet, where the hybrid of `row` fails or content scores higher.

    `row` then says why it is refused. A content model that fails in the end leaves only a word in the verdict.
    """
    if row.parameters.get("recipe") == CONTENT:
        return None
    settings = Settings()
    loss = judging.loss_to_content(trials, settings) if verdict.passed else ""
    if verdict.passed and not loss:
        return None
    content_verdict = judging.judge_recipe(settings.content_only(), trials)
    if content_verdict.passed:
        say(f"{row.version}: {loss or row.verdict}; training on content alone")
        content = _train(row.day, trials.data, settings.content_only(), say)
        content.parameters["in_place_of"] = row.version
        content_verdict = _judge(content, trials, say)
        if content_verdict.passed:
            row.metrics["passed"], row.verdict = False, loss or row.verdict
            return content
        archives.remove(content.version)
    outcome = f"{loss}, but it fails" if loss else "content alone fails too"
    row.verdict = f"{row.verdict}; {outcome}: {content_verdict.reason}"
    return None


def _waiting(day: date) -> TrainedModel | None:
    return TrainedModel.objects.filter(day=day, state=ModelState.CANDIDATE).order_by("-pk").first()


def _pass_over(newer: TrainedModel) -> None:
    """Candidates from before this model, whose nights ended early, wait for nothing any more."""
    older = TrainedModel.objects.filter(state=ModelState.CANDIDATE, pk__lt=newer.pk)
    older.update(state=ModelState.REFUSED, verdict="never acted on: a newer model was trained meanwhile")


def _finish(claim: Claim, summary: dict[str, Any]) -> dict[str, Any]:
    claim.finish(summary)
    return summary
