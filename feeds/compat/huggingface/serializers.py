"""A paper as Hugging Face's clients read it.

`upvotes` are the up-votes given here; those of Hugging Face are beside it, since nobody can tell who voted in both. A
field that nothing here knows is left out, where Hugging Face leaves it out too, or is null.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from feeds.compat.base import published_at, start_of_day
from feeds.entries import Entry, submitter_of
from feeds.serializers.rankings import ReasonSerializer
from recommender.models import Paper, Ranking

SERVICE = "paperboy"  # the account that submits what no person did
CODE_HOSTS = ("github.com", "www.github.com")


def list_item(entry: Entry, ranking: Ranking | None, mode: str) -> dict[str, Any]:
    """One entry of a list: the paper, and beside it what Hugging Face and its Python client look for up there.

    mode  how the list was ordered, where no ranking says it
    """
    inside = paper_json(entry.paper)
    return {
        "paper": inside,
        **_repeated(inside),
        "thumbnail": None,  # Hugging Face's are pictures on a server of its own
        "numComments": entry.paper.source_comments,
        "submittedBy": inside["submittedOnDailyBy"],
        "isAuthorParticipating": False,
        "ranking": _ranking(entry, ranking, mode),
    }


def whole_paper(paper: Paper) -> dict[str, Any]:
    """One paper by itself."""
    withdrawn = {"withdrawnAt": _withdrawn_at(paper)} if paper.withdrawn else {}
    return paper_json(paper) | {"numComments": paper.source_comments} | withdrawn


def paper_json(paper: Any) -> dict[str, Any]:
    """The inner object; the paper must have `up`, from `with_public_votes`, and its provenance."""
    return {
        "id": paper.public_id,
        "authors": [{"_id": _id("author", name), "name": name, "hidden": False} for name in paper.authors],
        "publishedAt": _moment(published_at(paper)),
        "submittedOnDailyAt": _moment(start_of_day(paper.day)),
        "title": paper.title,
        "submittedOnDailyBy": _submitter(paper.submitted_by or submitter_of(paper) or SERVICE),
        "summary": paper.abstract,
        "upvotes": paper.up,
        "upvotesAtSource": paper.source_upvotes,
        "discussionId": None,
        **_known(paper),
    }


def _known(paper: Paper) -> dict[str, Any]:
    """The fields that Hugging Face too gives only where it knows them."""
    is_code = urlsplit(paper.code_url).hostname in CODE_HOSTS
    found = {
        "ai_keywords": paper.tags,
        "githubRepo": paper.code_url if is_code else "",
        "githubStars": paper.code_stars if is_code else 0,
        "projectPage": paper.project_url,
        "organization": _organization(paper.organization) if paper.organization else None,
    }
    return {name: value for name, value in found.items() if value}


def _repeated(inside: dict[str, Any]) -> dict[str, Any]:
    """All but the names of people: the Python client reads some of these at the top level alone."""
    return {name: value for name, value in inside.items() if name not in ("id", "authors", "submittedOnDailyBy")}


def _ranking(entry: Entry, ranking: Ranking | None, mode: str) -> dict[str, Any]:
    return {
        "score": entry.score,
        "position": entry.position,
        "mode": ranking.mode if ranking else mode,
        "mode_reason": (ranking.mode_reason or None) if ranking else None,
        "why": ReasonSerializer(entry.why, many=True).data,
        "ranking_id": ranking.public_id if ranking else None,
    }


def _submitter(name: str) -> dict[str, Any]:
    return {
        "_id": _id("submitter", name),
        "avatarUrl": "",
        "fullname": name,
        "user": name,
        "name": name,
        "type": "user",
        "isPro": False,
        "isHf": False,
        "isHfAdmin": False,
        "isMod": False,
        "isUserFollowing": False,
    }


def _organization(name: str) -> dict[str, str]:
    return {"_id": _id("organization", name), "name": name, "fullname": name, "avatar": ""}


def _id(kind: str, name: str) -> str:
    """24 hexadecimal digits, always the same for the same name."""
    return hashlib.sha256(f"{kind}|{name}".encode()).hexdigest()[:24]


def _withdrawn_at(paper: Paper) -> str | None:
    """When the version that says so came, where a source tells."""
    last = paper.versions[-1].get("at") if paper.versions else None
    return _moment(datetime.fromisoformat(last)) if last else None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
