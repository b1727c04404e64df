"""Find readers whose votes nearly repeat those of another reader.

The cost grows with the votes alone.
"""

import numpy as np
import numpy.typing as npt

from .data import IdArray, IntArray

HASHES = 64
BAND = 4  # hashes that two readers must share to be compared: at a similarity of 0.8 all bands miss once in 4,000
BoolArray = npt.NDArray[np.bool_]
HashArray = npt.NDArray[np.uint64]


def near_copies(owners: IntArray, items: IdArray, n_owners: int, share: float) -> BoolArray:
    """Find owners who nearly repeat an earlier owner, (n_owners,) bool.

    The earlier owner has a lower number.

    owners  (v,) in [0, n_owners), the owner of each item
    items   (v,) int64 >= 0; each at most once per owner
    share   0 to 1: the Jaccard similarity of two owners' items from which they are near copies. It is estimated from
            `HASHES` minimum hashes (MinHash, Broder 1997), with a standard error of 0.05

    An owner without items is no copy.
    """
    is_copy = np.zeros(n_owners, dtype=np.bool_)
    present, signatures = _signatures(owners, items)
    for start in range(0, HASHES, BAND):
        later, earlier = _candidate_pairs(signatures[:, start : start + BAND])
        is_near = (signatures[later] == signatures[earlier]).mean(axis=1) >= share
        is_copy[present[later[is_near]]] = True
    return is_copy


def _signatures(owners: IntArray, items: IdArray) -> tuple[IntArray, HashArray]:
    """Owners with items, ascending (r,), and their MinHash signatures (r, HASHES).

    A signature has the minimum of each hash over an owner's items.
    """
    order = np.argsort(owners, kind="stable")
    present, starts = np.unique(owners[order], return_index=True)
    mixed = _mix(items[order].astype(np.uint64) + np.uint64(1))  # 0 would stay 0 under every hash
    factors = _mix(np.arange(1, HASHES + 1, dtype=np.uint64)) | np.uint64(1)
    signatures = np.empty((len(present), HASHES), dtype=np.uint64)
    for column, factor in enumerate(factors if len(present) else ()):
        signatures[:, column] = np.minimum.reduceat(_mix(mixed * factor), starts)
    return present, signatures


def _candidate_pairs(band: HashArray) -> tuple[IdArray, IdArray]:
    """Pairs (later row, earlier row) that agree in the whole band.

    Each row that agrees with an earlier one is paired with the first such row and with the one directly before it.
    """
    key = _mix(band[:, 0])
    for column in range(1, band.shape[1]):
        key = _mix(key ^ band[:, column])
    order = np.argsort(key, kind="stable")
    is_new = np.append(True, key[order][1:] != key[order][:-1])[: len(order)]
    first = np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))
    places = np.flatnonzero(~is_new)
    later = order[np.concatenate([places, places])]
    return later, order[np.concatenate([first[places], places - 1])]


def _mix(values: HashArray) -> HashArray:
    """Spread values evenly over 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
