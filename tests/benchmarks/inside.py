"""What the benchmarks do inside a process of a site, whose environment says which: fill it, train, let readers in.

`python -m tests.benchmarks.inside fill PAPERS READERS VOTES`, `... learn`, `... prepare`.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import AuthToken, User  # noqa: E402
from recommender.dataset import collect  # noqa: E402
from recommender.engine.data import Settings  # noqa: E402
from recommender.engine.fit import fit  # noqa: E402
from recommender.engine.storage import save  # noqa: E402
from recommender.models import ModelState, Paper, TrainedModel, Vote  # noqa: E402
from recommender.serving.model_cache import folder_of  # noqa: E402

from .filling import Filler  # noqa: E402
from .inventing import Town, read_real  # noqa: E402
from .load import PAPERS, READERS, SEED  # noqa: E402

HURRIED = 300_000  # up-votes that LightFM is shown


def fill(papers: int, readers: int, votes: int) -> None:
    """A town of this size into the database."""
    Filler(os.environ["DATABASE_URL"], Town(read_real(), papers, readers, votes)).fill(os.cpu_count() or 1)


def learn() -> None:
    """A model of all votes, trained in a hurry, that serves from now on."""
    data, now = collect(), timezone.now()
    model = fit(data.texts, data.paper_ids, data.votes, Settings(epochs=1, most_steps=HURRIED))
    version = f"hurried-{now:%Y-%m-%dT%H%M%S}"
    save(model, folder_of(version))
    TrainedModel.objects.create(
        version=version,
        day=now.date(),
        state=ModelState.PROMOTED,
        promoted_at=now,
        papers_seen=len(data.texts),
    )


def prepare() -> None:
    """Some readers who have voted, with token and session, and some papers, as JSON."""
    chance, papers, last = Random(SEED), Paper.objects, Paper.objects.latest("day").day
    everybody, catalogue = (range(1, model.objects.latest("pk").pk + 1) for model in (User, Paper))
    drawn = chance.sample(everybody, min(3 * READERS, len(everybody)))
    voters = [pk for pk in drawn if Vote.objects.filter(reader=pk)[:5].count() == 5][:READERS]
    some = chance.sample(catalogue, min(PAPERS, len(catalogue)))
    print(
        json.dumps(
            {
                "readers": [_signed_in(User.objects.get(pk=pk)) for pk in voters],
                "papers": [paper.public_id for paper in papers.in_bulk(some).values()],
                "newest": list(papers.filter(day=last).values_list("public_id", flat=True)),
                "days": [str(last - timedelta(days=back)) for back in range(3)],
            }
        )
    )


def _signed_in(reader: Any) -> dict[str, Any]:
    session = SessionStore()
    session[SESSION_KEY] = str(reader.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = reader.get_session_auth_hash()
    session.save()
    token = AuthToken.issue(reader, "load", AuthToken.Scope.WRITE, None)[1]
    return {"pk": reader.pk, "token": token, "session": str(session.session_key)}


JOBS: dict[str, Callable[..., None]] = {"fill": fill, "learn": learn, "prepare": prepare}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*map(int, sys.argv[2:]))
