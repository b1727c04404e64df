"""`python -m tests.benchmarks.killing [KILLS] [SEED]`: a back-fill killed at random moments against one left in peace.

The 1,000 real records of one OAI-PMH answer come in pages of 50, archive by archive, from a server on loopback.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()

from recommender.categories import SUBJECTS  # noqa: E402
from tests.benchmarks.town import machine, table  # noqa: E402
from tests.feeds.sources.killing import WITHIN_SECONDS, Outcome, back_fill  # noqa: E402


def main(kills: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        whole = back_fill(Path(first), SUBJECTS)
        began = time.monotonic()
        killed = back_fill(Path(second), SUBJECTS, kills=kills, seed=seed)
        seconds = time.monotonic() - began
    print(f"{kills} kills up to {WITHIN_SECONDS} s after a run's first page, seed {seed}; {machine()}")
    print(table(["back-fill", "papers", "tellings", "pages asked for", "of them again", "seconds"], [
        ["in peace", *_figures(whole), f"{whole.seconds:.1f}"],
        ["killed", *_figures(killed), f"{seconds:.1f}"],
    ]))  # fmt: skip
    print(f"tables equal: {killed.tables == whole.tables}")
    print(f"asked for again, and not in flight at a kill: {killed.asked_again_without_need or 'nothing'}")


def _figures(outcome: Outcome) -> list[str]:
    papers, tellings = outcome.tables
    counts = (len(papers), len(tellings), len(outcome.pages), sum(outcome.asked_again.values()))
    return [f"{count:,}" for count in counts]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
