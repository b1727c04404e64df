"""Choose the weights of a model's parts by held-out votes.

Which part of a model knows most differs from site to site: titles alone need sentence vectors more than abstracts do,
and what other readers voted tells little where they are few. A score is a weighted sum of the parts' scores, so that
every part is scored once and then any number of weights can be compared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray, Settings, Votes
from .evaluation import Case, MetricArray, ndcg, per_reader
from .fit import Learned, assemble, kernel_size, root_mean_square
from .model import Model
from .score import best_first

CHOICES: dict[str, tuple[float, ...]] = {
    "vector_weight": (0.0, 0.25, 0.5, 1.0, 2.0),
    "flat_vector_weight": (0.0, 0.1, 0.25, 0.5, 1.0, 2.0),
    "prior_weight": (0.0, 0.1, 0.3, 1.0, 3.0),
    "smoothing": (0.0, 15.0, 50.0, 104.0),
    "embedding_weight": (0.0, 1.0),
    "author_weight": (0.3, 1.0, 3.0),
}
ROUNDS = 3  # of all choices, one after the other; the last one hardly ever changes anything
PROOF = 2.0  # standard errors of a gain from which on weights other than the usual ones are taken: many are tried
SAMPLE = 1000  # papers that estimate how large scores are
FEW = (1, 5)  # a reader's first votes that are measured alone, beside all of them


@dataclass(frozen=True)
class Choice:
    """The weights that were chosen, and what they are worth.

    usual, chosen  (readers,) float64, NDCG@10 of each reader with the usual weights and with the chosen ones
    """

    settings: Settings
    usual: MetricArray
    chosen: MetricArray

    def as_dict(self) -> dict[str, Any]:
        weights = {name: getattr(self.settings, name) for name in CHOICES}
        figures = {"usual": float(self.usual.mean()), "chosen": float(self.chosen.mean())}
        return {"weights": weights, "readers": float(len(self.usual))} | figures


def choose_weights(
    learned: Learned, votes: Votes, cases: Sequence[Case], settings: Settings, vectors: FloatArray | None
) -> Choice:
    """The best weights in `CHOICES` for these cases, near the ones in `settings` where the cases are few.

    learned  what was learned from `votes`, without the answers
    cases    `revealed`, `relevant` and `among` are rows of the learned papers; `among` is given
    vectors  (n, v) float32, the papers' sentence vectors, or None

    One weight is changed at a time, and only where that raises the mean over readers by more than `PROOF` standard
    errors of the paired differences.
    """
    parts = parts_of(learned, votes, cases, settings, vectors)
    current, best = settings, parts.measure(settings)
    usual = best
    for _ in range(ROUNDS):
        before = current
        for name, values in CHOICES.items():
            if name not in parts.open_choices:
                continue
            trials = [
                replace(current, **cast(dict[str, Any], {name: value}))
                for value in values
                if value != getattr(current, name)
            ]
            measured = [(parts.measure(trial), trial) for trial in trials]
            better = [(each, trial) for each, trial in measured if _is_proved(each - best)]
            if better:
                best, current = max(better, key=lambda one: float(one[0].mean()))
        if current == before:
            break
    return Choice(current, usual, best)


def parts_of(
    learned: Learned, votes: Votes, cases: Sequence[Case], settings: Settings, vectors: FloatArray | None
) -> "Parts":
    """The parts' scores for these cases, and for the same cases with a reader's first votes alone."""
    return Parts(learned, votes, _with_few_votes(cases), settings, vectors)


def _is_proved(differences: MetricArray) -> bool:
    error = float(differences.std(ddof=1)) / len(differences) ** 0.5 if len(differences) > 1 else np.inf
    return bool(differences.mean() > PROOF * error)


def _with_few_votes(cases: Sequence[Case]) -> list[Case]:
    """The cases, and the same with only their first votes: few votes count as much as many."""
    few = [
        replace(case, revealed=case.revealed[:number], values=case.values[:number])
        for number in FEW
        for case in cases
        if len(case.revealed) > number
    ]
    return [*cases, *few]


@dataclass(frozen=True)
class _Kernel:
    """One part of the kernel between papers: gain * rows @ rows' - projected @ projected'."""

    rows: sp.csr_matrix | FloatArray
    projected: FloatArray | None
    gain: float

    def scores(self, weights: sp.csr_matrix, papers: IntArray) -> FloatArray:
        """Weighted sums over papers to these papers, (n, c) float32; `weights` is (n, m)."""
        exact = (weights @ self.rows) @ self.rows[papers].T
        exact = exact.toarray() if sp.issparse(exact) else np.asarray(exact)
        scores = self.gain * exact
        if self.projected is not None:
            scores = scores - np.asarray(weights @ self.projected) @ self.projected[papers].T
        return np.asarray(scores, dtype=np.float32)


class Parts:
    """The scores of every part for every case, and what weights make of them."""

    def __init__(
        self,
        learned: Learned,
        votes: Votes,
        cases: Sequence[Case],
        settings: Settings,
        vectors: FloatArray | None,
    ) -> None:
        self.cases, self._settings = cases, settings
        self._kernels, self._sizes = _kernels(learned, votes, settings, vectors)
        self.open_choices = {"prior_weight", "smoothing"} | ({"author_weight"} if "authors" in self._kernels else set())
        if "plain" in self._kernels:
            self.open_choices |= {"vector_weight", "flat_vector_weight"}
        if "content" in self._kernels and "hybrid" in self._kernels:
            self.open_choices.add("embedding_weight")
        model = assemble(learned, np.arange(votes.n_papers, dtype=np.int64), votes, settings, None)
        net = np.bincount(votes.papers, weights=votes.values, minlength=votes.n_papers).astype(np.float32)
        every, rng = np.arange(votes.n_papers, dtype=np.int32), np.random.default_rng(settings.seed)
        profile = sp.csr_matrix(net[None, :])
        self._prior = {name: kernel.scores(profile, every)[0] for name, kernel in self._kernels.items()}
        self._sample = rng.permutation(votes.n_papers)[:SAMPLE].astype(np.int32)
        voted = rng.permutation(votes.likes.indices)[:SAMPLE]  # in the same order however the votes come
        one_vote = sp.csr_matrix(
            (np.ones(len(voted), np.float32), (np.arange(len(voted)), voted)), (len(voted), votes.n_papers)
        )
        self._one_vote = {name: kernel.scores(one_vote, self._sample) for name, kernel in self._kernels.items()}
        self._scores = list(self._score(model))

    def measure(self, settings: Settings) -> MetricArray:
        """NDCG@10 of each reader with these weights, (readers,) float64."""
        weights = self._kernel_weights(settings)
        prior = self._prior_scale(weights, settings)
        values = []
        for case, (own, near, direct) in zip(self.cases, self._scores, strict=True):
            assert case.among is not None
            scores = direct.copy()
            for name, weight in weights.items():
                scores += weight * (own[name] + settings.smoothing * near[name] + prior * self._prior[name][case.among])
            scores[np.isin(case.among, case.revealed)] = -np.inf
            relevant = np.flatnonzero(np.isin(case.among, case.relevant)).astype(np.int32)
            values.append(ndcg(best_first(scores, 10), relevant))
        return per_reader(np.array(values), self.cases)

    def _kernel_weights(self, settings: Settings) -> dict[str, float]:
        base = "hybrid" if settings.embedding_weight and "hybrid" in self._kernels else "content"
        size, gain = self._sizes[base], self._kernels[base].gain / self._kernels["content"].gain
        weights = {base: 1.0, "authors": gain * (settings.author_weight or 0.0)}
        weights |= {"plain": size * settings.vector_weight, "flat": size * settings.flat_vector_weight}
        return {name: weight for name, weight in weights.items() if weight and name in self._kernels}

    def _prior_scale(self, weights: dict[str, float], settings: Settings) -> float:
        """As `fit.prior_of` scales it."""
        if not settings.prior_weight:
            return 0.0
        one_vote = sum(weight * self._one_vote[name] for name, weight in weights.items())
        profile = sum(weight * self._prior[name][self._sample] for name, weight in weights.items())
        size = root_mean_square(np.asarray(profile))
        return settings.prior_weight * root_mean_square(np.asarray(one_vote)) / size if size else 0.0

    def _score(self, model: Model) -> Iterable[tuple[dict[str, FloatArray], dict[str, FloatArray], FloatArray]]:
        """For each case: what votes add by each kernel, what their neighbours add, and what the direct map adds."""
        trust, openness = model.neighbour_trust, 1 / (1 + model.direct.votes)
        for case in self.cases:
            assert case.among is not None
            values = np.where(case.values > 0, 1.0, -self._settings.down_weight).astype(np.float32)
            weights = sp.csr_matrix((values, case.revealed, [0, len(values)]), (1, len(model.paper_ids)))
            share = trust / len(values) ** self._settings.smoothing_power
            neighbours = sp.csr_matrix(weights @ model.item_map) * np.float32(share)
            own = {name: kernel.scores(weights, case.among)[0] for name, kernel in self._kernels.items()}
            near = {
                name: kernel.scores(neighbours, case.among)[0] * openness[case.among]
                for name, kernel in self._kernels.items()
            }
            direct = np.zeros(len(case.among), dtype=np.float32)
            has_votes = model.direct.votes[case.among] > 0
            if has_votes.any():
                weight, papers = np.float32(self._settings.direct_weight), case.among[has_votes]
                direct[has_votes] = model.direct.scores(weights, papers, weight)[0]
            yield own, near, direct


def _kernels(
    learned: Learned, votes: Votes, settings: Settings, vectors: FloatArray | None
) -> tuple[dict[str, _Kernel], dict[str, float]]:
    """The kernels of words alone ("content"), of words with LightFM ("hybrid"), of authors, and both of vectors.

    Those of authors and vectors have the size that they have beside "content" with a weight of 1. The second result
    says by how much vectors are larger beside each of the first two.
    """
    ids = np.arange(votes.n_papers, dtype=np.int64)
    kernels: dict[str, _Kernel] = {}
    sizes: dict[str, float] = {}
    unit = replace(settings, author_weight=1.0 if settings.author_weight is not None else None)
    is_hybrid = learned.embeddings.shape[1] > 0
    for name in ("content", "hybrid") if is_hybrid else ("content",):
        model = assemble(learned, ids, votes, replace(unit, embedding_weight=float(name == "hybrid")), None)
        terms = sp.csr_matrix(model.rows.terms[:, : model.ridge.terms])
        base = sp.hstack([terms, sp.csr_matrix(model.rows.dense)], format="csr", dtype=np.float32)
        kernels[name] = _Kernel(base, model.projected[:], model.ridge.gain)
        sizes[name] = kernel_size(model.rows, model.ridge, unit)
        if name == "content" and model.ridge.terms < model.rows.terms.shape[1]:
            kernels["authors"] = _Kernel(
                sp.csr_matrix(model.rows.terms[:, model.ridge.terms :]), None, model.ridge.gain
            )
    for name, plain, flat in (("plain", 1.0, 0.0), ("flat", 0.0, 1.0)) if vectors is not None else ():
        weighted = replace(unit, vector_weight=plain, flat_vector_weight=flat, embedding_weight=0.0)
        model = assemble(learned, ids, votes, weighted, vectors)
        if model.vector_map.width:
            kernels[name] = _Kernel(model.rows.dense[:, learned.embeddings.shape[1] :], None, model.ridge.gain)
    return kernels, {name: size / sizes["content"] for name, size in sizes.items()}
