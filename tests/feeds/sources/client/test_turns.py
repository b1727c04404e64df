"""Turns: never two requests at once, never one too early, from any number of threads and processes."""

import sys
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from feeds.models import Host
from feeds.sources.client import turns
from feeds.sources.client.client import Client
from feeds.sources.client.service import SourceFailed, service
from tests.feeds.instance import Instance
from tests.feeds.outside import Reply
from tests.threads import all_at_once, commits

PAUSE = 0.15
EVERYBODY = """
import django; django.setup()
from django.conf import settings
from feeds.sources.client.client import Client
for made in settings.SOURCE_SERVICES.values():
    made |= {"pause": PAUSE, "turn": "one"}
for _ in range(2):
    Client().get("arxiv_rss"); Client().get("arxiv_oai")
"""


def soon(seconds=0.3):
    return time.monotonic() + seconds


def slow(asked):
    time.sleep(0.05)
    return Reply(b"whole")


def gaps(outside):
    """Seconds from the end of each request to the beginning of the next; negative where two overlapped."""
    asked = sorted(outside.asked, key=lambda one: one.began)
    return [later.began - earlier.ended for earlier, later in pairwise(asked)]


@commits
def test_requests_of_four_threads_come_one_by_one_with_a_pause_between_them(outside, settings):
    settings.SOURCE_SERVICES = outside.services(pause=PAUSE)
    outside.answer("/", slow)
    all_at_once(
        *[lambda name=name: Client().get(name) for name in ("arxiv_rss", "arxiv_oai", "arxiv_api", "arxiv_rss")]
    )
    assert len(outside.asked) == 4
    assert min(gaps(outside)) > PAUSE - 0.05


@pytest.mark.processes
def test_requests_of_two_processes_come_one_by_one_with_a_pause_between_them(outside, tmp_path):
    outside.answer("/", slow)
    instance = Instance(tmp_path)
    instance.env |= outside.environment()
    instance.manage("migrate", "-v", "0")
    both = [instance.start(sys.executable, "-c", EVERYBODY.replace("PAUSE", str(PAUSE))) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0], instance.log.read_text()
    assert len(outside.asked) == 8
    assert min(gaps(outside)) > PAUSE - 0.05


@commits
def test_services_with_turns_of_their_own_do_not_wait_for_each_other(outside):
    with turns.turn(service("arxiv_rss"), soon()), turns.turn(service("huggingface"), soon()):
        held = Host.objects.exclude(holder="").values_list("name", flat=True)
        assert sorted(held) == ["arxiv", "huggingface"]


def test_services_of_one_turn_wait_for_each_other(outside, db):
    with (
        turns.turn(service("arxiv_rss"), soon()),
        pytest.raises(SourceFailed, match="another request is under way"),
        turns.turn(service("arxiv_oai"), soon()),
    ):
        pass


def test_the_claim_of_a_killed_process_expires_soon_after_its_request_must_have_ended(outside, db, settings):
    settings.SOURCE_SERVICES = outside.services(whole=1.0)
    with turns.turn(service("arxiv_rss"), soon()):
        held = Host.objects.get(name="arxiv").free_at - timezone.now()
    assert timedelta(seconds=1) < held <= timedelta(seconds=2.1)
    Host.objects.update(free_at=timezone.now(), holder="somebody who died")
    with turns.turn(service("arxiv_rss"), soon()):
        pass


def test_a_holder_whose_claim_expired_does_not_end_the_turn_of_the_next(outside, db):
    late = timezone.now() + timedelta(minutes=1)
    with turns.turn(service("arxiv_rss"), soon()):
        Host.objects.filter(name="arxiv").update(holder="the next", free_at=late)
    assert Host.objects.get(name="arxiv").holder == "the next"
    assert Host.objects.get(name="arxiv").free_at == late


def test_a_resting_service_is_not_asked_but_others_of_its_turn_are(outside, db):
    turns.rest(service("arxiv_rss"), 60)
    with pytest.raises(SourceFailed, match="it asked for a pause until"), turns.turn(service("arxiv_rss"), soon()):
        pass
    with turns.turn(service("arxiv_oai"), soon()):
        pass


def test_a_rest_is_never_shortened(outside, db):
    turns.rest(service("arxiv_rss"), 60)
    turns.rest(service("arxiv_rss"), 1)
    assert Host.objects.get().free_at - timezone.now() > timedelta(seconds=50)
