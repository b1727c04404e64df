"""Train a model on papers and votes, stage by stage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IdArray, PaperText, Report, Settings, Votes
from .features import Vocabulary, learn_vocabulary, strongest_terms, terms_of
from .item_maps import DirectMap, direct_map, item_map
from .model import Model, embed
from .ridge import RidgeMap, ridge_map
from .rounded import as_rounded
from .rows import Rows
from .training import learn_embeddings
from .vector_map import VectorMap, no_vectors, vector_map

SAMPLE = 1000  # papers and votes that estimate how large the scores of one vote are


def fit(
    papers: Sequence[PaperText],
    paper_ids: IdArray,
    votes: Votes,
    settings: Settings,
    *,
    vectors: FloatArray | None = None,
    encoder: str = "",
    report: Report = lambda stage: None,
) -> Model:
    """Train on these papers, voted or not, and these votes.

    papers     the background: every paper that a vote may be on, and others without votes
    paper_ids  (n,) int64, ascending, one for each paper
    vectors    (n, v) float32, the papers' sentence vectors, rows of zeros where there is none; None for no vectors
    encoder    what made the vectors, by name and version
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
    learned = learn(papers, votes, settings, report)
    model = assemble(learned, paper_ids, votes, settings, vectors, encoder)
    report("ridge")
    return model


@dataclass(frozen=True)
class Learned:
    """What is learned from papers and votes before the parts are weighed against each other.

    text        (n, d) float32, the papers over the vocabulary
    embeddings  (d, f) float32, LightFM's embeddings of the terms
    """

    vocabulary: Vocabulary
    text: sp.csr_matrix
    embeddings: FloatArray
    item_map: sp.csr_matrix
    direct: DirectMap


def learn(
    papers: Sequence[PaperText], votes: Votes, settings: Settings, report: Report = lambda stage: None
) -> Learned:
    """Learn vocabulary, embeddings and maps.

    Raises ValueError when no paper has a word, or when there is no up-vote.
    """
    vocabulary, text = learn_vocabulary(
        map(terms_of, papers), settings.width, settings.author_weight, np.unique(votes.papers)
    )
    if not vocabulary.terms:
        raise ValueError("no paper has a word to learn from; titles and abstracts are empty")
    report("features")
    embeddings = learn_embeddings(votes, strongest_terms(text, settings.embedding_terms), settings)
    report("lightfm")
    neighbours = item_map(votes, neighbours=settings.neighbours)
    readers = settings.direct_readers if settings.direct_weight else 0
    direct = direct_map(votes, ridge=settings.direct_ridge, readers=readers)
    report("item-item maps")
    return Learned(vocabulary, text, embeddings, neighbours, direct)


def assemble(
    learned: Learned,
    paper_ids: IdArray,
    votes: Votes,
    settings: Settings,
    vectors: FloatArray | None,
    encoder: str = "",
) -> Model:
    """The model with the weights in `settings`, of parts that may have been learned with others.

    vectors  (n, v) float32, or None
    """
    vocabulary, text = learned.vocabulary.with_author_weight(settings.author_weight, learned.text)
    scale = embedding_scale(len(votes), settings)
    embedded = embed(text, learned.embeddings, scale, settings)
    background = sp.hstack([text[:, : vocabulary.content_terms], sp.csr_matrix(embedded)], format="csr")
    strength = ridge_for(len(votes), settings)
    ridge = ridge_map(background, strength, settings.rank, settings.seed, embedded.shape[1]).rounded()
    columns = vector_columns(vectors, Rows(text, embedded), ridge, settings)
    rows = Rows(text, np.hstack([embedded, as_rounded(columns.columns(len(paper_ids), vectors))]))
    return Model(
        vocabulary=vocabulary,
        embeddings=learned.embeddings,
        ridge=ridge,
        paper_ids=paper_ids,
        rows=rows,
        item_map=learned.item_map,
        direct=learned.direct,
        prior=prior_of(votes, rows, ridge, settings),
        embedding_scale=scale,
        neighbour_trust=neighbour_trust(votes, settings),
        vector_map=columns,
        settings=settings,
        encoder=encoder if columns.width else "",
    )


def vector_columns(vectors: FloatArray | None, rows: Rows, ridge: RidgeMap, settings: Settings) -> VectorMap:
    """The map of sentence vectors, with products as large as those of words and LightFM under the ridge map.

    vectors  (n, v) float32, or None
    rows     (n, d + f) float32, without columns of vectors
    """
    if vectors is None:
        return no_vectors()
    size = kernel_size(rows, ridge, settings) / ridge.gain or 1.0
    return vector_map(vectors, settings.vector_weight, settings.flat_vector_weight, size)


def kernel_size(rows: Rows, ridge: RidgeMap, settings: Settings) -> float:
    """How large products of papers under the ridge map are without authors, by root mean square over a sample."""
    papers = np.random.default_rng(settings.seed).permutation(len(rows))[:SAMPLE]
    mapped = Rows(rows.terms[papers][:, : ridge.terms], rows.dense[papers, : ridge.dense])
    projected = ridge.project(mapped)
    return root_mean_square(ridge.between(mapped, mapped, projected, projected))


def prior_of(votes: Votes, rows: Rows, ridge: RidgeMap, settings: Settings) -> FloatArray:
    """What readers like in general, (d + e,) float32.

    It is the sum of all papers' rows, each times its net votes. It is scaled so that its scores are `prior_weight`
    times as large as those of one vote, by root mean square over a sample of papers and of up-votes. Zeros without
    votes.
    """
    rng = np.random.default_rng(settings.seed)
    net = np.bincount(votes.papers, weights=votes.values, minlength=votes.n_papers).astype(np.float32)
    profile = rows.combined(sp.csr_matrix(net[None, :])).summed()
    papers = rows[rng.permutation(len(rows))[:SAMPLE]]
    voted = rows[rng.permutation(votes.likes.indices)[:SAMPLE]]  # in the same order however the votes come
    of_one_vote = root_mean_square(ridge.between(voted, papers, ridge.project(voted), ridge.project(papers)))
    of_profile = root_mean_square(papers.times(ridge.weights(profile, rows.terms.shape[1])))
    return profile * np.float32(settings.prior_weight * of_one_vote / of_profile if of_profile else 0.0)


def root_mean_square(scores: FloatArray) -> float:
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
    return float(np.sqrt(settings.embedding_weight * votes / (votes + settings.embedding_votes)))


def ridge_for(votes: int, settings: Settings) -> float:
    """The ridge, larger while there are few votes.

    A paper without votes says little about itself then.
    """
    return settings.ridge + settings.ridge_of_few * settings.many_votes / (votes + settings.many_votes)
