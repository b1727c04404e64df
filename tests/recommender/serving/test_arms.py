"""Readers in different arms get different models, the same reader always the same, and nobody against their will."""

import shutil

from accounts.models import User
from recommender.evidence import experiments
from recommender.models import Experiment, Ranking
from recommender.night import rank_everyone
from recommender.night.ledger import hold
from recommender.ranking.rank import rank
from recommender.serving import arms, model_cache
from recommender.serving.archives import folder_of
from tests.recommender.planted import FIRST_DAY


def readers_in(experiment, arm):
    return [reader for reader in User.objects.order_by("pk") if arms.arm_of(experiment, reader) == arm]


def test_about_the_share_of_readers_is_in_the_challengers_arm(older, newer):
    """Of 2,000 readers 600 are expected, give or take 20.5 (one standard deviation); 4 of those are 82."""
    experiment = experiments.start(older.row.version, 0.3)
    drawn = [arms.arm_of(experiment, User(pk=pk, gives_evidence=True)) for pk in range(2000)]
    assert abs(drawn.count("challenger") - 600) < 82


def test_another_experiment_draws_anew(older, newer):
    one, other = (Experiment(public_id=name, share=0.5) for name in ("ex_one", "ex_other"))
    readers = [User(pk=pk, gives_evidence=True) for pk in range(2000)]
    same = sum(arms.arm_of(one, reader) == arms.arm_of(other, reader) for reader in readers)
    assert 900 < same < 1100


def test_each_arm_is_ranked_by_its_model_and_marked(older, newer):
    experiment = experiments.start(older.row.version, 0.5)
    for arm, served in (("serving", newer), ("challenger", older)):
        rankings = [rank(reader, FIRST_DAY) for reader in readers_in(experiment, arm)[:3]]
        assert {(one.model, one.arm, one.experiment) for one in rankings} == {(served.row, arm, experiment)}


def test_the_same_reader_stays_with_the_same_model(older, newer):
    experiment = experiments.start(older.row.version, 0.5)
    reader = readers_in(experiment, "challenger")[0]
    first = rank(reader, FIRST_DAY)
    model_cache.clear()
    assert rank(reader, FIRST_DAY) == first


def test_a_ranking_from_before_the_experiment_is_made_anew_and_noted(older, newer):
    reader = User.objects.first()
    before = rank(reader, FIRST_DAY)
    experiments.start(older.row.version, 0.5)
    assert (before.arm, rank(reader, FIRST_DAY).arm != "") == ("", True)


def test_who_is_not_counted_stays_with_the_model_that_serves(older, newer):
    experiment = experiments.start(older.row.version, 0.5)
    reader = readers_in(experiment, "challenger")[0]
    reader.gives_evidence = False
    ranking = rank(reader, FIRST_DAY)
    assert (ranking.model, ranking.arm, ranking.experiment) == (newer.row, "", None)


def test_an_experiment_that_is_over_changes_nothing_any_more(older, newer):
    reader = readers_in(experiments.start(older.row.version, 0.5), "challenger")[0]
    experiments.stop()
    assert rank(reader, FIRST_DAY).model == newer.row


def test_an_experiment_ends_where_its_model_is_lost(older, newer):
    experiment = experiments.start(older.row.version, 0.5)
    reader = readers_in(experiment, "challenger")[0]
    model_cache.clear()
    shutil.rmtree(folder_of(older.row.version))
    ranking = rank(reader, FIRST_DAY)
    experiment.refresh_from_db()
    assert (ranking.model, ranking.arm, experiment.is_running) == (newer.row, "", False)
    assert experiment.ended_because == f"The files of {older.row.version} are lost or damaged."


def test_the_challengers_files_stay_while_it_is_tried(older, newer):
    assert older.row.version not in model_cache.versions_to_keep(promoted=1)
    experiments.start(older.row.version, 0.5)
    assert older.row.version in model_cache.versions_to_keep(promoted=1)


def test_the_night_ranks_for_the_arm_of_the_serving_model_and_leaves_the_other(older, newer):
    experiment = experiments.start(older.row.version, 0.5)
    with hold(FIRST_DAY, "rank") as claim:
        rank_everyone.rank_everyone(claim, lambda words: None)
    rankings = Ranking.objects.values_list("reader", "arm")
    assert dict(rankings) == {reader.pk: "serving" for reader in readers_in(experiment, "serving")}
    first = readers_in(experiment, "serving")[0]
    assert rank(first, FIRST_DAY) == first.rankings.get()
