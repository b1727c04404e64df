"""The night's steps train, judge and promote.

Each gets its claim in the ledger, which names the day.
"""

import logging
import secrets
import time
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from recommender import vote_rings
from recommender.dataset import Dataset, collect, read_votes
from recommender.engine.data import Report, Settings, settings_from
from recommender.engine.fit import fit, learn
from recommender.engine.storage import DamagedModel, save
from recommender.engine.trial import FEWEST_READERS, questions_of
from recommender.engine.weights import Choice, choose_weights
from recommender.models import ModelState, TrainedModel
from recommender.serving import archives
from recommender.serving.archives import folder_of
from recommender.serving.model_cache import Served, current, versions_on_this_machine, versions_to_keep

from .encode import encode_late
from .judge import Trials, Verdict, judge_model, judge_recipe, loss_to_content
from .ledger import Claim
from .overrule import read_model, time_of_promotion
from .trial import hold_out

log = logging.getLogger(__name__)
HYBRID, CONTENT = "hybrid", "content"  # recipes, as the public record names them


def train(claim: Claim, report: Report) -> dict[str, Any]:
    """Train a candidate on all votes.

    Without an up-vote the step waits for one. Papers that came since the night's encoding are encoded first.
    """
    cast, until = read_votes()
    vote_rings.update_standing(cast, timezone.now())
    encoded = encode_late(report) if (cast["value"] > 0).any() else {}
    data = collect((cast, until))
    if not len(data.votes.values[data.votes.values > 0]):
        claim.postpone("there are no up-votes yet")
        return {"model": None, "reason": "there are no up-votes yet"}
    report(f"training on {len(data.votes):,} votes of {len(data.reader_ids):,} readers, {len(data.texts):,} papers")
    choice = choose(data, report)
    candidate = _train(claim.day, data, choice.settings.without_unused() if choice else Settings(), report)
    if choice:
        candidate.parameters["choice"] = choice.as_dict()
    with transaction.atomic():
        candidate.save()
        facts = {"model": candidate.version, "votes": candidate.votes_seen, "seconds": candidate.seconds}
        return _finish(claim, facts | encoded)


def choose(data: Dataset, report: Report) -> Choice | None:
    """The weights that fit the newest tenth of the site's own votes best; None with too few readers to tell."""
    trial = hold_out(data, None)
    if len(trial.cases) < FEWEST_READERS:
        report(f"usual weights: {len(trial.cases)} readers to choose others by, needed: {FEWEST_READERS}")
        return None
    settings = Settings()
    learned = learn(data.texts, trial.earlier, settings)
    choice = choose_weights(learned, trial.earlier, questions_of(trial), settings, data.vectors)
    figures = choice.as_dict()
    report(f"weights chosen by {figures['readers']:.0f} readers: {figures['weights']}")
    return choice


def judge(claim: Claim, report: Report) -> dict[str, Any]:
    """Judge the day's candidate and store figures and verdict.

    It is compared with the baselines on held-out votes. If the hybrid fails, or content alone scores higher, a content
    model is trained on all votes and judged, and becomes the candidate instead if it passes.
    """
    row = _candidate(claim.day)
    if row is None:
        return _finish(claim, {"model": None, "reason": "no candidate to judge"})
    serving = current(wait=True)
    trials = Trials(collect(), serving if isinstance(serving, Served) else None)
    verdict = _judge(row, trials, report)
    content = _content_instead_of(row, verdict, trials, report)
    newest = content or row
    with transaction.atomic():
        row.save(update_fields=["metrics", "verdict"])
        if content:
            TrainedModel.objects.filter(pk=row.pk, state=row.state).update(state=ModelState.REFUSED)
            content.save()
        summary = {"model": newest.version, "recipe": newest.parameters.get("recipe", HYBRID)}
        return _finish(claim, summary | {"passed": newest.metrics["passed"], "reason": newest.verdict})


def promote(claim: Claim, report: Report) -> dict[str, Any]:
    """Act on the verdict.

    The candidate serves from now on, or is refused and its files are deleted.
    """
    row = _candidate(claim.day)
    if row is None:
        return _finish(claim, {"model": None, "reason": "no candidate to promote"})
    passed = bool(row.metrics.get("passed"))
    row.state = ModelState.PROMOTED if passed else ModelState.REFUSED
    row.promoted_at = time_of_promotion() if passed else None
    report(f"{row.version} {row.get_state_display()}: {row.verdict}")
    if not passed:
        report(f"to overrule the judge: manage.py promote {row.version} --because TEXT")
    with transaction.atomic():
        row.save(update_fields=["state", "promoted_at"])
        # older candidates are of nights that ended early
        older = TrainedModel.objects.filter(state=ModelState.CANDIDATE, pk__lt=row.pk)
        older.update(state=ModelState.REFUSED, verdict="never acted on: a newer model was trained meanwhile")
        summary = _finish(claim, {"model": row.version, "state": str(row.state), "reason": row.verdict})
    remove_old_files()
    return summary


def remove_old_files() -> None:
    """Delete files of models that cannot serve any more.

    From this machine and from the storage.
    """
    archives.prune_folder(versions_on_this_machine())
    archives.prune(versions_to_keep())


class Stages:
    """Wall time of each stage, reported as it ends."""

    def __init__(self, report: Report) -> None:
        self.seconds: dict[str, float] = {}
        self._report = report
        self._last = time.perf_counter()

    def ended(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 2)
        self._last = now
        self._report(f"{stage}: {self.seconds[stage]} s")


def _train(day: date, data: Dataset, settings: Settings, report: Report) -> TrainedModel:
    """Train a model, upload its files, and return its unsaved row.

    The files are for all machines.
    """
    stages = Stages(report)
    model = fit(
        data.texts,
        data.paper_ids,
        data.votes,
        settings,
        vectors=data.vectors,
        encoder=data.encoder,
        report=stages.ended,
    )
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


def _judge(row: TrainedModel, trials: Trials, report: Report) -> Verdict:
    """Judge a model and set figures and verdict of its row, not saved yet."""
    try:
        verdict = judge_model(read_model(row), trials, report)
    except DamagedModel as error:
        verdict = Verdict(False, f"its files are damaged: {error}", {})
    row.metrics = verdict.figures | {"passed": verdict.passed}
    replaced = row.parameters.get("in_place_of")
    row.verdict = f"content alone, in place of {replaced}: {verdict.reason}" if replaced else verdict.reason
    return verdict


def _content_instead_of(row: TrainedModel, verdict: Verdict, trials: Trials, report: Report) -> TrainedModel | None:
    """Return an unsaved content model to replace the hybrid, or None.

    It replaces the hybrid of `row` if it passes and the hybrid fails or content scores higher. Sets in `row` why it is
    refused then. A content model that fails in the end is only mentioned in the verdict.
    """
    if row.parameters.get("recipe") == CONTENT:
        return None
    settings = settings_from(row.parameters)
    loss = loss_to_content(trials, settings) if verdict.passed else ""
    if verdict.passed and not loss:
        return None
    content_verdict = judge_recipe(settings.content_only(), trials)
    if content_verdict.passed:
        report(f"{row.version}: {loss or row.verdict}; training on content alone")
        content = _train(row.day, trials.data, settings.content_only(), report)
        content.parameters["in_place_of"] = row.version
        content_verdict = _judge(content, trials, report)
        if content_verdict.passed:
            row.metrics["passed"], row.verdict = False, loss or row.verdict
            return content
        archives.remove(content.version)
    outcome = f"{loss}, but it fails" if loss else "content alone fails too"
    row.verdict = f"{row.verdict}; {outcome}: {content_verdict.reason}"
    return None


def _candidate(day: date) -> TrainedModel | None:
    """The day's newest model that waits for the judge or promotion."""
    return TrainedModel.objects.filter(day=day, state=ModelState.CANDIDATE).order_by("-pk").first()


def _finish(claim: Claim, summary: dict[str, Any]) -> dict[str, Any]:
    claim.finish(summary)
    return summary
