"""The Celery tasks: eagerly in this process, and by a real worker over a real broker."""

import json
import signal
import sys
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from feeds import night
from feeds.tasks import fetch_tick, night_step, rank_parts, start_missing, tick
from feeds.tasks.night import QUEUES
from recommender.encoder.bert_onnx import convert
from recommender.encoder.current import current_encoder
from recommender.models import NightStep, Paper, Ranking, TrainedModel
from recommender.night import rank_everyone
from recommender.night.ledger import due
from recommender.serving import model_cache
from tests.recommender.encoder import tiny

from .instance import Instance, wait_for
from .outside import Outside
from .planting import DAY, plant
from .sources.answers import papers_of_a_day

STEPS = ["fetch", "encode", "train", "judge", "promote", "rank"]
STATES = (
    "from recommender.models import NightStep; "
    "print(*(f'{s.step}={s.state}' for s in NightStep.objects.order_by('started_at')))"
)


@pytest.fixture
def eager():
    """Tasks run at once in this process, and their errors are raised."""
    before = current_app.conf.task_always_eager
    current_app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    current_app.conf.update(task_always_eager=before, task_eager_propagates=False)


@pytest.fixture
def encoder(settings, tmp_path):
    """A small encoder that knows some of the words of the planted papers."""
    settings.ENCODER = tiny.write_originals(tmp_path / "tiny")
    convert(settings.ENCODER, settings.ENCODER / "model.onnx")
    return current_encoder()


def states(day=DAY):
    return list(NightStep.objects.filter(day=day).order_by("started_at").values_list("step", "state"))


def test_starting_the_first_step_runs_the_whole_night(db, eager):
    plant()
    assert start_missing(DAY) == "fetch"
    assert states() == [(step, "done") for step in STEPS]


def test_a_tick_starts_the_night_that_is_due(db, eager, settings):
    plant()
    assert tick() == "fetch"
    assert states(due(timezone.now(), settings.NIGHT_HOUR)) == [(step, "done") for step in STEPS]


def test_a_tick_after_a_finished_night_starts_nothing(db, eager):
    plant()
    tick()
    assert tick() is None
    assert TrainedModel.objects.count() == 2


def test_a_tick_waits_while_there_is_nothing_to_train_on(db, eager):
    assert tick() == "fetch"
    assert tick() is None
    assert [state for _, state in states(NightStep.objects.first().day)] == ["done", "done", "waiting"]


def test_papers_that_came_after_the_encoding_have_vectors_in_the_first_model(db, eager, encoder):
    """A new site: the night has encoded its empty catalogue when the papers and votes are imported."""
    assert start_missing(DAY) == "fetch"
    assert states() == [("fetch", "done"), ("encode", "done"), ("train", "waiting")]
    plant()
    NightStep.objects.update(lease_until=timezone.now())
    start_missing(DAY)
    assert states() == [(step, "done") for step in STEPS]
    served = model_cache.current(wait=True)
    assert served.model.encoder == encoder.description.identity
    assert served.model.rows.dense[:, served.model.embeddings.shape[1] :].any(axis=1).all()
    assert NightStep.objects.get(step="train").summary["encoded"] == Paper.objects.count()


def test_a_step_that_another_run_holds_is_left_alone(db, eager):
    now = timezone.now()
    NightStep.objects.create(
        day=DAY, step="fetch", state="running", claim="other", started_at=now, lease_until=now + timedelta(minutes=1)
    )
    assert "being done by another run" in night_step(str(DAY), "fetch")
    assert start_missing(DAY) is None
    assert NightStep.objects.get().claim == "other"


def test_a_step_delivered_twice_runs_once(db, eager):
    plant()
    night_step(str(DAY), "fetch")
    night_step(str(DAY), "fetch")
    assert [row.state for row in TrainedModel.objects.all()] == ["promoted", "refused"]


def test_arguments_and_results_of_a_task_are_json(db):
    assert night_step(DAY.isoformat(), "fetch") == "fetch of 2026-07-21 done"


def test_the_fetch_tick_fetches_what_is_due_and_logs_late_sources(db, settings, caplog):
    settings.SOURCES = ["huggingface", "arxiv"]
    with Outside() as world:
        settings.SOURCE_SERVICES = world.services()
        world.answer("/api/daily_papers", papers_of_a_day("2607.90001"))
        summary = json.loads(json.dumps(fetch_tick()))
    assert {day["state"] for day in summary["huggingface"].values()} == {"done"}
    late = [entry.getMessage() for entry in caplog.records if entry.name == "feeds.tasks.periodic"]
    assert late == ["arXiv has not answered yet."]


def test_the_fetch_tick_without_sources_fetches_nothing(db):
    assert fetch_tick() == {}


def test_fetching_training_ranking_and_sending_have_queues_of_their_own():
    assert {queue.name for queue in current_app.conf.task_queues} == {"celery", "fetch", "train", "rank", "send"}
    routes = {name: route["queue"] for name, route in current_app.conf.task_routes.items()}
    assert routes == {
        "feeds.fetch_tick": "fetch",
        "feeds.encode_parts": "rank",
        "feeds.rank_parts": "rank",
        "feeds.digest_tick": "send",
        "feeds.webhook_tick": "send",
        "recommender.evidence": "rank",
    }
    assert set(QUEUES) == set(night.STEPS)


def test_a_ranking_in_parts_invites_helpers_and_a_late_one_finds_nothing_left(db, eager, monkeypatch):
    monkeypatch.setattr(rank_everyone, "PART", 3)
    plant()
    start_missing(DAY)
    assert Ranking.objects.filter(mode="content").count() == 8
    assert rank_parts(str(DAY)) == 0


@pytest.mark.processes
def test_a_real_worker_runs_the_whole_night(tmp_path):
    instance = Instance(tmp_path)
    instance.manage("migrate", "-v", "0")
    instance.manage("createcachetable")
    worker = instance.start(sys.executable, "-m", "celery", "-A", "recommender.config", "worker", "--loglevel", "INFO")
    try:
        instance.shell(
            "from tests.feeds.planting import DAY, plant; plant(); from feeds.tasks import start_missing; "
            "start_missing(DAY)"
        )
        all_done = " ".join(f"{step}=done" for step in STEPS)
        wait_for(lambda: instance.shell(STATES) == all_done, 60, "the night")
        out = instance.shell(
            "from recommender.models import Ranking; print(Ranking.objects.filter(mode='content').count())"
        )
        assert out == "8"
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0, instance.log.read_text()
    assert instance.processes() == []
