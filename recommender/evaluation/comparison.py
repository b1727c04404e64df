"""Our system compared with each peer: paired differences over the same readers, with intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.engine.evaluation import Interval

from .run import ResultRow
from .tasks import OURS, Reveal


@dataclass(frozen=True)
class Difference:
    """NDCG@10 (with ratings the loss) of ours minus that of a peer, averaged over the same readers.

    gain_percent  relative to the peer; None where the peer has 0
    is_best       whether the peer is the best of all peers at this number of votes
    """

    protocol: str
    reveal: Reveal
    peer: str
    readers: int
    difference: Interval
    gain_percent: float | None
    is_best: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "protocol": self.protocol,
            "reveal": self.reveal,
            "peer": self.peer,
            "readers": self.readers,
            "difference": self.difference.mean,
            "difference_low": self.difference.low,
            "difference_high": self.difference.high,
            "gain_percent": self.gain_percent,
            "is_best_peer": self.is_best,
        }


def compare(rows: Sequence[ResultRow], seed: int) -> Iterator[Difference]:
    """Ours compared with every peer at each number of revealed votes."""
    for ours in (row for row in rows if row.system == OURS):
        peers = [row for row in rows if (row.protocol, row.reveal) == (ours.protocol, ours.reveal) and row is not ours]
        best = max(peers, key=lambda row: row.quality, default=None)
        for peer in peers:
            difference = ours.interval_of(ours.each - peer.each, seed)
            gain = 100 * (ours.main.mean / peer.main.mean - 1) if peer.main.mean else None
            yield Difference(
                ours.protocol, ours.reveal, peer.system, ours.readers, difference, gain, is_best=peer is best
            )
