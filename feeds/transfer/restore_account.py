"""Restore an exported profile.

It has settings, interests, mutes, votes with their history, and collections with notes. What the reader has already
stays. The report lists each item that could not be restored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from accounts.models import InterestKind, User
from feeds.http.batch import papers_by_id
from recommender.textfiles import WrongFile

from .export_account import VERSION
from .restore_sections import (
    Restoration,
    RestoredSection,
    restore_collections,
    restore_interests,
    restore_mutes,
    restore_settings,
    restore_vote_history,
    restore_votes,
)

RESTORED = {
    "interests": restore_interests,
    "mutes": restore_mutes,
    "votes": restore_votes,
    "vote_history": restore_vote_history,
    "collections": restore_collections,
}


@dataclass(frozen=True)
class RestoreReport:
    """What was restored.

    `left_out` counts the rows of lists that only make sense on the site they come from.
    """

    sections: list[RestoredSection]
    left_out: dict[str, int]


def read_profile(text: str) -> dict[str, Any]:
    """Parse an exported file.

    Raises WrongFile unless it is a profile of this version.
    """
    try:
        profile = orjson.loads(text.removeprefix("\ufeff").encode("utf-8", "surrogateescape"))
    except orjson.JSONDecodeError as error:
        raise WrongFile(f"not valid JSON in UTF-8: {error}") from None
    version = profile.get("paperboy_profile") if isinstance(profile, dict) else None
    if type(version) is not int or version != VERSION:
        raise WrongFile(
            f'not a profile of version {VERSION}, which starts with {{"paperboy_profile": {VERSION}; '
            "send a file that /api/v1/me/export/ returned"
        )
    if wrong := [name for name in RESTORED if not isinstance(profile.get(name, []), list)]:
        raise WrongFile(f"{wrong[0]} must be a list")
    return dict(profile)


def restore_profile(reader: User, profile: dict[str, Any], now: datetime, *, dry_run: bool) -> RestoreReport:
    """Restore a profile that `read_profile` returned.

    A dry run does the same work and rolls it back, so its report is exact.
    """
    with transaction.atomic():
        reader = User.objects.select_for_update().get(pk=reader.pk)
        restoration = Restoration(reader, papers_by_id(_paper_ids(profile)), now)
        sections = [restore_settings(reader, profile.get("settings", {}))]
        sections += [restore(restoration, profile.get(name, [])) for name, restore in RESTORED.items()]
        reader.touch_taste()
        transaction.set_rollback(dry_run)
    left_out = {name: len(rows) for name, rows in profile.items() if name not in RESTORED and isinstance(rows, list)}
    return RestoreReport(sections, left_out)


def _paper_ids(profile: dict[str, Any]) -> Iterator[str]:
    """Yield the paper ids of all rows that can be restored.

    The rows are not validated yet.
    """
    collections = [row.get("papers", []) for row in profile.get("collections", []) if isinstance(row, dict)]
    saved = [row for rows in collections if isinstance(rows, list) for row in rows]
    for row in [*profile.get("votes", []), *profile.get("vote_history", []), *saved]:
        if isinstance(row, dict) and isinstance(row.get("paper_id"), str) and len(row["paper_id"]) <= 64:
            yield row["paper_id"].replace("\x00", "")
    for row in profile.get("interests", []):
        if isinstance(row, dict) and row.get("kind") == InterestKind.PAPER and isinstance(row.get("text"), str):
            yield row["text"][:64].replace("\x00", "")
