"""A reader who just joined, on real papers: the last sixty days of a dated collection."""

import gzip
import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.test import TestCase, override_settings
from rest_framework.test import APIClient

from accounts.models import AuthToken, User
from feeds import night
from feeds.sources.formats.open import open_papers
from feeds.sources.ingest import Summary, ingest
from recommender import votes
from recommender.models import Paper
from tests.conftest import make_reader

DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "papers.jsonl.gz"
DAYS = 60
RISING, FALLING = "diffusion", "agent"

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the papers of {DATA.name} are not here")


def last_days(folder: Path) -> Path:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    first = date.fromisoformat(rows[-1]["date"]) - timedelta(days=DAYS - 1)
    kept = [row for row in rows if row["date"] >= first.isoformat()]
    file = folder / "last.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    return file


def titled(words: str) -> list[Paper]:
    return list(Paper.objects.filter(title__icontains=words).order_by("-day", "pk"))


class LastSixtyDays(TestCase):
    """Bob's votes train the night's model; ada joins afterwards and votes on papers of earlier days."""

    folder: TemporaryDirectory[str]
    ada: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.folder = TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.enterClassContext(override_settings(MODEL_DIR=Path(cls.folder.name) / "models"))
        for _ in ingest(open_papers(last_days(Path(cls.folder.name))), date(2026, 1, 1), Summary()):
            pass
        cls.last = Paper.objects.latest("day").day
        bob = make_reader("bob")
        for paper in titled("segmentation")[:10] + titled("translation")[:10]:
            votes.cast(bob, paper, 1)
        for step in night.STEPS:
            night.run(cls.last, step)
        cls.ada = make_reader("ada")
        cls.before = cls.feed()
        earlier = Paper.objects.filter(day__lt=cls.last).order_by("-day", "pk")
        for paper in earlier.filter(title__icontains=RISING).exclude(title__icontains=FALLING)[:5]:
            votes.cast(cls.ada, paper, 1)
        for paper in earlier.filter(title__icontains=FALLING).exclude(title__icontains=RISING)[:2]:
            votes.cast(cls.ada, paper, -1)
        cls.after = cls.feed()

    @classmethod
    def feed(cls) -> dict:
        """Ada's whole feed of the last day, over the API, page by page."""
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.issue(cls.ada, 'test', 'read', None)[1]}")
        page = client.get("/api/v1/me/feed/", {"day": cls.last.isoformat(), "limit": 100}).json()
        whole = page
        while page["next"]:
            page = client.get(page["next"]).json()
            whole["results"] += page["results"]
        return whole

    @staticmethod
    def mean_place(feed: dict, words: str) -> float:
        """The average place of papers on this topic and not on the other."""
        other = FALLING if words == RISING else RISING
        titles = [(entry["position"], entry["paper"]["title"].lower()) for entry in feed["results"]]
        places = [place for place, title in titles if words in title and other not in title]
        return sum(places) / len(places)

    def test_before_the_first_vote_the_order_is_not_hers_and_says_so(self) -> None:
        assert self.before["mode"] in ("popular", "recent")
        assert "no votes" in self.before["mode_reason"]

    def test_the_topic_voted_up_rises(self) -> None:
        # Two readers are too few to judge a hybrid by: the content model of both serves.
        assert self.after["mode"] == "content"
        assert self.mean_place(self.after, RISING) < self.mean_place(self.before, RISING) - 20

    def test_the_topic_voted_down_falls(self) -> None:
        assert self.mean_place(self.after, FALLING) > self.mean_place(self.before, FALLING) + 10
        assert self.mean_place(self.after, FALLING) > self.after["count"] / 2

    def test_every_paper_of_the_day_is_there_once_best_first(self) -> None:
        ids = [entry["paper"]["id"] for entry in self.after["results"]]
        assert sorted(ids) == sorted(Paper.objects.on(self.last).values_list("public_id", flat=True))
        assert all(one["score"] >= other["score"] for one, other in pairwise(self.after["results"]))

    def test_every_reason_names_a_vote_of_hers(self) -> None:
        mine = dict(self.ada.votes.values_list("paper__public_id", "value"))
        reasons = [reason for entry in self.after["results"] for reason in entry["why"]]
        assert len(reasons) > self.after["count"]
        assert all(reason["vote"] == mine[reason["paper_id"]] for reason in reasons)

    def test_every_effect_is_what_taking_the_vote_back_does(self) -> None:
        scores = {entry["paper"]["id"]: entry["score"] for entry in self.after["results"]}
        for vote in list(self.ada.votes.select_related("paper")):
            named = {
                entry["paper"]["id"]: reason["effect"]
                for entry in self.after["results"]
                for reason in entry["why"]
                if reason["paper_id"] == vote.paper.public_id
            }
            votes.take_back(self.ada, vote.paper)
            without = {entry["paper"]["id"]: entry["score"] for entry in self.feed()["results"]}
            votes.cast(self.ada, vote.paper, vote.value)
            for paper_id, effect in named.items():
                assert scores[paper_id] - without[paper_id] == pytest.approx(effect, abs=1e-5)
