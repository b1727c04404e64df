"""LightFM's training; the only module that imports it, and never loaded by the web process."""

import numpy as np
import scipy.sparse as sp
from lightfm import LightFM

from .data import FloatArray, Settings, Votes


def learn_embeddings(votes: Votes, features: sp.csr_matrix, settings: Settings) -> FloatArray:
    """Embeddings of paper features, (d, embedding_size) float32, learned from everybody's up-votes.

    features  (n_papers, d) float32, rows of length 1 (or zeros); a paper's embedding is its row times the result

    One thread: two give another model each time, and hang in a process forked after OpenMP was used. Features
    that occur in no up-voted paper were never trained and come back as zeros, not as LightFM's random start.
    An embedding_size of 0 leaves LightFM out. Raises ValueError when nobody voted up (there is nothing to learn
    from) or when training diverged.
    """
    likes = votes.likes
    if not settings.embedding_size:
        return np.zeros((features.shape[1], 0), dtype=np.float32)
    if not likes.nnz:
        raise ValueError("LightFM needs at least one up-vote to learn from; there is none")
    model = LightFM(
        no_components=settings.embedding_size,
        loss=settings.loss,
        learning_rate=settings.learning_rate,
        random_state=settings.seed,
    )
    model.fit(likes.tocoo(), item_features=features, epochs=settings.epochs, num_threads=1)
    embeddings = np.array(model.item_embeddings, dtype=np.float32)
    liked = np.unique(likes.indices)
    embeddings[np.bincount(features[liked].indices, minlength=features.shape[1]) == 0] = 0
    if not np.isfinite(embeddings).all():
        raise ValueError(f"LightFM diverged at learning rate {settings.learning_rate}; lower it")
    return embeddings
