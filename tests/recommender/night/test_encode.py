"""The night's vectors: in parts, resumed where they stopped, and no obstacle to the night."""

from datetime import timedelta

import pytest

from recommender import votes
from recommender.encoder.bert_onnx import convert
from recommender.engine.encoder import DamagedEncoder
from recommender.models import NightStep, Paper, PaperSource, PaperVector
from recommender.night import encode as nightly
from recommender.night.encode import encode, encode_late, help_to_encode, part_numbers
from recommender.night.ledger import hold
from recommender.vectors import papers_without_vectors
from tests.recommender.encoder import tiny
from tests.recommender.planted import FIRST_DAY
from tests.threads import all_at_once, commits

from .test_ledger import expire


@pytest.fixture
def encoder(settings, tmp_path):
    settings.ENCODER = tiny.write_originals(tmp_path / "tiny")
    convert(settings.ENCODER, settings.ENCODER / "model.onnx")
    return nightly.current_encoder()


def add_papers():
    """12 papers in parts 100 to 103, with 3 each."""
    return Paper.objects.bulk_create(
        Paper(pk=pk, public_id=f"pb.{pk}", day=FIRST_DAY, title=f"graph {pk}", source=PaperSource.MEMBER)
        for pk in range(300, 312)
    )


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(nightly, "PART", 3)
    monkeypatch.setattr(nightly, "BATCH", 2)


@pytest.fixture
def papers(db, small_parts):
    return add_papers()


def night(**options):
    with hold(FIRST_DAY, "encode", **options) as claim:
        return encode(claim, lambda line: None)


def encoded():
    return sorted(PaperVector.objects.values_list("paper", flat=True))


def fail_at(monkeypatch, bad, error):
    """Fail on papers with these primary keys; record the others."""
    done, encode_papers = [], nightly.encode_papers

    def encode_or_fail(pks):
        if bad.intersection(pks):
            raise error
        done.extend(pks)
        return encode_papers(pks)

    monkeypatch.setattr(nightly, "encode_papers", encode_or_fail)
    return done


def test_all_papers_are_encoded_once_and_then_only_new_ones(papers, encoder):
    identity = encoder.description.identity
    assert part_numbers() == [100, 101, 102, 103]
    assert night() == {"papers": 12, "encoder": identity}
    assert encoded() == list(range(300, 312))
    assert part_numbers() == []
    Paper.objects.create(pk=312, public_id="pb.312", day=FIRST_DAY, title="protein", source=PaperSource.MEMBER)
    assert night(force=True) == {"papers": 1, "encoder": identity}
    assert list(NightStep.objects.values_list("step", "state")) == [("encode", "done")]


def test_without_an_encoder_the_step_is_done_and_says_why(papers, settings, tmp_path):
    settings.ENCODER = None
    assert night() == {"papers": 0, "skipped": "PAPERBOY_ENCODER is off"}
    assert NightStep.objects.get().state == "done"
    settings.ENCODER = tmp_path / "nowhere"
    assert night(force=True) == {"papers": 0, "skipped": "the encoder has not been fetched"}
    assert help_to_encode(FIRST_DAY, "encode", print) == 0


def test_a_damaged_encoder_does_not_end_the_night_and_the_public_reason_has_no_path(papers, encoder, settings):
    (settings.ENCODER / "model.onnx").write_bytes(b"truncated")
    assert night() == {"papers": 0, "skipped": "the encoder is damaged; see manage.py encoder status"}


def test_a_part_that_fails_is_named_and_the_others_are_encoded(papers, encoder, monkeypatch):
    fail_at(monkeypatch, {304}, DamagedEncoder("model.onnx of tiny failed"))
    summary = night()
    assert summary["failed"] == {"encode:101": "model.onnx of tiny failed"}
    assert summary["papers"] == 9
    assert encoded() == [300, 301, 302, *range(306, 312)]
    assert NightStep.objects.get().state == "done"
    assert part_numbers() == [101]


def test_a_run_that_died_is_resumed_where_it_stopped(papers, encoder, monkeypatch):
    with monkeypatch.context() as context:
        fail_at(context, {305}, RuntimeError("the machine"))
        with pytest.raises(RuntimeError):
            night()
    assert encoded() == [300, 301, 302, 303, 304]
    expire("encode:101")
    done = fail_at(monkeypatch, set(), RuntimeError())
    night(force=True)
    assert done == list(range(305, 312))
    assert not papers_without_vectors().exists()


@commits
def test_helpers_share_the_parts(encoder, small_parts):
    add_papers()

    def help_out():
        return help_to_encode(FIRST_DAY, "encode", lambda line: None)

    outcomes = all_at_once(night, help_out, help_out)
    assert {"papers": 12, "encoder": encoder.description.identity} in outcomes
    assert encoded() == list(range(300, 312))


def test_a_helper_does_the_parts_that_are_left(papers, encoder):
    with hold(FIRST_DAY, "encode"):
        assert help_to_encode(FIRST_DAY, "encode", lambda line: None) == 4
    assert encoded() == list(range(300, 312))


def test_late_papers_are_encoded_by_training_those_with_votes_first_and_then_the_newest(
    papers, encoder, ada, monkeypatch
):
    votes.cast(ada, papers[0], 1)
    Paper.objects.filter(pk=305).update(day=FIRST_DAY + timedelta(days=1))
    monkeypatch.setattr(nightly, "MOST_LATE", 3)
    assert encode_late(print) == {"encoded": 3}
    assert encoded() == [300, 305, 311]


def test_training_that_died_while_it_encoded_continues_where_it_stopped(papers, encoder, monkeypatch):
    with monkeypatch.context() as context:
        fail_at(context, {305}, RuntimeError("the machine"))
        with pytest.raises(RuntimeError):
            encode_late(print)
    assert encoded() == list(range(306, 312))
    done = fail_at(monkeypatch, set(), RuntimeError())
    assert encode_late(print) == {"encoded": 6}
    assert sorted(done) == list(range(300, 306))


def test_training_goes_on_without_the_vectors_that_the_encoder_fails_on(papers, encoder, monkeypatch):
    fail_at(monkeypatch, {307}, DamagedEncoder("model.onnx of tiny failed"))
    assert encode_late(print) == {"encoded": 4, "encoding_failed": "model.onnx of tiny failed"}
    assert encoded() == [308, 309, 310, 311]


def test_training_without_an_encoder_or_without_late_papers_encodes_nothing(papers, encoder, settings):
    night()
    assert encode_late(print) == {}
    Paper.objects.create(pk=312, public_id="pb.312", day=FIRST_DAY, title="protein", source=PaperSource.MEMBER)
    settings.ENCODER = None
    assert encode_late(print) == {}
