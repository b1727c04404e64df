"""`python -m tests.benchmarks.mailing [READERS]` or `... kill [KILLS] [READERS] [SEED]`: how fast
and how safely mails go.

Without `kill`: the mails per minute of the digests of so many readers, claimed, composed, sent and recorded, against
a bare loop over the same finished mails, to the same SMTP server (a process of its own) in the same run; and where
the time goes. With it: a run whose process is killed at random moments, and what became of each digest.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django

FOLDER = tempfile.TemporaryDirectory()
os.environ["PAPERBOY_DATA_DIR"] = FOLDER.name
os.environ["PAPERBOY_MAILS_PER_MINUTE"] = os.environ["PAPERBOY_MAILS_PER_MINUTE_AND_PROVIDER"] = "0"
os.environ.setdefault("PAPERBOY_SOURCES", "")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402
from django.core.management import call_command  # noqa: E402

from accounts.models import User  # noqa: E402
from feeds.digest.compose import compose  # noqa: E402
from feeds.digest.mail import write_mail  # noqa: E402
from feeds.digest.mailer import DJANGOS_SMTP  # noqa: E402
from feeds.digest.send import send_due  # noqa: E402
from feeds.models import Delivery, DigestWish, Mailed  # noqa: E402
from recommender import votes  # noqa: E402
from recommender.models import Paper, Vote  # noqa: E402
from tests.benchmarks.town import machine, table  # noqa: E402
from tests.feeds.digest.killing import kill_and_finish  # noqa: E402
from tests.feeds.digest.readers import morning, wishing  # noqa: E402
from tests.feeds.planting import DAY, papers, plant, train  # noqa: E402

VOTES = 5  # of each reader, so that their rankings are their own
TURNS = 3


def prepare(readers: int) -> list[User]:
    """A day of 316 papers, a model, and readers with votes who wish for ten papers."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    graphs, proteins = plant()
    papers(300, month="2609")
    train()
    found = wishing(readers)
    before = [[one for one in topic if one.day < DAY] for topic in (graphs, proteins)]
    at = morning(DAY, 5).at
    for number, reader in enumerate(found):
        voted = before[number % 2][number % 7 : number % 7 + VOTES]
        votes.record([Vote(reader=reader, paper=one, value=1, voted_at=at) for one in voted])
    return found


@contextmanager
def sink_elsewhere() -> Iterator[None]:
    """A mail server in a process of its own, that Django's settings name."""
    command = [sys.executable, "-m", "tests.feeds.digest.sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = DJANGOS_SMTP, "127.0.0.1"
        settings.EMAIL_PORT = int(process.stdout.readline())
        yield
        process.communicate()


def finished_mails(readers: list[User]) -> tuple[list[EmailMultiAlternatives], float, float]:
    """Everybody's mail, written and not sent, and the seconds that composing and writing took."""
    began = time.perf_counter()
    digests = [compose(reader, DAY, morning(DAY).at) for reader in readers]
    composed = time.perf_counter()
    mails = [write_mail(digest, Delivery(pk=place, day=DAY)) for place, digest in enumerate(digests, start=1)]
    return mails, composed - began, time.perf_counter() - composed


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def one_by_one(mails: list[EmailMultiAlternatives]) -> None:
    for one in mails:
        one.connection = None
        one.send()


def over_one_connection(mails: list[EmailMultiAlternatives]) -> None:
    with get_connection() as connection:
        for one in mails:
            one.connection = connection
            one.send()


def everything(readers: int) -> None:
    counts = send_due(morning(DAY))
    assert counts == {"sent": readers}, counts


def forget() -> None:
    Mailed.objects.all().delete()
    Delivery.objects.all().delete()


def measure(readers: int) -> None:
    people = prepare(readers)
    rows: dict[str, list[float]] = {name: [] for name in ("bare loop", "bare, one connection", "send_digests")}
    parts: list[tuple[float, float]] = []
    with sink_elsewhere():
        for _ in range(TURNS):
            mails, *spent = finished_mails(people)
            parts.append((spent[0], spent[1]))
            rows["bare loop"].append(seconds(lambda: one_by_one(mails)))  # noqa: B023
            rows["bare, one connection"].append(seconds(lambda: over_one_connection(mails)))  # noqa: B023
            forget()
            rows["send_digests"].append(seconds(lambda: everything(readers)))
            forget()
    kilobytes = sum(len(one.message().as_bytes()) for one in mails) / len(mails) / 1000
    print(f"{readers} readers, {Paper.objects.count()} papers, {DigestWish.objects.first()!s}; {machine()}")
    print(f"{kilobytes:.0f} kB a mail; the least of {TURNS} turns\n")
    report({name: min(times) for name, times in rows.items()}, (min(one) for one in zip(*parts, strict=True)), readers)


def report(least: dict[str, float], parts: Iterator[float], readers: int) -> None:
    bare = least["bare loop"]
    lines = [[name, f"{60 * readers / each:,.0f}", f"{bare / each:.2f}"] for name, each in least.items()]
    print(table(["", "mails a minute", "of the bare loop"], lines))
    composing, writing = parts
    sending = least["bare, one connection"]
    rest = least["send_digests"] - composing - writing - sending
    shares = {"composing": composing, "writing": writing, "sending": sending, "claiming and recording": rest}
    print()
    print(table(["part of send_digests", "ms a mail"], [[k, f"{1000 * v / readers:.1f}"] for k, v in shares.items()]))


def kill(kills: int, readers: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill_and_finish(Path(folder), readers, kills, seed)
    print(f"{readers} readers, {outcome.kills} kills, seed {seed}, {outcome.seconds:.0f} s; {machine()}")
    print(f"rows: {dict(Counter(outcome.states.values()))}; mails that arrived: {outcome.mails.total()}")
    arrived = sum(address in outcome.mails for address in outcome.uncertain)
    print(f"two mails: {outcome.doubled or 'nobody'}; lost without a word: {outcome.lost or 'nobody'}")
    print(f"uncertain: {len(outcome.uncertain)}, of which {arrived} had arrived")


if __name__ == "__main__":
    if sys.argv[1:2] == ["kill"]:
        numbers = [int(argument) for argument in sys.argv[2:]]
        kill(*(numbers + [20, 500, 1][len(numbers) :]))
    else:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
