"""The steps of the night in order, run by the command: each once, and what delays them."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from feeds import night
from feeds.sources.formats import bibtex
from recommender import votes
from recommender.models import NightStep, Paper, Ranking, TrainedModel
from recommender.night import ledger

from .outside import Outside
from .planting import DAY, papers, plant
from .sources.answers import papers_of_a_day

STEPS = ["fetch", "encode", "train", "judge", "promote", "rank"]


def run(*arguments):
    out = io.StringIO()
    call_command("night", "--day", str(DAY), *arguments, stdout=out)
    return out.getvalue()


def ledger_rows():
    return list(NightStep.objects.order_by("started_at").values_list("step", "state", "attempts"))


def hold(step, minutes):
    """Another run's claim on a step, whose lease ends in this many minutes."""
    now = timezone.now()
    return NightStep.objects.create(
        day=DAY, step=step, state="running", claim="other", started_at=now, lease_until=now + timedelta(minutes=minutes)
    )


def test_the_steps_run_in_order_and_rank_for_everybody_who_voted(db):
    plant()
    out = run()
    assert ledger_rows() == [(step, "done", 1) for step in STEPS]
    assert [line.split()[1] for line in out.splitlines() if "{" in line] == [f"{step}:" for step in STEPS]
    assert [row.state for row in TrainedModel.objects.all()] == ["promoted", "refused"]
    assert Ranking.objects.filter(day=DAY, mode="content").count() == 8


def test_a_request_is_served_the_ranking_of_the_night(ada, ada_api):
    graphs, _ = plant()
    votes.cast(ada, graphs[10], 1)
    run()
    ranking = ada.rankings.get()
    assert ada_api.get("/api/v1/me/feed/").json()["ranking_id"] == ranking.public_id
    assert ada.rankings.count() == 1


def test_a_second_run_does_nothing(db):
    plant()
    run()
    before = ledger_rows()
    assert run() == "".join(f"2026-07-21 {step}: already done\n" for step in STEPS)
    assert (ledger_rows(), TrainedModel.objects.count(), Ranking.objects.count()) == (before, 2, 8)


def test_again_repeats_steps_that_are_done(db):
    plant()
    run()
    run("--again")
    assert ledger_rows() == [(step, "done", 2) for step in STEPS]
    assert TrainedModel.objects.filter(state="promoted").count() == 2


def test_one_step_can_be_run_alone(db):
    plant()
    run("--step", "train")
    assert ledger_rows() == [("train", "done", 1)]


def test_the_inbox_is_imported_into_the_day(db, settings):
    plant()
    settings.INBOX_DIR.mkdir()
    (settings.INBOX_DIR / "a.jsonl").write_text('{"title": "Graph ties"}\n')
    assert "a.jsonl: {'new': 1" in run()
    assert Paper.objects.get(title="Graph ties").day == DAY
    assert {len(ranking.order) for ranking in Ranking.objects.all()} == {17}


def test_a_file_that_meets_an_error_in_paperboy_does_not_end_the_night(db, settings, monkeypatch):
    def fail(entry, abbreviations):
        raise IndexError("list index out of range")

    plant()
    monkeypatch.setattr(bibtex, "_record", fail)
    settings.INBOX_DIR.mkdir()
    (settings.INBOX_DIR / "a.bib").write_text("@misc{a, title={Ties}}\n")
    assert "a.bib: {" in run()
    assert "IndexError" in NightStep.objects.get(step="fetch").summary["inbox"]["a.bib"]["error"]
    assert ledger_rows() == [(step, "done", 1) for step in STEPS]


def test_a_failing_source_does_not_end_the_night(db, settings):
    plant()
    settings.SOURCES = ["arxiv", "huggingface"]
    with Outside() as world:
        settings.SOURCE_SERVICES = world.services()
        world.answer("/api/daily_papers", papers_of_a_day("2607.90001"))
        out = run()
    assert "arXiv, " in out
    assert "it answered 404" in out
    assert Paper.objects.filter(public_id="2607.90001").exists()
    assert [row[:2] for row in ledger_rows()] == [(step, "done") for step in STEPS]
    summary = NightStep.objects.get(step="fetch").summary
    assert {day["state"] for day in summary["arxiv"].values()} == {"failed"}
    assert {day["state"] for day in summary["huggingface"].values()} == {"done"}


def test_without_an_upvote_the_night_waits_for_one(ada):
    [liked, *_] = plant()[0]
    ada.votes.model.objects.all().delete()
    assert "the night continues when train has something to work on" in run()
    assert ledger_rows() == [("fetch", "done", 1), ("encode", "done", 1), ("train", "waiting", 1)]
    assert not TrainedModel.objects.exists()
    votes.cast(ada, liked, 1)
    run()
    assert [row[:2] for row in ledger_rows()][-1] == ("rank", "done")


def test_an_empty_catalogue_is_no_error(db):
    assert "the night continues when train has something to work on" in run()


def test_a_step_that_another_run_holds_is_left_alone(db):
    plant()
    hold("train", 5)
    with pytest.raises(CommandError, match="train of 2026-07-21 is done or being done"):
        run()
    assert NightStep.objects.get(step="train").claim == "other"
    assert not TrainedModel.objects.exists()


def test_a_step_whose_run_died_is_taken_over(db):
    plant()
    hold("train", -1)
    run()
    assert ("train", "done", 2) in ledger_rows()


def test_a_failed_step_is_recorded_and_the_next_run_continues_from_it(db, settings, tmp_path):
    plant()
    settings.MODEL_DIR = tmp_path / "file"
    settings.MODEL_DIR.write_text("in the way")
    with pytest.raises(OSError, match="file"):
        run()
    assert ledger_rows() == [("fetch", "done", 1), ("encode", "done", 1), ("train", "failed", 1)]
    assert NightStep.objects.get(step="train").error
    settings.MODEL_DIR = tmp_path / "models"
    run()
    assert [row for row in ledger_rows() if row[0] == "train"] == [("train", "done", 2)]


def test_the_next_step_is_the_first_missing_one(db):
    assert night.next_step(DAY) == "fetch"
    night.run(DAY, "fetch")
    assert night.next_step(DAY) == "encode"


def test_a_held_step_delays_the_rest(db):
    night.run(DAY, "fetch")
    hold("encode", 5)
    assert night.next_step(DAY) is None


def test_a_finished_night_has_no_next_step(db):
    plant()
    run()
    assert night.next_step(DAY) is None


def test_a_done_step_is_not_run_twice_without_force(db):
    night.run(DAY, "fetch")
    with pytest.raises(ledger.Busy):
        night.run(DAY, "fetch")


def test_an_invalid_day_or_step_is_refused_with_the_remedy(db):
    with pytest.raises(CommandError, match="such as 2026-11-23; got"):
        call_command("night", "--day", "tomorrow")
    with pytest.raises(CommandError, match=r"fetch.*train.*judge.*promote.*rank"):
        run("--step", "sleep")


def test_the_night_of_a_day_without_papers_ranks_the_last_day_with_some(ada):
    graphs, _ = plant()
    votes.cast(ada, graphs[10], 1)
    out = io.StringIO()
    call_command("night", "--day", "2026-07-23", stdout=out)
    assert ada.rankings.get().day == DAY
    papers(1, DAY + timedelta(days=2), "2609")
    call_command("night", "--day", "2026-07-23", "--step", "rank", "--again", stdout=out)
    assert ada.rankings.first().day == DAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("now", "hour", "day"),
    [
        ("2026-07-21T01:59", 2, date(2026, 7, 20)),
        ("2026-07-21T02:00", 2, date(2026, 7, 21)),
        ("2026-07-21T23:59", 2, date(2026, 7, 21)),
        ("2026-07-21T00:00", 0, date(2026, 7, 21)),
        ("2026-03-01T22:59", 23, date(2026, 2, 28)),
        ("2027-01-01T00:30", 2, date(2026, 12, 31)),
    ],
)
def test_a_night_is_due_from_its_hour_on(now, hour, day):
    assert ledger.due(datetime.fromisoformat(now).replace(tzinfo=UTC), hour) == day
