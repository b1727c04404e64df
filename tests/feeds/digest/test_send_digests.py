"""`manage.py send_digests`: who gets one, what it says, and when it ends in an error."""

from collections import deque
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from feeds.models import Delivery
from tests.feeds.planting import papers

from .readers import wish


@pytest.fixture
def today(db):
    day = timezone.now().date()
    papers(3, day)
    return day


def run(*arguments):
    out = StringIO()
    call_command("send_digests", *arguments, stdout=out, stderr=out)
    return out.getvalue().strip()


def test_it_sends_what_is_due_and_says_so(sink, ada, bob, today):
    for reader in (ada, bob):
        wish(reader, hour=0)
    assert run() == "2 sent"
    assert run() == "nothing was due"
    assert sink.times() == {ada.email: 1, bob.email: 1}


def test_for_one_reader_the_others_go_without(sink, ada, bob, today):
    for reader in (ada, bob):
        wish(reader, hour=0)
    assert run("--reader", "ADA@example.org") == "1 sent"
    assert sink.times() == {ada.email: 1}


def test_for_a_day_the_hour_does_not_matter(sink, ada, today):
    wish(ada, hour=23)
    assert run("--day", today.isoformat()) == "1 sent"


def test_a_dry_run_names_who_would_get_one_and_changes_nothing(sink, ada, today):
    wish(ada, hour=0)
    assert run("--dry-run").splitlines()[0] == ada.email
    assert not sink.kept
    assert not Delivery.objects.exists()


def test_what_could_not_be_sent_ends_it_with_an_error_and_the_reason(sink, ada, today, capsys):
    wish(ada, hour=0)
    sink.at_recipient[ada.email] = deque(["450 mailbox busy"])
    with pytest.raises(CommandError, match="not every digest could be sent"):
        run()


def test_an_address_that_nobody_has_is_named(db):
    with pytest.raises(CommandError, match=r"'nobody@example\.org': no reader and no subscriber"):
        run("--reader", "nobody@example.org")


def test_a_day_that_has_not_begun_is_named(db):
    day = timezone.now().date() + timedelta(days=2)
    with pytest.raises(CommandError, match=f"--day {day}: that day has not begun"):
        run("--day", day.isoformat())
