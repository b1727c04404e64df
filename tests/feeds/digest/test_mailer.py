"""What the mail server answers, and what is made of it; against a real server that refuses, hangs up and stalls."""

from collections import deque

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from feeds.digest.mailer import Mailer
from feeds.models import DeliveryState

from .sink import HANG_UP, STALL

State = DeliveryState
ADA, BOB = "ada@example.org", "bob@example.org"


def send(post, to=ADA, body="the day's papers"):
    return post.open() or post.hand_over(EmailMultiAlternatives("Papers", body, "paperboy@example.org", [to]))


def send_one(**mail):
    post = Mailer()
    answer = send(post, **mail)
    post.close()
    return answer


def test_a_mail_that_is_taken_is_sent(sink):
    assert send_one().state == State.SENT
    assert sink.times() == {ADA: 1}


def test_many_mails_go_over_one_connection(sink):
    post = Mailer()
    assert [send(post, f"reader{n}@example.org").state for n in range(20)] == [State.SENT] * 20
    assert (len(sink.kept), sink.connections) == (20, 1)


@pytest.mark.parametrize("reply", ["450 mailbox busy", "451 greylisted", "452 full", "421 closing"])
def test_a_recipient_who_is_refused_for_now_waits(sink, reply):
    sink.at_recipient[ADA] = deque([reply])
    answer = send_one()
    assert (answer.state, answer.words, answer.is_ours) == (State.WAITING, reply, False)
    assert not sink.kept


@pytest.mark.parametrize("reply", ["550 no such user", "553 not here", "551 moved away"])
def test_a_recipient_who_is_refused_for_good_is_refused_because_of_the_address(sink, reply):
    sink.at_recipient[ADA] = deque([reply])
    answer = send_one()
    assert (answer.state, answer.words, answer.is_address) == (State.REFUSED, reply, True)


def test_a_mail_that_is_refused_for_good_after_its_data_is_not_refused_because_of_the_address(sink):
    sink.at_data[ADA] = deque(["554 looks like spam"])
    answer = send_one()
    assert (answer.state, answer.words, answer.is_address) == (State.REFUSED, "554 looks like spam", False)


@pytest.mark.parametrize("reply", ["451 try later", "421 closing"])
def test_a_mail_that_is_refused_for_now_after_its_data_waits(sink, reply):
    sink.at_data[ADA] = deque([reply])
    assert send_one().state == State.WAITING
    assert send_one().state == State.SENT


@pytest.mark.parametrize("trouble", [HANG_UP, STALL])
def test_a_connection_that_ends_or_stalls_before_the_data_leaves_the_mail_waiting(sink, trouble):
    sink.at_recipient[ADA] = deque([trouble])
    answer = send_one()
    assert answer.state == State.WAITING
    assert "before the mail was handed over" in answer.words


@pytest.mark.parametrize("trouble", [HANG_UP, STALL])
def test_a_connection_that_ends_or_stalls_after_the_data_leaves_the_mail_uncertain(sink, trouble):
    sink.at_data[ADA] = deque([trouble])
    answer = send_one()
    assert answer.state == State.UNCERTAIN
    assert sink.times() == {ADA: 1}


def test_that_an_earlier_mail_was_handed_over_says_nothing_of_a_later_one(sink):
    post = Mailer()
    assert send(post).state == State.SENT
    sink.at_recipient[BOB] = deque([HANG_UP, HANG_UP])
    assert send(post, BOB).state == State.WAITING


def test_a_kept_connection_that_the_server_ended_is_made_anew_at_once(sink):
    post = Mailer()
    send(post)
    sink.at_recipient[BOB] = deque([HANG_UP])
    assert send(post, BOB).state == State.SENT
    assert (sink.times(), sink.connections) == ({ADA: 1, BOB: 1}, 2)


def test_after_each_trouble_the_next_mail_goes_out(sink):
    post = Mailer()
    sink.at_data[ADA] = deque([STALL, HANG_UP, "451 later", "421 closing", "554 no"])
    for _ in range(5):
        send(post)
        assert send(post, BOB).state == State.SENT
    assert sink.times()[BOB] == 5


def test_a_server_that_is_not_there_or_does_not_want_us_is_no_fault_of_the_recipient(sink, settings):
    sink.at_connect.append("421 too many connections")
    answer = send_one()
    assert (answer.state, answer.is_ours) == (State.WAITING, True)
    assert "421 too many connections" in answer.words
    settings.EMAIL_PORT = 1
    assert "refused" in send_one().words


class SomebodysBackend(BaseEmailBackend):
    """A backend that is not ours, whose connection breaks."""

    def send_messages(self, email_messages):
        raise TimeoutError("no answer")


def test_of_a_backend_that_is_not_watched_a_broken_connection_leaves_the_mail_uncertain(settings):
    settings.EMAIL_BACKEND = f"{__name__}.SomebodysBackend"
    answer = send_one()
    assert (answer.state, answer.is_ours) == (State.UNCERTAIN, False)


class IdleBackend(BaseEmailBackend):
    """A backend that sends nothing and says so."""

    def send_messages(self, email_messages):
        return 0


def test_a_backend_that_takes_no_mail_leaves_it_waiting_and_is_named(settings):
    settings.EMAIL_BACKEND = f"{__name__}.IdleBackend"
    answer = send_one()
    assert (answer.state, answer.is_ours) == (State.WAITING, True)
    assert "IdleBackend took no mail" in answer.words
