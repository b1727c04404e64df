"""`manage.py send_digests`: who gets a digest, what it prints, and when it fails."""

from collections import deque
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from feeds.models import Delivery
from tests.feeds.digest.readers import wish
from tests.feeds.planting import papers


@pytest.fixture
def today(db):
    day = timezone.now().date()
    papers(3, day)
    return day


def run(*arguments):
    out = StringIO()
    call_command("send_digests", *arguments, stdout=out, stderr=out)
    return out.getvalue().strip()


def test_it_sends_due_digests_and_prints_their_number(sink, ada, bob, today):
    for reader in (ada, bob):
        wish(reader, hour=0)
    assert run() == "2 sent"
    assert run() == "nothing was due"
    assert sink.times() == {ada.email: 1, bob.email: 1}


def test_with_a_reader_the_others_get_nothing(sink, ada, bob, today):
    for reader in (ada, bob):
        wish(reader, hour=0)
    assert run("--reader", "ADA@example.org") == "1 sent"
    assert sink.times() == {ada.email: 1}


def test_with_a_day_the_hour_does_not_matter(sink, ada, today):
    wish(ada, hour=23)
    assert run("--day", today.isoformat()) == "1 sent"


def test_a_dry_run_lists_recipients_and_changes_nothing(sink, ada, today):
    wish(ada, hour=0)
    assert run("--dry-run").splitlines()[0] == ada.email
    assert not sink.mails
    assert not Delivery.objects.exists()


def test_it_fails_if_a_digest_could_not_be_sent(sink, ada, today, capsys):
    wish(ada, hour=0)
    sink.at_recipient[ada.email] = deque(["450 mailbox busy"])
    with pytest.raises(CommandError, match="not every digest could be sent"):
        run()


def test_an_unknown_address_is_named(db):
    with pytest.raises(CommandError, match=r"'nobody@example\.org': no reader and no subscriber"):
        run("--reader", "nobody@example.org")


def test_a_day_that_has_not_begun_is_named(db):
    day = timezone.now().date() + timedelta(days=2)
    with pytest.raises(CommandError, match=f"--day {day}: that day has not begun"):
        run("--day", day.isoformat())
