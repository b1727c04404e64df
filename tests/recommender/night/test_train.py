"""The night's learning on real tables: train, judge, promote or refuse."""

import os
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender import votes
from recommender.dataset import collect
from recommender.engine.fit import fit
from recommender.engine.storage import load
from recommender.models import NightStep, TrainedModel, Vote
from recommender.night import ledger, overrule, train
from recommender.night.judge import Verdict
from recommender.night.ledger import ClaimLost, hold
from recommender.ranking.rank import rank
from recommender.ranking.reasons import reasons
from recommender.serving import model_cache
from recommender.serving.archives import storage
from recommender.serving.model_cache import folder_of
from tests.recommender.planted import FIRST_DAY, SMALL, a_paper, publish, shuffled_labels
from tests.threads import all_at_once, commits

from .test_judge import clone_of_popularity
from .test_ledger import expire

STEPS = {"train": train.train, "judge": train.judge, "promote": train.promote}


@pytest.fixture(autouse=True)
def models(model_dir, monkeypatch):
    """A folder of their own, and small ones; `test_crash` trains with the real settings."""
    monkeypatch.setattr(train, "Settings", lambda: SMALL)
    return model_dir


def quiet(line):
    pass


def run(*steps, day=FIRST_DAY, report=quiet):
    outcome = {}
    for step in steps:
        with hold(day, step, force=True) as claim:
            outcome = STEPS[step](claim, report)
    return outcome


def folders(models):
    return {folder.name for folder in models.iterdir()} if models.exists() else set()


def archives():
    """Versions of this test's models whose archive is in the storage, which all tests share."""
    stored = {name.removesuffix(".tar") for name in storage().listdir("")[1]}
    return stored & set(TrainedModel.objects.values_list("version", flat=True))


def old(folder):
    os.utime(folder, (0, 0))


def test_a_night_trains_judges_and_promotes(town, models):
    run("train", "judge", "promote")
    row = TrainedModel.objects.get()
    assert (row.state, row.day, model_cache.current().row) == ("promoted", FIRST_DAY, row)
    assert folders(models) == {row.version}
    assert [step.state for step in NightStep.objects.all()] == ["done"] * 3


def test_the_record_counts_what_the_model_learned_from(town):
    run("train")
    row = TrainedModel.objects.get()
    counts = (row.votes_seen, row.readers_seen, row.papers_seen)
    assert counts == (len(town.world.votes), len(town.readers), len(town.papers))
    assert row.votes_until == max(vote.voted_at for reader in town.readers for vote in reader.votes.all())
    assert set(row.seconds) == {"features", "lightfm", "item-item maps", "ridge", "saving"}
    assert row.parameters["embedding_size"] > 0


def test_progress_is_reported(town):
    lines = []
    run("train", "judge", report=lines.append)
    assert lines[0] == "training on 832 votes of 64 readers, 240 papers"
    assert any(line.startswith("judging on hidden votes (newest tenth): ") for line in lines)


def test_a_candidate_does_not_serve_before_its_verdict(town):
    run("train")
    assert isinstance(model_cache.current(), model_cache.Unavailable)
    run("judge")
    assert isinstance(model_cache.current(), model_cache.Unavailable)


def test_without_an_up_vote_training_waits(ada, models):
    votes.cast(ada, a_paper("2611.00001"), -1)
    assert run("train")["reason"] == "there are no up-votes yet"
    assert (NightStep.objects.get().state, folders(models)) == ("waiting", set())


def test_an_empty_catalogue_waits_too(db):
    run("train")
    assert NightStep.objects.get().state == "waiting"


def test_without_a_candidate_there_is_nothing_to_judge_or_promote(db):
    assert run("judge")["reason"] == "no candidate to judge"
    assert run("promote")["reason"] == "no candidate to promote"


def test_a_few_votes_are_enough_for_a_first_model(ada):
    for number in range(3):
        votes.cast(ada, a_paper(f"2611.0000{number}", f"sparse trees part {'abc'[number]}"), 1)
    run("train", "judge", "promote")
    content, hybrid = TrainedModel.objects.all()
    assert hybrid.verdict.startswith("not enough votes to judge, readers with votes")
    assert ": not enough votes to judge: the content order serves; " in content.verdict
    assert rank(ada, FIRST_DAY).mode == "content"


def spoil_truncated(folder):
    os.truncate(folder / "rows.data.npy", 100)


def spoil_missing(folder):
    (folder / "terms.json").unlink()


@pytest.mark.parametrize("spoil", [spoil_truncated, spoil_missing])
def test_a_damaged_candidate_is_refused_and_yesterdays_model_serves(town, served, spoil):
    run("train")
    candidate = TrainedModel.objects.get(state="candidate")
    spoil(folder_of(candidate.version))
    run("judge", "promote")
    candidate.refresh_from_db()
    assert candidate.state == "refused"
    assert candidate.verdict.startswith("its files are damaged")
    assert model_cache.current().row == served.row


def test_a_candidate_with_nan_is_refused_and_yesterdays_model_serves(town, served):
    spoiled = np.full_like(served.model.embeddings, np.nan)
    row = publish(replace(served.model, embeddings=spoiled), state="candidate").row
    run("judge", "promote")
    row.refresh_from_db()
    assert row.state == "refused"
    assert row.verdict.startswith("it contains numbers that are not finite; content alone fails too: ")
    assert model_cache.current().row == served.row


def test_a_candidate_from_shuffled_labels_is_refused_and_yesterdays_model_serves(town, served):
    data = collect()
    noise = fit(data.texts, data.paper_ids, shuffled_labels(data.votes), served.model.settings)
    row = publish(noise, state="candidate").row
    run("judge", "promote")
    row.refresh_from_db()
    assert row.state == "refused"
    assert "the finished model is worse than the candidate" in row.verdict
    assert row.metrics["finished"]["mean"] < row.metrics["candidate"]["mean"]
    assert model_cache.current().row == served.row


def test_a_popularity_clone_is_refused_and_yesterdays_model_serves(town, served):
    row = publish(clone_of_popularity(served.model, collect()), state="candidate").row
    run("judge", "promote")
    row.refresh_from_db()
    assert row.state == "refused"
    assert "the finished model is not better than popularity" in row.verdict
    assert model_cache.current().row == served.row


def test_a_model_after_a_loss_of_half_the_data_is_refused_and_yesterdays_serves(town):
    run("train", "judge", "promote")
    Vote.objects.filter(pk__in=list(Vote.objects.values_list("pk", flat=True)[::2])).delete()
    run("train", "judge", "promote", day=FIRST_DAY + timedelta(days=1))
    refused, first = TrainedModel.objects.all()
    assert (refused.state, refused.verdict.split(";")[0]) == (
        "refused", "data are lost: 832 votes for the serving model, 416 now (if intended: manage.py promote)",
    )  # fmt: skip
    assert model_cache.current().row == first


def test_a_second_night_of_the_same_settings_is_not_compared_with_itself(town):
    run("train", "judge", "promote")
    run("train", "judge", "promote", day=FIRST_DAY + timedelta(days=1))
    newest = TrainedModel.objects.first()
    assert (newest.state, newest.metrics["yesterday_is"]) == ("promoted", None)
    assert "yesterday" not in newest.metrics


@pytest.fixture
def misled(monkeypatch):
    """A hybrid that what readers like in general drowns: worse than content alone in the planted town."""
    monkeypatch.setattr(train, "Settings", lambda: replace(SMALL, prior_weight=1000.0))
    monkeypatch.setattr(train, "choose", lambda data, report: None)  # it would choose another weight


def night(number=0):
    run("train", "judge", "promote", day=FIRST_DAY + timedelta(days=number))
    return TrainedModel.objects.all()


def test_where_the_hybrid_loses_to_content_a_content_model_is_promoted(town, misled):
    content, hybrid = night()
    assert (hybrid.state, hybrid.parameters["recipe"]) == ("refused", "hybrid")
    assert hybrid.verdict.startswith("the candidate is ")
    assert "the candidate is worse than content alone" in hybrid.verdict
    assert (content.state, content.parameters["recipe"]) == ("promoted", "content")
    assert content.verdict.startswith(f"content alone, in place of {hybrid.version}: NDCG@10 ")
    assert content.metrics["candidate"] == hybrid.metrics["content"]
    assert model_cache.current().row == content


def test_a_content_model_learns_from_everything(town, misled):
    content, hybrid = night()
    counts = (content.votes_seen, content.readers_seen, content.papers_seen, content.votes_until)
    assert counts == (hybrid.votes_seen, hybrid.readers_seen, hybrid.papers_seen, hybrid.votes_until)
    assert len(model_cache.current().model.paper_ids) == len(town.papers)


def test_rankings_of_a_content_model_name_their_mode_and_reason(town, misled):
    night()
    ranking = rank(town.readers[0], FIRST_DAY)
    assert ranking.mode == "content"
    assert ranking.mode_reason == "The serving model ranks by content alone: the hybrid of its night was refused."


def test_reasons_of_a_content_model_are_exact(town, misled):
    """Without a vote a paper's score is lower by exactly the effect that the reason of this vote stated."""
    night()
    reader = town.readers[0]
    before = rank(reader, FIRST_DAY)
    papers = before.order.tolist()
    vote = reader.votes.select_related("paper").filter(value=1).first()
    effects = {
        pk: sum(reason.effect for reason in lines if reason.paper == vote.paper)
        for pk, lines in reasons(before, papers, whole=True).items()
    }
    assert max(effects.values()) > 0.001
    votes.take_back(reader, vote.paper)
    reader.refresh_from_db()
    after = rank(reader, FIRST_DAY)
    scores = dict(zip(after.order.tolist(), after.score_values.tolist(), strict=True))
    for pk, score in zip(papers, before.score_values.tolist(), strict=True):
        assert score - scores[pk] == pytest.approx(effects[pk], abs=2e-4)


def test_the_files_of_a_refused_hybrid_go_with_its_night(town, misled, models):
    content, _ = night()
    assert folders(models) == {content.version}
    assert archives() == {content.version}


def test_after_some_nights_of_content_the_last_three_archives_and_two_folders_are_left(town, misled, models):
    """Each night trains two models; all of them are younger than what may be a leftover."""
    for number in range(5):
        rows = night(number)
    serving_order = list(TrainedModel.objects.serving_order().values_list("version", flat=True))
    assert (len(rows), len(serving_order)) == (10, 5)
    assert folders(models) == set(serving_order[:2])
    assert archives() == set(serving_order[:3])


@commits  # the thread that brings a model reads the archive in the database by its own connection
def test_a_model_that_is_no_longer_unpacked_still_explains_its_rankings(town, misled):
    night()
    first = rank(town.readers[0], FIRST_DAY)
    for number in (1, 2):
        night(number)
    model_cache.clear()
    assert any(reasons(first, first.order.tolist()[:10]).values())


def test_a_hybrid_is_tried_again_the_next_night(town, misled, monkeypatch):
    night()
    monkeypatch.setattr(train, "Settings", lambda: SMALL)
    newest = night(1)[0]
    assert (newest.state, newest.parameters["recipe"], newest.metrics["yesterday_is"]) == (
        "promoted",
        "hybrid",
        "again",
    )


def test_where_content_fails_too_the_refused_hybrid_stays_for_the_operator(town, served, models):
    """The serving model is a good hybrid, which both the noise and content are worse than."""
    data = collect()
    noise = fit(data.texts, data.paper_ids, shuffled_labels(data.votes), served.model.settings)
    row = publish(noise, state="candidate").row
    run("judge", "promote")
    assert TrainedModel.objects.first() == row
    assert row.version in folders(models)


def test_a_hybrid_that_passes_says_why_a_better_content_recipe_did_not_replace_it(town, monkeypatch):
    """Here content scores higher, but would be refused; no data that is planted here does that by itself."""
    monkeypatch.setattr(train, "loss_to_content", lambda trials, settings: "content alone scores higher")
    monkeypatch.setattr(
        train, "judge_recipe", lambda settings, trials: Verdict(False, "it is no better than recency", {})
    )
    [hybrid] = night()
    assert hybrid.state == "promoted"
    assert hybrid.verdict.endswith("; content alone scores higher, but it fails: it is no better than recency")


def test_judging_again_changes_nothing(town, misled):
    run("train", "judge")
    before = list(TrainedModel.objects.values())
    run("judge")
    after = list(TrainedModel.objects.values())
    assert [row["state"] for row in after] == ["candidate", "refused"]
    assert [row["verdict"] for row in after] == [row["verdict"] for row in before]
    assert [row["metrics"] for row in after] == [row["metrics"] for row in before]


def test_a_model_promoted_by_hand_while_it_is_judged_stays_promoted(town, misled):
    run("train")
    version = TrainedModel.objects.get().version
    run("judge", report=lambda line: "content alone" in line and overrule.overrule(version, "I know better"))
    assert TrainedModel.objects.get(version=version).state == "promoted"


def test_a_refused_model_may_be_promoted_by_hand_with_the_reason_on_record(town, served):
    row = publish(served.model, state="refused", verdict="data are lost").row
    overrule.overrule(row.version, "spam was deleted")
    row.refresh_from_db()
    assert (row.verdict, row.metrics["by_hand"], model_cache.current().row) == (
        "promoted by hand: spam was deleted. The judge: data are lost", "spam was deleted", row,
    )  # fmt: skip


def test_what_was_promoted_by_hand_is_the_next_nights_measure(town, served):
    """A night refused for a loss would be refused for ever if the model before the loss stayed the measure."""
    TrainedModel.objects.filter(pk=served.row.pk).update(votes_seen=2000)
    run("train", "judge", "promote")
    refused = TrainedModel.objects.get(state="refused")
    overrule.overrule(refused.version, "spam was deleted")
    run("train", "judge", "promote", day=FIRST_DAY + timedelta(days=1))
    assert TrainedModel.objects.first().state == "promoted"


def test_an_unsound_model_serves_for_no_reason(town, served):
    row = publish(replace(served.model, embeddings=np.full_like(served.model.embeddings, np.nan)), state="refused").row
    with pytest.raises(overrule.OverruleError, match="not finite; train a new model"):
        overrule.overrule(row.version, "I like it")
    spoil_missing(folder_of(row.version))
    with pytest.raises(overrule.OverruleError, match=r"terms\.json is missing; train a new model"):
        overrule.overrule(row.version, "I like it")
    assert model_cache.current().row == served.row


def test_only_a_model_that_does_not_serve_can_be_promoted_by_hand(town, served):
    with pytest.raises(overrule.OverruleError, match="promoted already"):
        overrule.overrule(served.row.version, "again")
    with pytest.raises(overrule.OverruleError, match="there is no model 'x'; the page of models lists them"):
        overrule.overrule("x", "why not")


def test_the_command_promotes_and_says_what_comes_next(town, served, capsys):
    row = publish(served.model, state="refused").row
    call_command("promote", row.version, "--because", "spam was deleted")
    row.refresh_from_db()
    assert row.state == "promoted"
    assert "manage.py night --step rank --again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "error"), [(["x", "--because", "y"], "no model 'x'"), (["x", "--because", " "], "is empty")]
)
def test_the_command_wants_a_model_and_a_reason(db, arguments, error):
    with pytest.raises(CommandError, match=error):
        call_command("promote", *arguments)


def test_a_refusal_names_the_way_to_overrule_it(town, served):
    row = publish(served.model, state="candidate", metrics={"passed": False}).row
    lines = []
    run("promote", report=lines.append)
    assert lines[-1] == f"to overrule the judge: manage.py promote {row.version} --because TEXT"


def test_training_again_leaves_the_model_in_service_alone(town):
    run("train", "judge", "promote")
    first = TrainedModel.objects.get()
    run("train", "judge", "promote")
    first.refresh_from_db()
    assert first.state == "promoted"
    load(folder_of(first.version))


def test_a_candidate_that_a_newer_one_overtook_is_not_kept_waiting(town, models):
    run("train")
    run("train", "judge", "promote")
    older, newer = TrainedModel.objects.order_by("trained_at")
    assert (older.state, newer.state) == ("refused", "promoted")
    assert "a newer model was trained meanwhile" in older.verdict


def test_files_that_nobody_needs_are_removed_at_once_and_others_when_they_are_old(db, models, model):
    rows = [publish(model, day=FIRST_DAY + timedelta(days=day)).row.version for day in range(model_cache.FALLBACKS + 1)]
    candidate, refused, newest = (
        publish(model, state=state).row.version for state in ("candidate", "refused", "refused")
    )
    for name in (".half-written", "without-a-row", "young"):
        (models / name).mkdir()
    for name in (".half-written", "without-a-row"):
        old(models / name)
    train.remove_old_files()
    assert folders(models) == {*rows[1:], candidate, newest, "young"}
    assert refused not in folders(models)


def test_removing_old_files_needs_no_folder(db, models):
    train.remove_old_files()
    assert not models.exists()


def test_a_run_that_was_taken_over_publishes_nothing(town):
    """Another run claims the step while this one trains: its row is rolled back, and only the other's counts."""
    slow = ledger.claim(FIRST_DAY, "train", force=False)
    expire()
    run("train")
    with pytest.raises(ClaimLost):
        train.train(slow, quiet)
    assert TrainedModel.objects.count() == 1


@commits
def test_two_workers_that_train_at_once_leave_one_candidate(town):
    def work():
        with hold(FIRST_DAY, "train") as claim:
            return train.train(claim, quiet)

    outcomes = all_at_once(work, work)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Busy", "dict"]
    assert TrainedModel.objects.count() == 1
