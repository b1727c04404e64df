"""The demo: sample papers and simulated readers who vote by topic.

All of them are marked as such.
"""

import json
import random
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from knox.crypto import hash_token

from accounts.models import AuthToken, User
from feeds.sources import duplicates
from recommender.models import Paper, PaperSource, Vote
from recommender.paper_ids import own_id
from recommender.votes import record

SAMPLE = Path(__file__).parent / "papers.jsonl"
DAYS = 7
READERS = 42
SEED = 104
PASSWORD = "paperboy-demo"  # noqa: S105 - printed at every start, and only for the demo readers
TOPICS = {
    "theory": r"theor|convergence|bound|optimi[sz]|kernel|gradient|generali[sz]",
    "vision": r"image|vision|video|segmentation|object|visual|3d",
    "language": r"language model|llm|transformer|text|translation|nlp|speech",
    "graphs": r"graph|node|link prediction|network analysis",
    "agents": r"reinforcement|policy|reward|agent|planning|robot",
    "trust": r"robust|adversar|privacy|backdoor|verif|fair|safety|bias",
}


@dataclass(frozen=True)
class Login:
    """How to sign in as a demo reader."""

    email: str
    password: str
    topic: str


LOGINS = [Login(f"{topic}@paperboy.example", PASSWORD, topic) for topic in ("theory", "vision")]


def is_loaded() -> bool:
    return Paper.objects.filter(source=PaperSource.DEMO).exists()


@transaction.atomic
def load(today: date) -> None:
    """Create sample papers, two readers with a login, and a crowd.

    The papers are spread over the last `DAYS` days. All or nothing is created.
    """
    papers = _papers(today)
    chance = random.Random(SEED)  # noqa: S311 - a demo, not a secret
    votes: list[Vote] = []
    for login in LOGINS:
        reader = _reader(login.email, f"Demo reader: {login.topic}", login.password)
        votes += _votes(reader, login.topic, [paper for paper in papers if paper.day < today], chance)
    for number in range(READERS):
        topic = list(TOPICS)[number % len(TOPICS)]
        reader = _reader(f"simulated-{number:02d}@paperboy.example", f"Simulated reader {number:02d}: {topic}", None)
        votes += _votes(reader, topic, papers, chance)
    record(votes)


def demo_token(file: Path) -> str:
    """Return the demo reader's API key from a file.

    The file has mode 0600. An unknown or expired key is replaced first.
    """
    stored = file.read_text().strip() if file.exists() else ""
    token = AuthToken.objects.filter(digest=hash_token(stored), user__email=LOGINS[0].email).first()
    if token is not None and not token.has_expired:
        return stored
    reader = User.objects.get(email=LOGINS[0].email)
    _, key = AuthToken.issue(reader, "demo", AuthToken.Scope.WRITE, timezone.now() + timedelta(days=365))
    file.touch(mode=0o600)
    file.write_text(key)
    return key


def _papers(today: date) -> list[Paper]:
    rows = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    papers = Paper.objects.bulk_create(
        Paper(
            public_id=own_id(row["title"]),
            title=row["title"],
            abstract=row["abstract"],
            day=today - timedelta(days=number % DAYS),
            source=PaperSource.DEMO,
        )
        for number, row in enumerate(rows)
    )
    duplicates.refresh(papers, [])
    return papers


def _reader(email: str, name: str, password: str | None) -> User:
    reader = User.objects.create_user(email, password, name=name, is_simulated=True)
    EmailAddress.objects.create(user=reader, email=email, verified=True, primary=True)
    return reader


def _votes(reader: User, topic: str, papers: list[Paper], chance: random.Random) -> list[Vote]:
    """The votes of a simulated reader who likes one topic.

    Up-votes go to most papers of the topic and a few others, down-votes to some papers without its words.
    """
    votes = []
    for paper in papers:
        text = f"{paper.title} {paper.title} {paper.title} {paper.abstract}".casefold()  # the title counts three times
        strength = len(re.findall(TOPICS[topic], text))
        value = 0
        if chance.random() < (0.75 if strength >= 3 else 0.03):
            value = 1
        elif strength == 0 and chance.random() < 0.06:
            value = -1
        if value:
            voted_at = datetime.combine(paper.day, time(), UTC) + timedelta(minutes=chance.randrange(24 * 60))
            votes.append(Vote(reader=reader, paper=paper, value=value, voted_at=min(voted_at, timezone.now())))
    return votes
