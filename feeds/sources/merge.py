"""What the sources say of one paper -> what we show of it: the same whatever the order in which they spoke."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from recommender.models import Paper, PaperSource

from .formats.record import Event, PaperRecord

Fields = dict[str, Any]  # what one source says, as its `Telling` keeps it: JSON, nothing empty
Source = PaperSource

# Whom we believe about a field that several sources name, the first first, and why there.
TRUSTED: dict[str, str] = {
    Source.ARXIV_OAI: "the archive's own record: every version with its time, authors one by one",
    Source.ARXIV_API: "the same catalogue, but of the versions only the newest",
    Source.ARXIV_FEED: "the announcement of a day: no comment, no times, authors in one text",
    Source.ARXIV: "a collection that somebody made of arXiv's listings",
    Source.HUGGING_FACE: "a copy of arXiv's first version, which does not follow the later ones",
    Source.DEMO: "what the demo made stays as it made it, and marked as such",
    Source.BIBTEX: "typed or exported by a person, often before the last version",
    Source.RIS: "the same, with fewer fields",
    Source.DATASET: "research data, often cut short",
    Source.SAVED_PAGE: "a title and an abstract alone",
    Source.MEMBER: "says on which day a member put the paper, and nothing else",
}
_RANK = {source: place for place, source in enumerate(TRUSTED)}

# Among these the newest version of the paper comes before the better source: a feed's v3 before OAI's v1.
OF_ARXIV = frozenset({Source.ARXIV_OAI, Source.ARXIV_API, Source.ARXIV_FEED, Source.ARXIV})

# Hugging Face is believed first about what is made there.
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
    """What a record says. The day of a replacement is not the paper's first, so it is left out."""
    said = {name: value for name in (*_PLAIN, "withdrawn") if (value := getattr(record, name))}
    if record.day and record.event not in REPLACEMENTS:
        said["day"] = record.day.isoformat()
    if record.published_at:
        said["published_at"] = _iso(record.published_at)
    if record.versions:
        said["versions"] = [
            {"number": version.number, "at": version.at and _iso(version.at)} for version in record.versions
        ]
    return said


def fields_of_paper(paper: Paper) -> Fields:
    """What the one source of a paper must have said that has no tellings yet, from the paper's columns."""
    said = {name: value for name in (*_PLAIN, "withdrawn", "versions") if (value := getattr(paper, name))}
    if paper.published_at:
        said["published_at"] = _iso(paper.published_at)
    return said | {"day": paper.day.isoformat()}


def combine(source: str, before: Fields, said: Fields) -> Fields:
    """What a source says altogether after saying this too.

    Each field is that of the newest version which has it, and the last word among equals: a count may fall. Silence
    erases nothing, the earliest day stays. `of` notes the version that a field was said of, if not the first.
    """
    number = newest_version(said) or newest_version(before) or 1
    now, of = dict(before), dict(before.get("of", {}))
    for name in said.keys() & _OF_A_VERSION:
        if number > of.get(name, 1) or (number == of.get(name, 1) and not _cut(source, name, before, said)):
            now[name], of[name] = said[name], number
    now |= _joined(before, said)
    now["withdrawn"] = (said if number >= newest_version(before) else before).get("withdrawn", False)
    now["of"] = {name: number for name, number in of.items() if number > 1}
    return {name: value for name, value in now.items() if value}


def best_columns(tellings: Mapping[str, Fields], undated: date) -> Fields:
    """The columns of a paper, each from the source that is believed first about it.

    undated  its day where no source knows one
    """
    believed = {name: source for name in _OF_A_VERSION if (source := _best(name, tellings))}
    columns = _EMPTY | {name: tellings[source][name] for name, source in believed.items()}
    published = columns.get("published_at")
    return columns | {
        "source": believed["title"],
        "published_at": datetime.fromisoformat(published) if published else None,
        "categories": _categories(columns["categories"], tellings),
        "versions": _versions([tellings[source] for source in reversed(TRUSTED) if source in tellings]),
        "withdrawn": _is_withdrawn(tellings),
        "day": _day(tellings) or undated,
    }


def newest_version(fields: Fields) -> int:
    """The number of the newest version that is named; 0 without any."""
    return max((version["number"] for version in fields.get("versions", ())), default=0)


def _cut(source: str, name: str, before: Fields, said: Fields) -> bool:
    """Whether a feed names fewer categories than before: it announces a cross-list once, and never takes one back."""
    return name == "categories" and source == Source.ARXIV_FEED and len(before.get(name, ())) > len(said[name])


def _joined(before: Fields, said: Fields) -> Fields:
    days = [fields["day"] for fields in (before, said) if "day" in fields]
    joined: Fields = {"day": min(days)} if days else {}
    if "versions" in before or "versions" in said:
        joined["versions"] = _versions([before, said])
    return joined


def _versions(sayings: list[Fields]) -> list[Fields]:
    """Every version that is named, the oldest first; the last to know the time of one is believed."""
    times: dict[int, str | None] = {}
    for fields in sayings:
        for version in fields.get("versions", ()):
            times[version["number"]] = version["at"] or times.get(version["number"])
    return [{"number": number, "at": at} for number, at in sorted(times.items())]


def _best(name: str, tellings: Mapping[str, Fields]) -> str | None:
    """The source to believe about a field; None if nobody names it."""
    naming = [source for source, fields in tellings.items() if name in fields]
    if len(naming) < 2:
        return naming[0] if naming else None
    return max(naming, key=lambda source: _weight(source, name, tellings[source]))


def _weight(source: str, name: str, fields: Fields) -> tuple[bool, int, int]:
    if name in MADE_AT_HUGGING_FACE and source == Source.HUGGING_FACE:
        return True, 0, 1
    is_text_of_arxiv = source in OF_ARXIV and name not in MADE_AT_HUGGING_FACE
    return is_text_of_arxiv, fields.get("of", {}).get(name, 1) if is_text_of_arxiv else 0, -_RANK[source]


def _categories(best_of: list[str], tellings: Mapping[str, Fields]) -> list[str]:
    """Those of the best source, then what arXiv's other channels add: cross-lists come one at a time."""
    if len(tellings) < 2:
        return best_of
    others = {code for source in tellings.keys() & OF_ARXIV for code in tellings[source].get("categories", ())}
    return [*best_of, *sorted(others - set(best_of))]


def _is_withdrawn(tellings: Mapping[str, Fields]) -> bool:
    """Said of the newest version, or by a source that names no versions."""
    last = max(map(newest_version, tellings.values()), default=0)
    return any(fields.get("withdrawn", False) and newest_version(fields) in (0, last) for fields in tellings.values())


def _day(tellings: Mapping[str, Fields]) -> date | None:
    """The day that a member put the paper on, or else the earliest that a source gives."""
    by_member = tellings.get(Source.MEMBER)
    days = [fields["day"] for fields in ([by_member] if by_member else tellings.values()) if "day" in fields]
    return date.fromisoformat(min(days)) if days else None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
