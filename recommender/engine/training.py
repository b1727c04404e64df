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
        max_sampled=settings.max_sampled,
        random_state=settings.seed,
    )
    shown, epochs = training_votes(likes, settings)
    model.fit(shown, item_features=with_identity(features, settings), epochs=epochs, num_threads=1)
    embeddings = np.array(model.item_embeddings[: features.shape[1]], dtype=np.float32)
    liked = np.unique(likes.indices)
    embeddings[np.bincount(features[liked].indices, minlength=features.shape[1]) == 0] = 0
    if not np.isfinite(embeddings).all():
        raise ValueError(f"LightFM diverged at learning rate {settings.learning_rate}; lower it")
    return embeddings


def training_votes(likes: sp.csr_matrix, settings: Settings) -> tuple[sp.coo_matrix, int]:
    """The up-votes that training goes over, (n_readers, n_papers) float32, and how many times: `most_steps` at most."""
    shown = likes.tocoo()
    if shown.nnz > settings.most_steps:
        kept = np.random.default_rng(settings.seed).permutation(shown.nnz)[: settings.most_steps]
        shown = sp.coo_matrix((shown.data[kept], (shown.row[kept], shown.col[kept])), shown.shape)
    return shown, max(1, min(settings.epochs, settings.most_steps // shown.nnz))


def with_identity(features: sp.csr_matrix, settings: Settings) -> sp.csr_matrix:
    """The features with a column of its own for each paper behind them, (n_papers, d + n_papers); for training only."""
    own = settings.identity * sp.identity(features.shape[0], dtype=np.float32, format="csr")
    return sp.hstack([features, own], format="csr", dtype=np.float32)
