"""A paper in the JSON of Hugging Face.

`upvotes` counts the votes on this site and `upvotesAtSource` those at Hugging Face; they are not added up, because
somebody may have voted on both. A field without a value here is left out if Hugging Face sometimes leaves it out, and
null otherwise.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from feeds.compat.base import published_at, start_of_day
from feeds.entries import Entry, submitter_of
from feeds.serializers.rankings import ReasonSerializer
from recommender.models import Paper, Ranking

SERVICE = "paperboy"  # the submitter of papers that no person submitted
CODE_HOSTS = ("github.com", "www.github.com")


def list_item(entry: Entry, ranking: Ranking | None, mode: str) -> dict[str, Any]:
    """One entry of a list: the paper, nested and at the top level.

    The Python client reads some fields at the top level.

    mode  how the list was ordered if it is not a ranking
    """
    paper = paper_json(entry.paper)
    repeated = {name: value for name, value in paper.items() if name not in ("id", "authors", "submittedOnDailyBy")}
    return {
        "paper": paper,
        **repeated,
        "thumbnail": None,  # Hugging Face's thumbnails are pictures on its own server
        "numComments": entry.paper.source_comments,
        "submittedBy": paper["submittedOnDailyBy"],
        "isAuthorParticipating": False,
        "ranking": {
            "score": entry.score,
            "position": entry.position,
            "mode": ranking.mode if ranking else mode,
            "mode_reason": (ranking.mode_reason or None) if ranking else None,
            "why": ReasonSerializer(entry.why, many=True).data,
            "ranking_id": ranking.public_id if ranking else None,
        },
    }


def whole_paper(paper: Paper) -> dict[str, Any]:
    """A single paper.

    `withdrawnAt` is the time of its last version, or null if no source gives it.
    """
    fields = paper_json(paper) | {"numComments": paper.source_comments}
    if paper.withdrawn:
        at = paper.versions[-1].get("at") if paper.versions else None
        fields["withdrawnAt"] = _moment(datetime.fromisoformat(at)) if at else None
    return fields


def paper_json(paper: Any) -> dict[str, Any]:
    """The inner object; the paper must come from `with_public_votes` and `with_provenance`."""
    is_code = urlsplit(paper.code_url).hostname in CODE_HOSTS
    optional = {
        "ai_keywords": paper.tags,
        "githubRepo": paper.code_url if is_code else "",
        "githubStars": paper.code_stars if is_code else 0,
        "projectPage": paper.project_url,
        "organization": {
            "_id": _id("organization", paper.organization),
            "name": paper.organization,
            "fullname": paper.organization,
            "avatar": "",
        }
        if paper.organization
        else None,
    }
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
        **{name: value for name, value in optional.items() if value},
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


def _id(kind: str, name: str) -> str:
    """24 hexadecimal digits that depend on nothing but the kind and the name."""
    return hashlib.sha256(f"{kind}|{name}".encode()).hexdigest()[:24]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
