"""One line for each measurement of several data sets: ours beside the best peer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .comparison import Difference, compare
from .input import EvaluationData
from .protocols import NEW_PAPERS, RATINGS, TIME, WARM
from .run import ResultRow
from .tasks import OURS


@dataclass(frozen=True)
class Line:
    """Ours and the best peer at one number of revealed votes.

    without  fields of the papers that were left out
    """

    data_set: str
    without: Sequence[str]
    ours: ResultRow
    peer: ResultRow
    gain: Difference

    @property
    def name(self) -> str:
        return f"{self.data_set} {self.gain.protocol}" + "".join(f", without {field}" for field in self.without)

    def as_dict(self) -> dict[str, Any]:
        figure = "loss" if self.ours.loss else "ndcg@10"
        figures = {"figure": figure, "ours": self.ours.main.mean, "best_peer": self.peer.main.mean}
        return {"data_set": self.data_set, "without": list(self.without), **figures} | self.gain.as_dict()


def measurements(data: EvaluationData) -> list[tuple[str, tuple[str, ...]]]:
    """The protocols that the data set can answer, each with the fields to leave out.

    Ratings where there are some; otherwise the protocol `time` where votes have times and papers have days; otherwise
    new papers and all papers. What may tell who the reader is, authors of dated papers and tags, is left out as well.
    """
    if data.ratings is not None:
        return [(RATINGS, ())]
    is_dated = data.times is not None and not data.undated
    protocols, telling = ((TIME,), "authors") if is_dated else ((NEW_PAPERS, WARM), "tags")
    has_some = any(getattr(paper, telling) for paper in data.papers)
    return [(protocol, without) for without in ((), (telling,))[: 1 + has_some] for protocol in protocols]


def lines_of(data_set: str, without: Sequence[str], rows: Sequence[ResultRow], seed: int) -> Iterator[Line]:
    """A line for each number of revealed votes at which ours and a peer were measured."""
    row_of = {(row.reveal, row.system): row for row in rows}
    for gain in compare(rows, seed):
        if gain.is_best:
            yield Line(data_set, without, row_of[gain.reveal, OURS], row_of[gain.reveal, gain.peer], gain)
