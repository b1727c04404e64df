"""Papers and votes -> a trained model: the stages of one night's training in order."""

from collections.abc import Callable, Sequence

import numpy as np

from .data import IdArray, PaperText, Settings, Votes
from .features import learn_vocabulary, strongest_terms, terms_of
from .items import item_map
from .model import Model, represent
from .ridge import ridge_map
from .training import learn_embeddings

Progress = Callable[[str], None]


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
    vocabulary, text = learn_vocabulary([terms_of(paper) for paper in papers], settings.width)
    if not vocabulary.terms:
        raise ValueError("no paper has a word to learn from; titles and abstracts are empty")
    progress("features")
    embeddings = learn_embeddings(votes, strongest_terms(text, settings.embedding_terms), settings)
    progress("lightfm")
    neighbours = item_map(votes, neighbours=settings.neighbours)
    progress("item-item map")
    scale = embedding_scale(len(votes), settings)
    rows = represent(text, embeddings, scale, settings)
    ridge = ridge_map(rows, ridge_for(len(votes), settings), settings.rank, settings.seed)
    progress("ridge")
    return Model(vocabulary, embeddings, ridge, paper_ids, rows, neighbours, scale, settings)


def embedding_scale(votes: int, settings: Settings) -> float:
    """Square root of the LightFM kernel's weight; it grows with the votes that trained it."""
    return float(np.sqrt(settings.embedding_weight * votes / (votes + settings.many_votes)))


def ridge_for(votes: int, settings: Settings) -> float:
    """The ridge: larger while there are few votes, because then an unvoted paper is hardly a judgement on it."""
    return settings.ridge + settings.ridge_of_few * settings.many_votes / (votes + settings.many_votes)
