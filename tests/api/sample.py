"""Sample data of ada for every operation of the schema: a value for each parameter and each body."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import NestedObjects

from accounts.models import AuthToken, User
from recommender import collections, votes
from recommender.evidence.record import gather
from recommender.models import Ranking
from tests.contract import schema
from tests.feeds.planting import papers

SECRET = "adas secret"
HERS = {
    "/api/v1/me/collections/{collection_id}",
    "/api/v1/me/interests/{id}",
    "/api/v1/me/mutes/{id}",
    "/api/v1/me/tokens/{id}",
    "/api/v1/rankings/{public_id}",
}
EVERYBODYS = {
    "/api/v1/days/{day}": "2026-07-21",
    "/api/v1/weeks/{week}": "2026-W30",
    "/api/v1/months/{month}": "2026-07",
    "/api/v1/me/votes/export.{form}": "csv",
    "/api/v1/papers/{public_id}/export.{form}": "bib",
    "/api/v1/me/collections/{collection_id}/export.{form}": "bib",
}
PAPER = "2607.00001"


@dataclass(frozen=True)
class Sample:
    """Her values, by the path up to and including their parameter."""

    values: dict[str, object]

    def address(self, path: str) -> str:
        """The path with each parameter filled in."""
        return re.sub(r"\{\w+\}", lambda found: str(self.value(path[: found.end()])), path)

    def value(self, parameter: str) -> object:
        """Raises LookupError without a value: add one here for each new operation."""
        value = self.values.get(parameter, EVERYBODYS.get(parameter))
        if value is None and parameter.endswith(("/papers/{public_id}", "/feed/{public_id}")):
            return PAPER
        if value is None:
            raise LookupError(f"{parameter} has no sample value; add one to {__name__}.HERS or .EVERYBODYS")
        return value

    def body(self, method: str, path: str) -> Any:
        """Raises LookupError for an operation that takes a body and has none here."""
        if "requestBody" not in schema()["paths"][path][method]:
            return None
        ranking = self.values["/api/v1/rankings/{public_id}"]
        bodies = BODIES | {
            ("post", "/api/v1/impressions/batch/"): {
                "ranking_id": ranking,
                "items": [{"paper_id": PAPER, "position": 1, "surface": "api"}],
            }
        }
        if (method, path) not in bodies:
            raise LookupError(f"{method} {path} has no sample body; add one to {__name__}.BODIES")
        return bodies[method, path]


BODIES: dict[tuple[str, str], Any] = {
    ("post", "/api/v1/papers/"): {"id": PAPER},
    ("post", "/api/v1/papers/batch-get/"): {"ids": [PAPER]},
    ("put", "/api/v1/papers/{public_id}/vote/"): {"value": -1},
    ("patch", "/api/v1/me/"): {"name": "Mallory"},
    ("delete", "/api/v1/me/"): {"email": "ada@example.org"},
    ("post", "/api/v1/me/reset/"): {"what": ["votes", "interests", "mutes"]},
    ("post", "/api/v1/me/import/"): {"format": "arxiv_ids", "text": PAPER, "as": "interests"},
    ("post", "/api/v1/me/votes/batch/"): [{"paper_id": PAPER, "value": -1}],
    ("post", "/api/v1/me/interests/"): {"kind": "topic", "text": "mischief"},
    ("patch", "/api/v1/me/interests/{id}/"): {"text": "mischief"},
    ("post", "/api/v1/me/tokens/"): {"name": "mischief"},
    ("post", "/api/v1/me/mutes/"): {"kind": "word", "text": "mischief"},
    ("post", "/api/v1/me/what-if/"): {"paper_id": PAPER, "value": -1},
    ("post", "/api/v1/me/feed/simulate/"): {"votes": [{"paper_id": PAPER, "value": -1}]},
    ("post", "/api/v1/me/onboarding/next/"): {"count": 2},
    ("post", "/api/v1/me/collections/"): {"name": "mischief"},
    ("patch", "/api/v1/me/collections/{collection_id}/"): {"note": "mischief"},
    ("put", "/api/v1/me/collections/{collection_id}/papers/{public_id}/"): {"note": "mischief"},
}


def make_sample(ada: User) -> Sample:
    """A vote, ranking, interest, mute, token and collection of hers, each with a secret in it."""
    [first, _] = papers(2)
    votes.cast(ada, first, 1)
    collection = collections.create(ada, f"{SECRET} shelf")
    collections.save(collection, [first])
    ranking = Ranking.objects.create(
        reader=ada, day=first.day, mode="recent", mode_reason=SECRET, paper_pks=b"", scores=b"", basis="x"
    )
    gather(first.day)
    mute = ada.mutes.create(kind="word", text=f"{SECRET} aversion", folded=f"{SECRET} aversion")
    return Sample({
        "/api/v1/me/collections/{collection_id}": collection.public_id,
        "/api/v1/me/interests/{id}": ada.interests.create(kind="topic", text=f"{SECRET} topic").pk,
        "/api/v1/me/mutes/{id}": mute.pk,
        "/api/v1/me/tokens/{id}": AuthToken.issue(ada, f"{SECRET} script", "write", None)[0].public_id,
        "/api/v1/rankings/{public_id}": ranking.public_id,
    })  # fmt: skip


def unknown(sample: Sample) -> Sample:
    """The same paths with values that nobody has: the last character changed, numbers increased."""
    return Sample({
        name: value + 1_000_000 if isinstance(value, int) else value[:-1] + ("A" if value[-1] != "A" else "B")
        for name, value in sample.values.items()
    })  # fmt: skip


def operations() -> list[tuple[str, str]]:
    """Method and path of all operations, deeper paths first."""
    pairs = [(method, path) for path, methods in schema()["paths"].items() for method in methods]
    return sorted(pairs, key=lambda operation: (-operation[1].count("/"), operation[1], operation[0]))


def is_public(method: str, path: str) -> bool:
    return {} in schema()["paths"][path][method].get("security", [{}])


def rows_of(reader: User) -> dict[str, list[dict[str, Any]]]:
    """Every row that is deleted with this reader, with all its columns."""
    collector = NestedObjects(using="default")
    collector.collect([User.objects.get(pk=reader.pk)])
    return {
        model._meta.label: sorted(model._default_manager.filter(pk__in=[row.pk for row in rows]).values(), key=str)
        for model, rows in collector.data.items()
    }
