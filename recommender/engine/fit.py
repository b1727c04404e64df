"""Train a model on papers and votes, stage by stage."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IdArray, PaperText, Report, Settings, Votes
from .features import learn_vocabulary, strongest_terms, terms_of
from .item_maps import direct_map, item_map
from .model import Model, represent
from .ridge import RidgeMap, ridge_map
from .training import learn_embeddings

SAMPLE = 1000  # papers and votes that estimate how large the scores of one vote are


def fit(
    papers: Sequence[PaperText],
    paper_ids: IdArray,
    votes: Votes,
    settings: Settings,
    *,
    report: Report = lambda stage: None,
) -> Model:
    """Train on these papers, voted or not, and these votes.

    papers     the background: every paper that a vote may be on, and others without votes
    paper_ids  (n,) int64, ascending, one for each paper
    report     called with the name of each stage when it ends

    Raises ValueError when the numbers of papers and ids differ, when ids do not ascend, when no paper has a word, or
    when there is no up-vote.
    """
    if len(papers) != len(paper_ids) or len(papers) != votes.n_papers:
        raise ValueError(
            f"{len(papers)} papers, {len(paper_ids)} ids and votes on {votes.n_papers} papers; all must be equal"
        )
    if (np.diff(paper_ids) <= 0).any():
        raise ValueError("paper ids must ascend, each once; sort the papers by id")
    vocabulary, text = learn_vocabulary(map(terms_of, papers), settings.width, settings.author_weight)
    if not vocabulary.terms:
        raise ValueError("no paper has a word to learn from; titles and abstracts are empty")
    report("features")
    embeddings = learn_embeddings(votes, strongest_terms(text, settings.embedding_terms), settings)
    report("lightfm")
    neighbours = item_map(votes, neighbours=settings.neighbours)
    readers = settings.direct_readers if settings.direct_weight else 0
    direct = direct_map(votes, ridge=settings.direct_ridge, readers=readers)
    report("item-item maps")
    scale = embedding_scale(len(votes), settings)
    rows = represent(text, embeddings, scale, settings)
    ridge = ridge_map(rows, ridge_for(len(votes), settings), settings.rank, settings.seed)
    prior = prior_of(votes, rows, ridge, settings)
    report("ridge")
    trust = neighbour_trust(votes, settings)
    return Model(vocabulary, embeddings, ridge, paper_ids, rows, neighbours, direct, prior, scale, trust, settings)


def prior_of(votes: Votes, rows: sp.csr_matrix, ridge: RidgeMap, settings: Settings) -> FloatArray:
    """What readers like in general, (d + f,) float32.

    It is the sum of all papers' rows, each times its net votes. It is scaled so that its scores are `prior_weight`
    times as large as those of one vote, by root mean square over a sample of papers and of up-votes. Zeros without
    votes.
    """
    rng = np.random.default_rng(settings.seed)
    net = np.bincount(votes.papers, weights=votes.values, minlength=votes.n_papers).astype(np.float32)
    profile = np.asarray(rows.T @ net, dtype=np.float32)
    papers = rows[rng.permutation(rows.shape[0])[:SAMPLE]]
    voted = rows[rng.permutation(votes.papers[votes.values > 0])[:SAMPLE]]
    of_one_vote = _root_mean_square(ridge.between(voted, papers, ridge.project(voted), ridge.project(papers)))
    of_profile = _root_mean_square(papers @ ridge.weights(profile))
    return profile * np.float32(settings.prior_weight * of_one_vote / of_profile if of_profile else 0.0)


def _root_mean_square(scores: FloatArray) -> float:
    """Root mean square; 0 for an empty array."""
    return float(np.sqrt(np.mean(scores**2))) if scores.size else 0.0


def neighbour_trust(votes: Votes, settings: Settings) -> float:
    """How far the item-item map is trusted, 0 to 1.

    It grows with the mean number of up-votes of voted papers. The form was chosen on CiteULike-a (9 votes a paper) and
    -t (4), whose best weights of neighbours are as 2 to 1.
    """
    up_votes = np.bincount(votes.papers[votes.values > 0], minlength=1)
    mean = float(up_votes[up_votes > 0].mean()) if up_votes.any() else 0.0
    return mean / (mean + settings.many_votes_each)


def embedding_scale(votes: int, settings: Settings) -> float:
    """The square root of the LightFM kernel's weight.

    It grows with the number of votes that LightFM was trained on.
    """
    return float(np.sqrt(settings.embedding_weight * votes / (votes + settings.many_votes)))


def ridge_for(votes: int, settings: Settings) -> float:
    """The ridge, larger while there are few votes.

    A paper without votes says little about itself then.
    """
    return settings.ridge + settings.ridge_of_few * settings.many_votes / (votes + settings.many_votes)
