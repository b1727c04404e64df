"""Where a paper comes from: the sources that tell of it, and the member who put it on the list."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from recommender.models import Paper

from .models import Submission, Telling
from .sources.merge import TRUSTED

A_MEMBER = "a member"
_ANY = TypeVar("_ANY", bound="QuerySet[Any]")


def with_provenance(papers: _ANY) -> _ANY:
    """The same papers, with two more queries, whatever their number."""
    return papers.prefetch_related(*_lookups())


def add_provenance(papers: Iterable[Paper]) -> None:
    """The same for papers that are read already."""
    prefetch_related_objects(list(papers), *_lookups())


def sources_of(paper: Paper) -> list[str]:
    """The sources that tell of the paper, the one believed first first; its one source where none has told yet."""
    told = {telling.source for telling in paper.tellings.all()} or {paper.source}
    return [source for source in TRUSTED if source in told and source != Paper.Source.MEMBER]


def names_of_sources(paper: Paper) -> list[str]:
    """The same as readers know them: arXiv's channels are one."""
    return list(dict.fromkeys(Paper.Source(source).label for source in sources_of(paper)))


def submitter_of(paper: Paper) -> str | None:
    """The name of the member who put the paper on the list, never their address; None if nobody did."""
    listed = (one for one in paper.submissions.all() if one.state == Submission.State.LISTED)
    submission = next(listed, None)
    if submission is None:
        return None
    return (submission.submitter.name if submission.submitter else "") or A_MEMBER


def _lookups() -> list["Prefetch[Any]"]:
    return [
        Prefetch("tellings", Telling.objects.order_by().only("paper", "source")),
        Prefetch("submissions", Submission.objects.select_related("submitter")),
    ]
