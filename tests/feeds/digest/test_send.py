"""Sending due digests: each once, whatever the mail server answers, with its outcome recorded."""

from collections import deque
from datetime import timedelta

import pytest

from feeds.digest.deliveries import ABANDONED, MISSED
from feeds.digest.send import send_due, send_now
from feeds.models import Delivery, DeliveryKind, DeliveryState, DigestWish, Mailed
from tests.feeds.planting import DAY, paper, papers
from tests.threads import all_at_once, commits

from .readers import Clock, make_trend, morning, subscriber, wish, wishing
from .sink import HANG_UP, STALL

State = DeliveryState


@pytest.fixture
def clock(db) -> Clock:
    papers(3)
    return morning(DAY)


def only() -> Delivery:
    return Delivery.objects.get()


def test_a_digest_that_is_due_is_sent_once(sink, ada, clock):
    wish(ada)
    assert send_due(clock) == {"sent": 1}
    assert send_due(clock) == {}
    clock.move(hours=3)
    assert send_due(clock) == {}
    assert sink.times() == {ada.email: 1}


def test_a_sent_digest_is_recorded_and_its_papers_are_not_shown_again(sink, ada, clock):
    wish(ada)
    send_due(clock)
    row = only()
    assert (row.state, row.day, row.sent_at, row.attempts) == (State.SENT, DAY, clock.at, 1)
    assert sink.mails[0].message["Message-ID"] == row.message_id
    assert len(row.paper_pks) == 3
    assert set(Mailed.objects.values_list("reader", "paper")) == {(ada.pk, pk) for pk in row.paper_pks}


def test_nobody_gets_a_digest_before_their_hour_or_without_turning_it_on(sink, ada, bob, clock):
    wish(ada, hour=9)
    wish(bob, is_on=False)
    subscriber("carol@example.org", confirmed_at=None)
    assert send_due(clock) == {}
    assert not Delivery.objects.exists()


def test_subscribers_get_a_digest(sink, clock):
    make_trend(paper("2607.00099"), clock.at)
    subscriber("carol@example.org")
    assert send_due(clock) == {"sent": 1}
    assert sink.times() == {"carol@example.org": 1}


def test_a_digest_without_papers_is_recorded_and_not_sent(sink, ada, clock):
    wish(ada)
    clock.move(days=30)
    assert send_due(clock) == {"empty": 1}
    assert send_due(clock) == {}
    assert not sink.mails


def test_a_temporary_refusal_is_retried_after_growing_delays(sink, ada, clock):
    wish(ada)
    sink.at_recipient[ada.email] = deque(["450 busy", "451 greylisted"])
    assert send_due(clock) == {"waiting": 1}
    assert (only().next_at - clock.at, only().error) == (timedelta(minutes=5), "450 busy")
    clock.move(minutes=5)
    assert send_due(clock) == {"waiting": 1}
    assert (only().next_at - clock.at, only().error) == (timedelta(minutes=15), "451 greylisted")
    clock.move(minutes=14)
    assert send_due(clock) == {}
    clock.move(minutes=1)
    assert send_due(clock) == {"sent": 1}
    assert (only().state, only().attempts, only().error) == (State.SENT, 3, "")


def test_a_digest_that_is_refused_until_its_day_is_over_has_failed(sink, ada, clock):
    wish(ada)
    sink.at_recipient["*"] = deque(["450 busy"] * 99)
    days = []
    while clock.at.date() == DAY:
        send_due(clock)
        days.append(clock.at.date())
        clock.move(hours=1)
    clock.move(hours=4)
    DigestWish.objects.update(is_on=False)
    send_due(clock)
    assert only().state == State.FAILED
    assert only().error == "the day was over before it could be sent; 450 busy"


def test_a_permanent_refusal_pauses_the_reader_and_records_why(sink, ada, clock):
    wish(ada)
    sink.at_recipient[ada.email] = deque(["550 no such user"])
    assert send_due(clock) == {"refused": 1}
    mine = DigestWish.objects.get()
    assert (mine.paused_at, mine.paused_reason) == (
        clock.at,
        "Mails to ada@example.org are refused: 550 no such user",
    )
    clock.move(days=1)
    assert send_due(clock) == {}


def test_two_refusals_of_the_content_in_a_row_pause_the_reader(sink, ada, clock):
    wish(ada)
    sink.at_data[ada.email] = deque(["554 spam", "554 spam"])
    assert send_due(clock) == {"refused": 1}
    assert DigestWish.objects.get().is_wanted
    clock.move(days=1)
    assert send_due(clock) == {"refused": 1}
    assert not DigestWish.objects.get().is_wanted


@pytest.mark.parametrize("failure", [HANG_UP, STALL])
def test_a_connection_that_ends_after_the_data_makes_the_digest_uncertain_and_it_is_never_sent_again(
    sink, ada, clock, failure
):
    wish(ada)
    sink.at_data[ada.email] = deque([failure])
    assert send_due(clock) == {"uncertain": 1}
    clock.move(hours=3)
    assert send_due(clock) == {}
    assert sink.times() == {ada.email: 1}
    assert Mailed.objects.count() == 3


def test_a_stalling_server_of_one_reader_does_not_delay_the_others(sink, clock):
    readers = wishing(20)
    sink.at_recipient[readers[4].email] = deque([STALL] * 2)
    assert send_due(clock) == {"sent": 19, "waiting": 1}


def test_a_mail_server_that_is_down_is_tried_three_times_and_the_rest_waits(settings, sink, clock):
    wishing(20)
    settings.EMAIL_PORT = 1
    assert send_due(clock) == {"waiting": 3, "left": 17}
    settings.EMAIL_PORT = sink.port
    clock.move(minutes=5)
    assert send_due(clock) == {"sent": 20}


def test_a_claim_whose_worker_died_before_sending_is_taken_over_after_its_lease(sink, ada, clock):
    wish(ada)
    Delivery.objects.create(reader=ada, day=DAY, claim="dead", claimed_at=clock.at, next_at=clock.at)
    assert send_due(clock) == {"sent": 1}


def test_a_claim_that_is_held_is_left_alone(sink, ada, clock):
    wish(ada)
    later = clock.at + timedelta(minutes=1)
    Delivery.objects.create(reader=ada, day=DAY, claim="alive", claimed_at=clock.at, next_at=later)
    assert send_due(clock) == {}


def test_a_claim_whose_worker_died_while_sending_is_uncertain_and_never_sent_again(sink, ada, clock):
    wish(ada)
    [first, *_] = Mailed._meta.get_field("paper").related_model.objects.all()
    held = {"claim": "dead", "claimed_at": clock.at, "sending_at": clock.at, "next_at": clock.at}
    Delivery.objects.create(reader=ada, day=DAY, paper_pks=[first.pk], **held)
    assert send_due(clock) == {"uncertain": 1}
    assert (only().state, only().error) == (State.UNCERTAIN, ABANDONED)
    assert Mailed.objects.get().paper == first
    assert not sink.mails


def test_a_digest_that_was_turned_off_while_it_waited_is_skipped(sink, ada, clock):
    wish(ada)
    sink.at_recipient[ada.email] = deque(["450 busy"])
    send_due(clock)
    DigestWish.objects.update(is_on=False)
    clock.move(minutes=5)
    assert send_due(clock) == {}
    assert only().state == State.SKIPPED


def test_days_without_a_worker_are_recorded_and_not_sent_late(sink, ada, clock):
    wish(ada)
    clock.move(hours=-2)
    send_due(clock)  # six o'clock: not yet
    clock.move(days=3, hours=2)
    assert send_due(clock) == {"skipped": 3, "sent": 1}
    skipped = Delivery.objects.filter(state=State.SKIPPED).order_by("day")
    assert [row.day - DAY for row in skipped] == [timedelta(days=back) for back in range(3)]
    assert {row.error for row in skipped} == {MISSED}


def test_a_worker_that_slept_past_the_hour_catches_up_on_the_same_day(sink, ada, clock):
    wish(ada, hour=1)
    clock.move(hours=15)
    assert send_due(clock) == {"sent": 1}


def test_a_missed_digest_can_be_sent_on_demand(sink, ada, clock):
    wish(ada)
    Delivery.objects.create(reader=ada, day=DAY, state=State.SKIPPED, error=MISSED)
    clock.move(days=1)
    assert send_due(clock, day=DAY) == {"sent": 1}
    assert only().day == DAY


def test_a_requested_digest_is_sent_at_once_and_the_scheduled_one_has_other_papers(sink, ada, clock):
    wish(ada, length=2, hour=20)
    requested = send_now(ada, clock)
    assert (requested.state, requested.kind, len(requested.paper_pks)) == (State.SENT, DeliveryKind.ASKED, 2)
    clock.move(hours=12)
    assert send_due(clock) == {"sent": 1}
    of_the_day = Delivery.objects.get(kind=DeliveryKind.DUE)
    assert len(of_the_day.paper_pks) == 1
    assert not set(of_the_day.paper_pks) & set(requested.paper_pks)


def test_a_requested_digest_that_is_refused_temporarily_is_retried(sink, ada, clock):
    sink.at_recipient[ada.email] = deque(["450 busy"])
    assert send_now(ada, clock).state == State.WAITING
    clock.move(minutes=5)
    assert send_due(clock) == {"sent": 1}


def test_an_address_that_cannot_be_written_to_is_refused(sink, ada, clock):
    wish(ada)
    type(ada).objects.update(email="no\nline@example.org")
    assert send_due(clock) == {"refused": 1}
    assert "is not valid" in DigestWish.objects.get().paused_reason


def test_an_error_in_paperboy_for_one_reader_does_not_stop_the_others(sink, clock):
    readers = wishing(3)
    type(readers[1]).objects.filter(pk=readers[1].pk).update(own_names=5, hides_own_papers=True)
    counts = send_due(clock)
    assert (counts["sent"], counts["waiting"]) == (2, 1)
    assert "an error in Paperboy" in Delivery.objects.get(state=State.WAITING).error


@commits
def test_two_workers_at_once_send_each_digest_once(sink):
    papers(3)
    clock = morning(DAY)
    readers = wishing(60)
    outcomes = all_at_once(lambda: send_due(clock), lambda: send_due(clock))
    assert sum(outcome["sent"] for outcome in outcomes) == 60
    assert sink.times() == {reader.email: 1 for reader in readers}
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


@commits
def test_two_workers_at_once_retry_each_digest_once(sink):
    papers(3)
    clock = morning(DAY)
    readers = wishing(30)
    waits = [Delivery(reader=one, day=DAY, state=State.WAITING, attempts=1, next_at=clock.at) for one in readers]
    Delivery.objects.bulk_create(waits)
    all_at_once(lambda: send_due(clock), lambda: send_due(clock))
    assert sink.times() == {reader.email: 1 for reader in readers}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {2}
