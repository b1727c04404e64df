"""Responses of the real sources, if the folder of shared data is beside the checkout."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.sources.formats.record import PaperRecord
from recommender.textfiles import BrokenStream, Rejected

DATA = Path(__file__).parents[5] / "shared" / "data"
RAW = DATA / "raw_samples"
needs_samples = pytest.mark.skipif(not RAW.is_dir(), reason="the real samples (../shared/data/raw_samples) are absent")
needs_papers = pytest.mark.skipif(
    not (DATA / "papers.jsonl.gz").is_file(), reason="the real papers (../shared/data/papers.jsonl.gz) are absent"
)


def words(text: str | None) -> str:
    """A text of the sample with white space collapsed, the only change that a reader may make."""
    return " ".join((text or "").split())


def until_it_breaks(
    rows: Iterator[PaperRecord | Rejected],
) -> tuple[list[PaperRecord | Rejected], BrokenStream | None]:
    """The rows before the stream broke, and the error; None if it did not break."""
    complete: list[PaperRecord | Rejected] = []
    try:
        for row in rows:
            complete.append(row)  # noqa: PERF402
    except BrokenStream as error:
        return complete, error
    return complete, None
