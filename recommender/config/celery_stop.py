"""Stop workers at once on SIGTERM, so that the night's step is handed back in time."""

import signal
from types import FrameType
from typing import Any

from celery import signals


def exit_on_sigterm() -> None:
    """Let SIGTERM raise SystemExit in a worker's processes, which the ledger records, instead of killing them."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    def install(**_: Any) -> None:
        signal.signal(signal.SIGTERM, stop)

    signals.worker_process_init.connect(install, weak=False)
