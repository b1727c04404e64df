"""Responses of the real sources, where the folder of shared data lies beside the checkout."""

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
    """A text of the sample, its white space collapsed, which is all that a reader may do to it."""
    return " ".join((text or "").split())


def until_it_breaks(
    rows: Iterator[PaperRecord | Rejected],
) -> tuple[list[PaperRecord | Rejected], BrokenStream | None]:
    """What came before the stream broke, and how it broke; None where it did not."""
    found: list[PaperRecord | Rejected] = []
    try:
        for row in rows:
            found.append(row)  # noqa: PERF402
    except BrokenStream as error:
        return found, error
    return found, None
