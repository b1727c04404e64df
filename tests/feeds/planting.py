"""A small planted world: papers on two topics, a crowd that likes one of them each, and a model trained on both."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from accounts.models import User
from feeds import night
from recommender.models import Paper, PaperSource, Vote
from recommender.night.overrule import overrule
from recommender.votes import record

DAY = date(2026, 7, 21)
GRAPHS = ["graph", "node", "edge", "neighbour", "community", "subgraph", "clique", "spectrum"]
PROTEINS = ["protein", "cell", "enzyme", "folding", "residue", "membrane", "ligand", "sequence"]
CROWD = 8  # readers, half for each topic; too few for the judge, who then lets content alone pass


def paper(public_id: str, day: date = DAY, **fields: object) -> Paper:
    """One paper; its title names its id unless another is given."""
    columns = {"public_id": public_id, "day": day, "title": f"On {public_id}", "source": PaperSource.ARXIV}
    return Paper.objects.create(**columns | fields)


def papers(count: int, day: date = DAY, month: str = "2607") -> list[Paper]:
    """Papers `2607.00001` and so on, all of one day."""
    return [paper(f"{month}.{number:05d}", day) for number in range(1, count + 1)]


def topic_papers(words: Sequence[str], day: date, month: str) -> list[Paper]:
    """Eight papers of one day, each saying seven of the topic's eight words."""
    return [
        paper(
            f"{month}.{day.day:02d}{number:02d}0",
            day,
            title=f"The {word}",
            abstract=" ".join(other for other in words if other != word),
        )
        for number, word in enumerate(words)
    ]


def plant(days: int = 3) -> tuple[list[Paper], list[Paper]]:
    """Papers on graphs and papers on proteins for each of the last days up to `DAY`; the crowd votes on all but `DAY`.

    Every reader of the crowd likes one topic and dislikes the other.
    """
    graphs, proteins = [], []
    for back in range(days):
        graphs += topic_papers(GRAPHS, DAY - timedelta(days=back), "2607")
        proteins += topic_papers(PROTEINS, DAY - timedelta(days=back), "2608")
    votes = []
    for number in range(CROWD):
        reader = User.objects.create_user(f"crowd{number}@example.org", is_simulated=True)
        liked, disliked = (graphs, proteins) if number % 2 else (proteins, graphs)
        votes += [_vote(reader, paper, 1) for paper in liked if paper.day < DAY]
        votes += [_vote(reader, paper, -1) for paper in disliked[8::3]]
    record(votes)
    return graphs, proteins


def train(day: date = DAY) -> None:
    """A promoted model that has learned from everything that is there; the crowd is too small to judge it."""
    version = night.run(day, "train")["model"]
    if version:
        overrule(version, "a planted model is good")
    for step in ("judge", "promote"):
        night.run(day, step)


def _vote(reader: User, paper: Paper, value: int) -> Vote:
    voted_at = datetime(paper.day.year, paper.day.month, paper.day.day, 12, reader.pk % 60, tzinfo=UTC)
    return Vote(reader=reader, paper=paper, value=value, voted_at=voted_at)
