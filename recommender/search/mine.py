"""Any papers in a reader's own order, by the scores that their rankings are made from."""

from collections.abc import Sequence

import numpy as np

from accounts.models import User
from recommender.engine.scoring import best_first, prepare, score
from recommender.serving.arms import served_to
from recommender.serving.model_cache import Unavailable
from recommender.tastes import listen, rows_of_papers, taste_of


def order_mine(reader: User | None, pks: Sequence[int]) -> tuple[list[int], str]:
    """The papers, best for this reader first, ties as they came; or as they came, and why there is no own order."""
    if reader is None:
        return list(pks), "You are not signed in."
    said = listen(reader)
    if not said:
        return list(pks), "You have no votes and no interests yet."
    served = served_to(reader)
    if isinstance(served, Unavailable):
        return list(pks), served.reason
    ids = np.array(pks, dtype=np.int64)
    candidates = prepare(served.model, rows_of_papers(served.model, ids), served.model.rows_of(ids))
    scores = score(served.model, taste_of(served.model, said), candidates)
    return ids[best_first(scores)].tolist(), ""
