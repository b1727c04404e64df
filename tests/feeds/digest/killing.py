"""A run of many digests whose process is killed repeatedly while the mail server keeps running."""

import json
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feeds.models import Delivery, DeliveryState
from tests.feeds.instance import Instance
from tests.feeds.planting import papers

from .readers import wishing
from .sink import Sink

LEASE_SECONDS = 2
PHASE_SECONDS = 0.05  # from a mail's arrival to the last moment of the kill; about two mails


@dataclass
class Outcome:
    """The final states of the rows, and the number of mails by address."""

    states: dict[str, str]
    mails: Counter[str]
    kills: int
    seconds: float

    @property
    def doubled(self) -> list[str]:
        return [address for address, times in self.mails.items() if times > 1]

    @property
    def uncertain(self) -> list[str]:
        return [address for address, state in self.states.items() if state == DeliveryState.UNCERTAIN]

    @property
    def lost(self) -> list[str]:
        """Readers without a mail whose row does not say that it may be lost."""
        return [address for address in self.states if address not in self.mails and address not in self.uncertain]


def plant(readers: int) -> None:
    """Create papers of today, and readers whose digest is due for the rest of their day, which has hours left."""
    now = datetime.now(UTC)
    papers(20, now.date())
    wishing(readers, hour=0, time_zone="Pacific/Kiritimati" if now.hour >= 12 else "UTC")


def states() -> str:
    return json.dumps(dict(Delivery.objects.values_list("reader__email", "state")))


def kill_and_finish(folder: Path, readers: int, kills: int, seed: int) -> Outcome:
    """Send to this many readers: `kills` processes are killed, each after some mails, and a last one finishes."""
    chance = random.Random(seed)
    with Sink() as sink:
        instance = _instance(folder, sink, readers)
        began = time.monotonic()
        for _ in range(kills):
            _kill(instance, sink, chance.randint(1, max(1, 2 * readers // (kills + 1) - 1)), chance)
        time.sleep(LEASE_SECONDS + 0.1)
        _run(instance)
        seconds = time.monotonic() - began
        rows = json.loads(instance.shell("from tests.feeds.digest.killing import states; print(states())"))
        return Outcome(rows, sink.times(), kills, seconds)


def _instance(folder: Path, sink: Sink, readers: int) -> Instance:
    instance = Instance(folder)
    instance.env |= {"EMAIL_URL": sink.url, "PAPERBOY_LEASE_SECONDS": str(LEASE_SECONDS)}
    instance.env |= {"PAPERBOY_MAILS_PER_MINUTE": "0", "PAPERBOY_MAILS_PER_MINUTE_AND_PROVIDER": "0"}
    instance.manage("migrate", "-v", "0")
    instance.shell(f"from tests.feeds.digest.killing import plant; plant({readers})")
    return instance


def _kill(instance: Instance, sink: Sink, after_mails: int, chance: random.Random) -> None:
    """Kill a run shortly after this many mails; the test fails if it has ended by then."""
    enough = len(sink.mails) + after_mails
    process = instance.start(sys.executable, "manage.py", "send_digests")
    while len(sink.mails) < enough and process.poll() is None:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, PHASE_SECONDS))
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL, instance.log.read_text()[-2000:]


def _run(instance: Instance) -> None:
    """Run to the end; the exit code is 1 if some digests may have been sent."""
    process = instance.start(sys.executable, "manage.py", "send_digests")
    assert process.wait(600) in (0, 1), instance.log.read_text()[-3000:]
