"""Training with LightFM. Only `learn_embeddings` imports LightFM, so that the web process never loads it.

Its features are words, categories and authors. With 64 principal components of the sentence vectors beside or instead
of them, NDCG@10 rose by 3 % on CiteULike-a titles with all votes, fell by 3 % with one vote and by 1.5 % on Hugging
Face days, and training took eight times as long: the ridge map and the vectors beside it use them already.
"""

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, Settings, Votes


def learn_embeddings(votes: Votes, features: sp.csr_matrix, settings: Settings) -> FloatArray:
    """Embeddings of paper features, (d, embedding_size) float32, learned from all readers' up-votes.

    features  (n_papers, d) float32, rows of length 1 (or zeros); a paper's embedding is its row times the result

    LightFM runs with one thread: with two the model differs each time, and training hangs in a process forked after
    OpenMP was used. Features of no up-voted paper are not trained; they are returned as zeros instead of LightFM's
    random start. With an embedding_size of 0 LightFM is left out.
    Raises ValueError without an up-vote, or when training diverged.
    """
    likes = votes.likes
    if not settings.embedding_size:
        return np.zeros((features.shape[1], 0), dtype=np.float32)
    if not likes.nnz:
        raise ValueError("LightFM needs at least one up-vote to learn from; there is none")
    from lightfm import LightFM  # noqa: PLC0415 - web processes fit a model without it (`serving.first_model`)

    model = LightFM(
        no_components=settings.embedding_size,
        loss=settings.loss,
        learning_rate=settings.learning_rate,
        max_sampled=settings.max_sampled,
        random_state=settings.seed,
    )
    sampled, epochs = training_votes(likes, settings)
    model.fit(sampled, item_features=with_identity(features, settings), epochs=epochs, num_threads=1)
    embeddings = np.array(model.item_embeddings[: features.shape[1]], dtype=np.float32)
    liked = np.unique(likes.indices)
    embeddings[np.bincount(features[liked].indices, minlength=features.shape[1]) == 0] = 0
    if not np.isfinite(embeddings).all():
        raise ValueError(f"LightFM diverged at learning rate {settings.learning_rate}; lower it")
    return embeddings


def training_votes(likes: sp.csr_matrix, settings: Settings) -> tuple[sp.coo_matrix, int]:
    """The up-votes to train on, and the number of epochs.

    Votes are (n_readers, n_papers) float32; together at most `most_steps` steps.
    """
    votes = sp.csr_matrix(likes).sorted_indices().tocoo()  # by reader and paper: LightFM's result depends on the order
    if votes.nnz > settings.most_steps:
        sampled = np.random.default_rng(settings.seed).permutation(votes.nnz)[: settings.most_steps]
        votes = sp.coo_matrix((votes.data[sampled], (votes.row[sampled], votes.col[sampled])), votes.shape)
    return votes, max(1, min(settings.epochs, settings.most_steps // votes.nnz))


def with_identity(features: sp.csr_matrix, settings: Settings) -> sp.csr_matrix:
    """Append one column for each paper, for training only.

    The result is (n_papers, d + n_papers) float32.
    """
    own = settings.identity * sp.identity(features.shape[0], dtype=np.float32, format="csr")
    return sp.hstack([features, own], format="csr", dtype=np.float32)
