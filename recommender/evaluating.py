"""How good the engine is on a data set folder: one protocol, one split, our system and peers side by side."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .engine.data import FloatArray, PaperText, Settings, Votes, votes_from_triples
from .engine.evaluation import Case, Interval, MetricArray, bootstrap, cases_of, measure, pick_absent, split_new_papers
from .engine.fitting import fit
from .engine.model import Model, Taste, prepare, score_many
from .folders import FolderVote, read_papers, read_votes
from .textfiles import Rejected, WrongFile

HELD_OUT = 0.2
NEW_PAPERS = "new-papers"
OURS = "paperboy"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Task:
    """What every system is given: papers and votes to learn from, new papers to rank, readers it has never seen.

    votes       over rows of `papers`; none is by a reader of `cases`
    candidates  papers that nobody has voted on
    cases       `revealed` are rows of `papers`, `relevant` positions among `candidates`
    """

    papers: Sequence[PaperText]
    votes: Votes
    candidates: Sequence[PaperText]
    cases: Sequence[Case]
    seed: int

    def told(self, reveal: int | None) -> list[Case]:
        """The cases with only the first `reveal` votes; None reveals all."""
        return [replace(case, revealed=case.revealed[:reveal], values=case.values[:reveal]) for case in self.cases]


# A system learns once and then scores: (cases, candidates) for the cases of one number of revealed votes.
Scorer = Callable[[Sequence[Case]], Iterable[FloatArray]]
System = Callable[[Task], Scorer]


@dataclass(frozen=True)
class Row:
    """One line of the result: a system at one number of revealed votes."""

    protocol: str
    reveal: int | None
    system: str
    readers: int
    seconds: float
    ndcg: Interval
    recall_20: float
    recall_100: float
    mrr: float
    each: MetricArray

    def as_dict(self) -> dict[str, Any]:
        return {
            "protocol": self.protocol,
            "reveal": "all" if self.reveal is None else self.reveal,
            "system": self.system,
            "readers": self.readers,
            "seconds": round(self.seconds, 2),
            "ndcg@10": self.ndcg.mean,
            "ndcg@10_low": self.ndcg.low,
            "ndcg@10_high": self.ndcg.high,
            "recall@20": self.recall_20,
            "recall@100": self.recall_100,
            "mrr": self.mrr,
        }


def new_papers(folder: Path, *, without: Iterable[str], readers: int, seed: int) -> Task:
    """A fifth of the papers held out whole, ranked for readers who are kept out of training.

    without  fields of the papers to leave out, of `folders.FIELDS`

    Raises WrongFile with the first bad line, so that a broken data set is not measured by accident.
    """
    papers = [replace(paper, text=_leave_out(paper.text, without)) for paper in _whole(read_papers(folder))]
    row_of = {paper.id: row for row, paper in enumerate(papers)}
    if len(row_of) < len(papers):
        raise WrongFile("papers.jsonl: an id occurs twice")
    votes = _votes(list(_whole(read_votes(folder))), row_of)
    held = split_new_papers(len(papers), HELD_OUT, seed)
    absent = pick_absent(votes.n_readers, 2 * readers, seed + 1)
    cases = cases_of(votes, absent, held, seed + 2)[:readers]
    kept = np.flatnonzero(~held)
    new_row = np.cumsum(~held) - 1
    train = votes.only(~absent[votes.readers] & ~held[votes.papers])
    return Task(
        papers=[papers[row].text for row in kept],
        votes=replace(train, papers=new_row[train.papers].astype(np.int32), n_papers=len(kept)),
        candidates=[papers[row].text for row in np.flatnonzero(held)],
        cases=[replace(case, revealed=new_row[case.revealed].astype(np.int32)) for case in cases],
        seed=seed,
    )


def evaluate(task: Task, systems: dict[str, System], reveals: Sequence[int | None], say: Say) -> Iterator[Row]:
    """Each system at each number of revealed votes; its seconds include its share of learning."""
    for name, system in systems.items():
        started = time.perf_counter()
        scorer = system(task)
        learning = time.perf_counter() - started
        say(f"{name}: learned in {learning:.1f} s")
        for reveal in reveals:
            yield _row(task, name, scorer, reveal, learning)


def paperboy(task: Task) -> Scorer:
    """The engine as it serves."""
    ids = np.arange(len(task.papers), dtype=np.int64)
    model = fit(task.papers, ids, task.votes, Settings())
    candidates = prepare(model, model.represent(task.candidates))
    return lambda cases: score_many(model, [_taste(model, case) for case in cases], candidates)


def compare(rows: Sequence[Row], seed: int) -> list[dict[str, Any]]:
    """Ours against the best peer at each number of votes: the relative gain and the paired difference's interval."""
    gains = []
    for ours in (row for row in rows if row.system == OURS):
        peers = [row for row in rows if row.reveal == ours.reveal and row.system != OURS]
        if peers:
            best = max(peers, key=lambda row: row.ndcg.mean)
            difference = bootstrap(ours.each - best.each, seed)
            gain = 100 * (ours.ndcg.mean / best.ndcg.mean - 1) if best.ndcg.mean else float("inf")
            gains.append({"reveal": ours.reveal, "best_peer": best.system, "gain_percent": gain, **asdict(difference)})
    return gains


def _row(task: Task, name: str, scorer: Scorer, reveal: int | None, learning: float) -> Row:
    started = time.perf_counter()
    cases = task.told(reveal)
    metrics = measure(scorer(cases), cases)
    seconds = learning + time.perf_counter() - started
    ndcg = metrics["ndcg@10"]
    means = {metric: float(values.mean()) if len(values) else 0.0 for metric, values in metrics.items()}
    return Row(
        NEW_PAPERS, reveal, name, len(cases), seconds, bootstrap(ndcg, task.seed),
        means["recall@20"], means["recall@100"], means["mrr"], ndcg,
    )  # fmt: skip


def _taste(model: Model, case: Case) -> Taste:
    return Taste(model.rows[case.revealed], case.revealed, case.values, model.rows[:0])


def _whole(rows: Iterable[Any]) -> Iterator[Any]:
    for row in rows:
        if isinstance(row, Rejected):
            raise WrongFile(f"line {row.line}: {row.reason}")
        yield row


def _votes(rows: Sequence[FolderVote], row_of: dict[str, int]) -> Votes:
    readers: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    triples = []
    for vote in rows:
        if vote.paper not in row_of:
            raise WrongFile(f"votes.tsv, line {vote.line}: paper {vote.paper!r} is not in papers.jsonl")
        if (vote.reader, vote.paper) in seen:
            raise WrongFile(f"votes.tsv, line {vote.line}: reader {vote.reader} voted on paper {vote.paper} before")
        seen.add((vote.reader, vote.paper))
        triples.append((readers.setdefault(vote.reader, len(readers)), row_of[vote.paper], float(vote.value)))
    return votes_from_triples(triples, len(readers), len(row_of))


def _leave_out(text: PaperText, without: Iterable[str]) -> PaperText:
    return replace(text, **{field: type(getattr(text, field))() for field in without})
