"""Papers and votes -> a trained model: the stages of one night's training in order."""

from collections.abc import Callable, Sequence

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IdArray, PaperText, Settings, Votes
from .features import learn_vocabulary, strongest_terms, terms_of
from .item_maps import direct_map, item_map
from .model import Model, represent
from .ridge import RidgeMap, ridge_map
from .training import learn_embeddings

Progress = Callable[[str], None]
SAMPLE = 1000  # papers and votes that show how large the scores of a vote are


def fit(
    papers: Sequence[PaperText],
    paper_ids: IdArray,
    votes: Votes,
    settings: Settings,
    *,
    progress: Progress = lambda stage: None,
) -> Model:
    """Train on these papers, voted or not, and these votes.

    papers     the background: every paper that a vote may be on, and others that nobody picked
    paper_ids  (n,) int64, ascending, one for each paper
    progress   is told the name of each stage when it ends

    Raises ValueError when ids are not ascending, when no paper has a single word, or when nobody voted up.
    """
    if len(papers) != len(paper_ids) or len(papers) != votes.n_papers:
        raise ValueError(f"{len(papers)} papers, {len(paper_ids)} ids and votes on {votes.n_papers} papers must agree")
    if (np.diff(paper_ids) <= 0).any():
        raise ValueError("paper ids must ascend, each once")
    vocabulary, text = learn_vocabulary(map(terms_of, papers), settings.width)
    if not vocabulary.terms:
        raise ValueError("no paper has a word to learn from; titles and abstracts are empty")
    progress("features")
    embeddings = learn_embeddings(votes, strongest_terms(text, settings.embedding_terms), settings)
    progress("lightfm")
    neighbours = item_map(votes, neighbours=settings.neighbours)
    readers = settings.direct_readers if settings.direct_weight else 0
    direct = direct_map(votes, ridge=settings.direct_ridge, readers=readers)
    progress("item-item maps")
    scale = embedding_scale(len(votes), settings)
    rows = represent(text, embeddings, scale, settings)
    ridge = ridge_map(rows, ridge_for(len(votes), settings), settings.rank, settings.seed)
    prior = prior_of(votes, rows, ridge, settings)
    progress("ridge")
    trust = neighbour_trust(votes, settings)
    return Model(vocabulary, embeddings, ridge, paper_ids, rows, neighbours, direct, prior, scale, trust, settings)


def prior_of(votes: Votes, rows: sp.csr_matrix, ridge: RidgeMap, settings: Settings) -> FloatArray:
    """What readers like in general: the sum of the net votes' rows, (d + f,) float32.

    It is scaled so that the scores it gives are as large, by root mean square over the papers, as those of one vote
    times `prior_weight`; a sample of papers and of votes shows how large that is. Zeros where nobody voted.
    """
    rng = np.random.default_rng(settings.seed)
    net = np.bincount(votes.papers, weights=votes.values, minlength=votes.n_papers).astype(np.float32)
    whole = np.asarray(rows.T @ net, dtype=np.float32)
    papers = rows[rng.permutation(rows.shape[0])[:SAMPLE]]
    voted = rows[rng.permutation(votes.papers[votes.values > 0])[:SAMPLE]]
    one = _size(ridge.between(voted, papers, ridge.project(voted), ridge.project(papers)))
    everybody = _size(papers @ ridge.weights(whole))
    return whole * np.float32(settings.prior_weight * one / everybody if everybody else 0.0)


def _size(scores: FloatArray) -> float:
    """Root mean square; 0 of nothing."""
    return float(np.sqrt(np.mean(scores**2))) if scores.size else 0.0


def neighbour_trust(votes: Votes, settings: Settings) -> float:
    """How far the item-item map is to be trusted, 0 to 1: it grows with the up-votes that a voted paper has.

    Chosen on CiteULike-a (9 votes a paper) and -t (4), where the best weights of neighbours are as 2 to 1.
    """
    each = np.bincount(votes.papers[votes.values > 0], minlength=1)
    mean = float(each[each > 0].mean()) if each.any() else 0.0
    return mean / (mean + settings.many_votes_each)


def embedding_scale(votes: int, settings: Settings) -> float:
    """Square root of the LightFM kernel's weight; it grows with the votes that trained it."""
    return float(np.sqrt(settings.embedding_weight * votes / (votes + settings.many_votes)))


def ridge_for(votes: int, settings: Settings) -> float:
    """The ridge: larger while there are few votes, because then an unvoted paper is hardly a judgement on it."""
    return settings.ridge + settings.ridge_of_few * settings.many_votes / (votes + settings.many_votes)
