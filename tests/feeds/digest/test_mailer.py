"""How answers of the mail server are interpreted, with a real server that refuses, hangs up and stalls."""

from collections import deque

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from feeds.digest.mailer import Mailer
from feeds.models import DeliveryState

from .sink import HANG_UP, STALL

State = DeliveryState
ADA, BOB = "ada@example.org", "bob@example.org"


def send(mailer, to=ADA, body="the day's papers"):
    return mailer.open() or mailer.hand_over(EmailMultiAlternatives("Papers", body, "paperboy@example.org", [to]))


def send_one(**mail):
    mailer = Mailer()
    result = send(mailer, **mail)
    mailer.close()
    return result


def test_an_accepted_mail_is_sent(sink):
    assert send_one().state == State.SENT
    assert sink.times() == {ADA: 1}


def test_many_mails_use_one_connection(sink):
    mailer = Mailer()
    assert [send(mailer, f"reader{n}@example.org").state for n in range(20)] == [State.SENT] * 20
    assert (len(sink.mails), sink.connections) == (20, 1)


@pytest.mark.parametrize("reply", ["450 mailbox busy", "451 greylisted", "452 full", "421 closing"])
def test_a_temporary_refusal_of_the_recipient_is_retried(sink, reply):
    sink.at_recipient[ADA] = deque([reply])
    result = send_one()
    assert (result.state, result.reason, result.is_ours) == (State.WAITING, reply, False)
    assert not sink.mails


@pytest.mark.parametrize("reply", ["550 no such user", "553 not here", "551 moved away"])
def test_a_permanent_refusal_of_the_recipient_is_about_the_address(sink, reply):
    sink.at_recipient[ADA] = deque([reply])
    result = send_one()
    assert (result.state, result.reason, result.is_address) == (State.REFUSED, reply, True)


def test_a_permanent_refusal_of_the_data_is_not_about_the_address(sink):
    sink.at_data[ADA] = deque(["554 looks like spam"])
    result = send_one()
    assert (result.state, result.reason, result.is_address) == (State.REFUSED, "554 looks like spam", False)


@pytest.mark.parametrize("reply", ["451 try later", "421 closing"])
def test_a_temporary_refusal_of_the_data_is_retried(sink, reply):
    sink.at_data[ADA] = deque([reply])
    assert send_one().state == State.WAITING
    assert send_one().state == State.SENT


@pytest.mark.parametrize("failure", [HANG_UP, STALL])
def test_a_connection_that_ends_or_stalls_before_the_data_leaves_the_mail_waiting(sink, failure):
    sink.at_recipient[ADA] = deque([failure])
    result = send_one()
    assert result.state == State.WAITING
    assert "before the mail was handed over" in result.reason


@pytest.mark.parametrize("failure", [HANG_UP, STALL])
def test_a_connection_that_ends_or_stalls_after_the_data_leaves_the_mail_uncertain(sink, failure):
    sink.at_data[ADA] = deque([failure])
    result = send_one()
    assert result.state == State.UNCERTAIN
    assert sink.times() == {ADA: 1}


def test_an_earlier_handed_over_mail_does_not_make_a_later_one_uncertain(sink):
    mailer = Mailer()
    assert send(mailer).state == State.SENT
    sink.at_recipient[BOB] = deque([HANG_UP, HANG_UP])
    assert send(mailer, BOB).state == State.WAITING


def test_a_reused_connection_that_the_server_ended_is_reopened_at_once(sink):
    mailer = Mailer()
    send(mailer)
    sink.at_recipient[BOB] = deque([HANG_UP])
    assert send(mailer, BOB).state == State.SENT
    assert (sink.times(), sink.connections) == ({ADA: 1, BOB: 1}, 2)


def test_after_each_failure_the_next_mail_is_sent(sink):
    mailer = Mailer()
    sink.at_data[ADA] = deque([STALL, HANG_UP, "451 later", "421 closing", "554 no"])
    for _ in range(5):
        send(mailer)
        assert send(mailer, BOB).state == State.SENT
    assert sink.times()[BOB] == 5


def test_an_unreachable_or_busy_server_is_not_the_recipients_fault(sink, settings):
    sink.at_connect.append("421 too many connections")
    result = send_one()
    assert (result.state, result.is_ours) == (State.WAITING, True)
    assert "421 too many connections" in result.reason
    settings.EMAIL_PORT = 1
    assert "refused" in send_one().reason


class BrokenBackend(BaseEmailBackend):
    """A third-party backend whose connection breaks."""

    def send_messages(self, email_messages):
        raise TimeoutError("no answer")


def test_a_broken_connection_of_an_unwatched_backend_leaves_the_mail_uncertain(settings):
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    result = send_one()
    assert (result.state, result.is_ours) == (State.UNCERTAIN, False)


class IdleBackend(BaseEmailBackend):
    """A backend that sends nothing and returns 0."""

    def send_messages(self, email_messages):
        return 0


def test_a_backend_that_sends_nothing_is_named_and_the_mail_waits(settings):
    settings.EMAIL_BACKEND = f"{__name__}.IdleBackend"
    result = send_one()
    assert (result.state, result.is_ours) == (State.WAITING, True)
    assert "IdleBackend sent no mail" in result.reason
