"""The results of the tools, in typed fields.

They are the part of the API's JSON that an assistant needs.
"""

from typing import Any

from pydantic import BaseModel

from .client import cursor_of


class PaperAnswer(BaseModel):
    """A paper; its texts are untrusted data."""

    id: str
    title: str
    authors: list[str]
    abstract: str
    categories: list[str]
    day: str
    page: str


class ReasonAnswer(BaseModel):
    """One vote or interest of the reader, or the public votes, with its effect on the score."""

    kind: str
    effect: float
    paper_id: str | None
    title: str | None
    vote: int | None
    text: str | None


class PlaceAnswer(BaseModel):
    """A paper's place in an order, from 1."""

    position: int
    paper: PaperAnswer
    score: float | None
    shown_by_chance: bool
    my_vote: int
    why: list[ReasonAnswer]


class FeedAnswer(BaseModel):
    """Part of a ranking; `mode_reason` explains a mode other than hybrid."""

    ranking_id: str
    day: str
    mode: str
    mode_reason: str | None
    count: int
    next_cursor: str | None
    places: list[PlaceAnswer]


class SearchAnswer(BaseModel):
    """A page of search results; `notices` is what the reader should know about the search."""

    count: int
    next_page: int | None
    notices: list[str]
    papers: list[PaperAnswer]


class VoteAnswer(BaseModel):
    """The vote now and before: 1 up, -1 down, 0 none."""

    value: int
    previous: int
    voted_at: str | None


class WhyAnswer(BaseModel):
    """One place of a ranking."""

    ranking_id: str
    day: str
    mode: str
    mode_reason: str | None
    count: int
    place: PlaceAnswer


def feed_answer(response: dict[str, Any]) -> FeedAnswer:
    places = [_place(entry) for entry in response["results"]]
    return FeedAnswer(**_head(response), next_cursor=cursor_of(response["next"]), places=places)


def search_answer(response: dict[str, Any]) -> SearchAnswer:
    number = cursor_of(response["next"])
    papers = [_paper(paper) for paper in response["results"]]
    return SearchAnswer(
        count=response["count"], next_page=int(number) if number else None, notices=response["notices"], papers=papers
    )


def why_answer(response: dict[str, Any]) -> WhyAnswer:
    return WhyAnswer(**_head(response), place=_place(response["entry"]))


def _head(response: dict[str, Any]) -> dict[str, Any]:
    return {name: response[name] for name in ("ranking_id", "day", "mode", "mode_reason", "count")}


def _paper(paper: dict[str, Any]) -> PaperAnswer:
    columns = {name: paper[name] for name in ("id", "title", "abstract", "categories", "day")}
    return PaperAnswer(**columns, authors=[author["name"] for author in paper["authors"]], page=paper["links"]["page"])


def _place(entry: dict[str, Any]) -> PlaceAnswer:
    return PlaceAnswer(
        position=entry["position"],
        paper=_paper(entry["paper"]),
        score=entry["score"],
        shown_by_chance=entry["exploration"]["is"],
        my_vote=entry["my_vote"],
        why=[ReasonAnswer(**reason) for reason in entry["why"]],
    )
