"""Starting and stopping experiments, and their outcomes with and without a planted difference."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from recommender.evidence import experiments
from recommender.evidence.experiments import ExperimentError, outcome
from recommender.models import Experiment, Impression, Paper, Ranking, pack
from tests.recommender.planted import FIRST_DAY

PAPERS, DAYS = 5, 4


def test_only_one_experiment_runs_at_a_time(older, newer):
    experiments.start(older.row.version, 0.5)
    with pytest.raises(ExperimentError, match=r"is running; stop it first: manage.py experiment stop"):
        experiments.start(older.row.version, 0.5)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_share_that_leaves_an_arm_empty_is_refused(older, newer, share):
    with pytest.raises(ExperimentError, match="leaves nobody in one arm"):
        experiments.start(older.row.version, share)


def test_the_serving_model_cannot_be_the_challenger(older, newer):
    with pytest.raises(
        ExperimentError, match=f"is the serving model; choose another stored model: .*{older.row.version}"
    ):
        experiments.start(newer.row.version, 0.5)


def test_an_unknown_model_is_refused(older, newer):
    with pytest.raises(ExperimentError, match="there is no model 'x'"):
        experiments.start("x", 0.5)


def test_an_experiment_ends_when_its_challenger_is_promoted(older, newer):
    experiment = experiments.start(older.row.version, 0.5)
    older.row.promoted_at = timezone.now()
    older.row.save()
    assert experiments.end_promoted() == experiment
    experiment.refresh_from_db()
    assert experiment.ended_because == "The challenger was promoted."


def test_the_command_starts_shows_and_stops(older, newer, capsys):
    for action in (["start", "--against", older.row.version, "--share", "0.25"], ["show"], ["stop"]):
        call_command("experiment", *action)
    output = capsys.readouterr().out
    assert f"{older.row.version} for 25% of the readers, runs" in output
    assert "An arm has fewer than 5 readers so far." in output
    assert "Stopped by hand." in output
    with pytest.raises(CommandError, match="no experiment is running"):
        call_command("experiment", "stop")


def plant_readers(experiment, chances, readers):
    """Rankings of five papers on four days, each place noted; in each arm a place is voted up by its chance."""
    papers = list(Paper.objects.all()[:PAPERS])
    order, rows, drawn = pack([paper.pk for paper in papers], "<i8"), [], np.random.default_rng(6)
    now = timezone.now()
    for number in range(2 * readers):
        arm = Experiment.Arm.values[number % 2]
        reader = User.objects.create(email=f"planted{number}@example.org")
        ranking = Ranking.objects.create(
            reader=reader, day=FIRST_DAY, mode="hybrid", basis=f"{number}", paper_pks=order, scores=b"",
            experiment=experiment, arm=arm,
        )  # fmt: skip
        rows += [
            Impression(
                reader=reader, ranking=ranking, paper=paper, position=place + 1, surface="web",
                at=now - timedelta(days=place % DAYS), vote=1 if drawn.random() < chances[arm] else None,
            )
            for place, paper in enumerate(papers)
        ]  # fmt: skip
    Impression.objects.bulk_create(rows)


def test_a_planted_difference_of_up_votes_is_recovered_and_others_are_none(older, newer):
    """A reader has five places on four days: 0.5 * 5 / 4 = 0.625 up-votes a day against 0.2 * 5 / 4 = 0.25."""
    experiment = experiments.start(older.row.version, 0.5)
    plant_readers(experiment, {"challenger": 0.5, "serving": 0.2}, 60)
    results = outcome(experiment)
    assert [(arm["readers"], arm["days"]) for arm in results["arms"].values()] == [(60, 240), (60, 240)]
    up, down = results["differences"]["up_votes"], results["differences"]["down_votes"]
    assert 0 < up["low"] < 0.375 < up["high"]
    assert (down["mean"], down["low"]) == (0, -down["high"])


def test_two_equal_arms_do_not_differ(older, newer):
    experiment = experiments.start(older.row.version, 0.5)
    plant_readers(experiment, {"challenger": 0.3, "serving": 0.3}, 60)
    up = outcome(experiment)["differences"]["up_votes"]
    assert up["low"] < 0 < up["high"]


def test_a_reader_without_usage_statistics_is_in_no_outcome(older, newer):
    experiment = experiments.start(older.row.version, 0.5)
    plant_readers(experiment, {"challenger": 0.5, "serving": 0.2}, 5)
    User.objects.filter(email="planted0@example.org").update(gives_evidence=False)
    assert outcome(experiment)["note"] == "An arm has fewer than 5 readers so far."
