"""Merge all sources' data on a paper into its columns.

The result does not depend on the order of the sources.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from recommender.models import Paper, PaperSource

from .formats.record import Event, PaperRecord

Fields = dict[str, Any]  # what one source says, as its `Telling` stores it: JSON, nothing empty
Source = PaperSource

# Which source is trusted about a field that several name, best first, and why.
TRUSTED: dict[str, str] = {
    Source.ARXIV_OAI: "the archive's own record: every version with its time, authors one by one",
    Source.ARXIV_API: "the same catalogue, but only the newest version",
    Source.ARXIV_FEED: "the announcement of a day: no comment, no times, authors in one text",
    Source.ARXIV: "a collection made from arXiv's listings",
    Source.HUGGING_FACE: "a copy of arXiv's first version, which does not follow the later ones",
    Source.DEMO: "sample papers, which stay unchanged and marked as such",
    Source.BIBTEX: "typed or exported by a person, often before the last version",
    Source.RIS: "the same, with fewer fields",
    Source.DATASET: "research data, often cut short",
    Source.SAVED_PAGE: "only a title and an abstract",
    Source.MEMBER: "only the day on which a member submitted the paper",
}
_RANK = {source: place for place, source in enumerate(TRUSTED)}

# Among these, the newest version of the paper wins over the better source: a feed's v3 over OAI's v1.
OF_ARXIV = frozenset({Source.ARXIV_OAI, Source.ARXIV_API, Source.ARXIV_FEED, Source.ARXIV})

# Hugging Face is trusted first about these fields, which originate there.
MADE_AT_HUGGING_FACE = frozenset({
    "tags", "source_upvotes", "source_comments", "submitted_by", "organization", "code_url", "code_stars",
    "project_url",
})  # fmt: skip

REPLACEMENTS = frozenset({Event.REPLACE, Event.REPLACE_CROSS})
_TEXTS = ("title", "abstract", "authors", "categories", "comment", "journal_ref", "doi", "license_url")
_PLAIN = (*_TEXTS, *sorted(MADE_AT_HUGGING_FACE))
_OF_A_VERSION = frozenset({*_PLAIN, "published_at"})
_EMPTY: Fields = {name: getattr(Paper(), name) for name in _PLAIN}


def fields_of_record(record: PaperRecord) -> Fields:
    """The fields that a record sets.

    The day of a replacement is not the paper's first, so it is left out.
    """
    fields = {name: value for name in (*_PLAIN, "withdrawn") if (value := getattr(record, name))}
    if record.day and record.event not in REPLACEMENTS:
        fields["day"] = record.day.isoformat()
    if record.published_at:
        fields["published_at"] = _iso(record.published_at)
    if record.versions:
        fields["versions"] = [
            {"number": version.number, "at": version.at and _iso(version.at)} for version in record.versions
        ]
    return fields


def fields_of_paper(paper: Paper) -> Fields:
    """Derive the only source's fields from the paper's columns.

    For a paper without tellings.
    """
    fields = {name: value for name in (*_PLAIN, "withdrawn", "versions") if (value := getattr(paper, name))}
    if paper.published_at:
        fields["published_at"] = _iso(paper.published_at)
    return fields | {"day": paper.day.isoformat()}


def combine(source: str, before: Fields, new: Fields) -> Fields:
    """What a source says in total, from its earlier and new fields.

    Each field is that of the newest version which has it, and the last one said among equals: a count may fall. A
    missing field erases nothing; the earliest day stays. `of` records the version of a field, if not the first.
    """
    number = newest_version(new) or newest_version(before) or 1
    combined, of = dict(before), dict(before.get("of", {}))
    for name in new.keys() & _OF_A_VERSION:
        # A feed announces a cross-list once, and never takes one back: fewer categories than before are a part.
        is_part = name == "categories" and source == Source.ARXIV_FEED and len(before.get(name, ())) > len(new[name])
        if number > of.get(name, 1) or (number == of.get(name, 1) and not is_part):
            combined[name], of[name] = new[name], number
    days = [fields["day"] for fields in (before, new) if "day" in fields]
    combined |= {"day": min(days)} if days else {}
    combined["versions"] = _merge_versions([before, new])
    combined["withdrawn"] = (new if number >= newest_version(before) else before).get("withdrawn", False)
    combined["of"] = {name: number for name, number in of.items() if number > 1}
    return {name: value for name, value in combined.items() if value}


def best_columns(tellings: Mapping[str, Fields], undated: date) -> Fields:
    """The columns of a paper, each from its most trusted source.

    undated  its day if no source knows one
    """
    sources = {name: source for name in _OF_A_VERSION if (source := _best_source(name, tellings))}
    columns = _EMPTY | {name: tellings[source][name] for name, source in sources.items()}

    published = columns.get("published_at")
    columns["published_at"] = datetime.fromisoformat(published) if published else None

    # Cross-lists arrive one at a time, so the other channels of arXiv may add some.
    if len(tellings) > 1:
        codes = {code for source in tellings.keys() & OF_ARXIV for code in tellings[source].get("categories", ())}
        columns["categories"] = [*columns["categories"], *sorted(codes - set(columns["categories"]))]

    # A paper is withdrawn if a source says so of the newest version, or names no versions at all.
    newest = max(map(newest_version, tellings.values()), default=0)
    columns["withdrawn"] = any(
        fields.get("withdrawn", False) and newest_version(fields) in (0, newest) for fields in tellings.values()
    )

    # The day on which a member submitted the paper, or else the earliest that a source gives.
    dated = [tellings[Source.MEMBER]] if tellings.get(Source.MEMBER) else tellings.values()
    days = [fields["day"] for fields in dated if "day" in fields]
    columns["day"] = date.fromisoformat(min(days)) if days else undated

    columns["versions"] = _merge_versions([tellings[source] for source in reversed(TRUSTED) if source in tellings])
    return columns | {"source": sources["title"]}


def newest_version(fields: Fields) -> int:
    """The number of the newest version that is named; 0 without any."""
    return max((version["number"] for version in fields.get("versions", ())), default=0)


def _merge_versions(tellings: list[Fields]) -> list[Fields]:
    """Every version that is named, oldest first.

    Its time is the last one given.
    """
    times: dict[int, str | None] = {}
    for fields in tellings:
        for version in fields.get("versions", ()):
            times[version["number"]] = version["at"] or times.get(version["number"])
    return [{"number": number, "at": at} for number, at in sorted(times.items())]


def _best_source(name: str, tellings: Mapping[str, Fields]) -> str | None:
    """The source to trust about a field.

    Returns None if no source names it.
    """

    def trust(source: str) -> tuple[bool, int, int]:
        if name in MADE_AT_HUGGING_FACE and source == Source.HUGGING_FACE:
            return True, 0, 1
        is_text_of_arxiv = source in OF_ARXIV and name not in MADE_AT_HUGGING_FACE
        version = tellings[source].get("of", {}).get(name, 1) if is_text_of_arxiv else 0
        return is_text_of_arxiv, version, -_RANK[source]

    sources = [source for source, fields in tellings.items() if name in fields]
    if len(sources) < 2:
        return sources[0] if sources else None
    return max(sources, key=trust)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
