#!/usr/bin/env bash
# LightFM: the order in which interactions are stored changes the model, whatever random_state says.
#
# Two coordinate matrices that hold the same entries are equal, and random_state is fixed, with one thread. Yet the
# embeddings differ, since training walks over the entries by position. Two databases that return the same votes in
# different orders, or one that was restored, so train different models. Sorted entries give the same bytes again.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q lightfm-next==1.19.0 numpy==2.3.5 scipy==1.16.3

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import scipy.sparse as sp
from lightfm import LightFM

readers, papers = np.nonzero(np.random.default_rng(1).random((30, 40)) < 0.2)


def embeddings(order):
    votes = sp.coo_matrix((np.ones(len(order), np.float32), (readers[order], papers[order])), (30, 40))
    model = LightFM(no_components=8, loss="warp", random_state=7)
    return votes, model.fit(votes, epochs=5, num_threads=1).item_embeddings.copy()


one, forwards = embeddings(np.arange(len(readers)))
other, backwards = embeddings(np.arange(len(readers))[::-1])
_, again = embeddings(np.arange(len(readers)))
print("lightfm-next", version("lightfm-next"))
print("same matrix:", (one.tocsr() != other.tocsr()).nnz == 0)
print("same embeddings in the same order:", bool((forwards == again).all()))
print("same embeddings in the reverse order:", bool((forwards == backwards).all()))
print("largest difference:", float(np.abs(forwards - backwards).max()))
assert (one.tocsr() != other.tocsr()).nnz == 0
assert (forwards == again).all()
assert np.abs(forwards - backwards).max() > 1e-3, "the order of the entries no longer matters"
PYTHON
