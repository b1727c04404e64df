"""Papers as BibTeX, RIS, CSL-JSON, plain text and OpenURL."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from recommender.models import Paper

from .latex.html import plain
from .latex.writer import braced, in_latex, protected

# particles of last names; those with a capital are rarer
PARTICLES = frozenset(
    "van von der den de del della dello degli di da das do dos du la le ter ten 't zu zur zum af av bin ibn al el "
    "st. y Van Von Der Den De Del Della Di Da Dos Du La Le Ter Ten".split()
)
VIETNAMESE = frozenset("Nguyen Tran Le Pham Hoang Huynh Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Dinh Trinh".split())
SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?")
COLLECTIVE = re.compile(
    r"\b(?:collaboration|consortium|teams?|group|project|initiative|laborator(?:y|ies)|labs?|institute|university"
    r"|foundation|committee|network|community|contributors|organi[sz]ation|department|(?-i:AI))\b|^(?-i:[A-Z0-9-]{3,})$",
    re.IGNORECASE,
)
LINE_AUTHORS = 6  # authors in a line of text
UNDECOMPOSED = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "AE", "œ": "oe",
                              "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i"})  # fmt: skip
UNIMPORTANT = frozenset("a an the on of in for to and or with from by at is are do does can how what why when".split())


@dataclass(frozen=True)
class Name:
    """A person's name; for a group `last` is the whole name."""

    last: str
    first: str = ""
    particle: str = ""
    suffix: str = ""
    is_group: bool = False

    @property
    def family(self) -> str:
        """The last name with its particle: `van der Maaten`."""
        return f"{self.particle} {self.last}".strip()

    @property
    def inverted(self) -> str:
        """Return the name with its last part first.

        Such as `van der Maaten, Laurens` or `King, Jr., Martin`; a group's name is unchanged.
        """
        return ", ".join(part for part in (self.family, self.suffix, self.first) if part)

    @property
    def as_bibtex(self) -> str:
        """Return the name for a list separated by `and`.

        Braces keep a group, or a name that contains `and`, in one piece.
        """
        is_whole = self.is_group or " and " in f" {self.inverted} "
        return braced(self.inverted) if is_whole else in_latex(self.inverted)

    @property
    def as_csl(self) -> dict[str, str]:
        if self.is_group or not self.first:
            return {"literal": self.family}
        parts = {
            "family": self.last, "given": self.first, "non-dropping-particle": self.particle, "suffix": self.suffix,
        }  # fmt: skip
        return {part: words for part, words in parts.items() if words}


def parse_author(author: str) -> Name:
    """Parse `First von Last Jr.`, `von Last, First` or `Last, Jr., First`.

    Drops an `and` before the name.
    """
    author = re.sub(r"^\s*and\s+", "", author)
    words = author.split()
    parts = [part.strip() for part in author.split(",") if part.strip()]
    if COLLECTIVE.search(author) or len(words) < 2 or not parts:
        return Name(" ".join(words), is_group=len(words) > 1 or bool(COLLECTIVE.search(author)))
    if len(parts) > 1 and not SUFFIX.fullmatch(parts[1]):
        return _with_last(parts[0].split(), parts[1], "")
    if len(parts) > 2:
        return _with_last(parts[0].split(), parts[2], parts[1])
    words = " ".join(parts).split()
    suffix = words.pop() if len(words) > 2 and SUFFIX.fullmatch(words[-1]) else ""
    start = len(words) - 1
    for place in range(1, len(words) - 1):
        neighbours = {words[place - 1], words[place + 1]}
        is_middle_name = words[place][0].isupper() and neighbours & VIETNAMESE  # such as Van in Kiet Van Nguyen
        if words[place] in PARTICLES and not is_middle_name:
            start = place
            break
    return _with_last(words[start:], " ".join(words[:start]), suffix)


def _with_last(words: list[str], first: str, suffix: str) -> Name:
    """A name whose last name is `words`, with any particles at their start."""
    count = next(place for place, word in enumerate(words) if word not in PARTICLES or place == len(words) - 1)
    return Name(" ".join(words[count:]), first, " ".join(words[:count]), suffix)


def bibtex_file(papers: Iterable[Paper]) -> str:
    """BibTeX entries with unique keys: `vaswani2017attention`, `vaswani2017attention-2`."""
    return "\n".join(bibtex(paper, name) for paper, name in _with_keys(papers))


def ris_file(papers: Iterable[Paper]) -> str:
    """RIS records with unique ids."""
    return "".join(ris(paper, name) for paper, name in _with_keys(papers))


def csl_file(papers: Iterable[Paper]) -> str:
    """A JSON list of CSL items with unique ids."""
    items = [csl(paper, name) for paper, name in _with_keys(papers)]
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


FORMATS: dict[str, tuple[str, Callable[[Iterable[Paper]], str]]] = {
    "bib": ("application/x-bibtex", bibtex_file),
    "ris": ("application/x-research-info-systems", ris_file),
    "json": ("application/vnd.citationstyles.csl+json", csl_file),
}


def _with_keys(papers: Iterable[Paper]) -> Iterator[tuple[Paper, str]]:
    """Pair each paper with a key that is unique in its file.

    The second paper with a key gets `-2`, and so on.
    """
    counts: Counter[str] = Counter()
    for paper in papers:
        name = key(paper)
        counts[name] += 1
        yield paper, name if counts[name] == 1 else f"{name}-{counts[name]}"


def bibtex(paper: Paper, name: str = "") -> str:
    """A BibTeX entry in UTF-8 under this name, by default its `key`.

    Special characters of LaTeX are escaped, formulas stay, and capitals within words are protected.
    """
    fields = {
        "title": protected(paper.title),
        "author": " and ".join(author.as_bibtex for author in authors(paper)),
        "year": str(day_of(paper).year),
        "journal": in_latex(paper.journal_ref),
        "doi": _verbatim(paper.doi),
        "eprint": paper.public_id if paper.has_arxiv_id else "",
        "archivePrefix": "arXiv" if paper.has_arxiv_id else "",
        "primaryClass": _verbatim(paper.categories[0]) if paper.has_arxiv_id and paper.categories else "",
        "url": address(paper),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{'article' if paper.journal_ref else 'misc'}{{{name or key(paper)},\n" + ",\n".join(lines) + "\n}\n"


def ris(paper: Paper, name: str = "") -> str:
    """A RIS record with this id, by default its `key`."""
    day = day_of(paper)
    lines = [
        ("TY", "JOUR" if paper.journal_ref else "UNPB"),
        ("ID", name or key(paper)),
        ("TI", plain(paper.title)),
        *[("AU", author.inverted) for author in authors(paper)],
        ("PY", str(day.year)),
        ("DA", f"{day:%Y/%m/%d}"),
        ("JO", plain(paper.journal_ref)),
        ("AB", plain(paper.abstract)),
        ("AN", f"arXiv:{paper.public_id}" if paper.has_arxiv_id else ""),
        ("DO", _verbatim(paper.doi)),
        ("UR", address(paper)),
        *[("KW", plain(category)) for category in paper.categories],
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value) + "ER  - \r\n"


def csl(paper: Paper, name: str = "") -> dict[str, Any]:
    """Return a CSL-JSON item, as citation processors read it.

    Its id is this one, by default its `key`.
    """
    day = day_of(paper)
    item = {
        "id": name or key(paper),
        "type": "article-journal" if paper.journal_ref else "article",
        "title": plain(paper.title),
        "author": [author.as_csl for author in authors(paper)],
        "issued": {"date-parts": [[day.year, day.month, day.day]]},
        "container-title": plain(paper.journal_ref),
        "publisher": "arXiv" if paper.has_arxiv_id and not paper.journal_ref else "",
        "number": f"arXiv:{paper.public_id}" if paper.has_arxiv_id else "",
        "abstract": plain(paper.abstract),
        "DOI": _verbatim(paper.doi),
        "URL": address(paper),
    }
    return {field: value for field, value in item.items() if value}


def file_name(paper: Paper, form: str) -> str:
    return f"{re.sub(r'[^A-Za-z0-9.-]', '-', paper.public_id)}.{form}"


def line(paper: Paper) -> str:
    """One line of text: `A. Author, B. Author (2026). Title. arXiv:2607.01234.`"""
    names = [plain(author) for author in paper.authors if author.strip(" :")]
    who = ", ".join(names[:LINE_AUTHORS]) + (" et al." if len(names) > LINE_AUTHORS else "")
    where = [plain(paper.journal_ref), f"arXiv:{paper.public_id}" if paper.has_arxiv_id else address(paper)]
    parts = [f"{who} ({day_of(paper).year})".strip(), plain(paper.title), *[part for part in where if part]]
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts)


def open_url(paper: Paper) -> str:
    """The paper as an OpenURL context object, the content of a COinS `<span>`."""
    fields = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:journal"),
        ("rft.genre", "article" if paper.journal_ref else "preprint"),
        ("rft.atitle", plain(paper.title)),
        ("rft.jtitle", plain(paper.journal_ref)),
        ("rft.date", day_of(paper).isoformat()),
        ("rft_id", f"info:doi/{_verbatim(paper.doi)}" if paper.doi else ""),
        ("rft_id", address(paper)),
        *[("rft.au", name.inverted) for name in authors(paper)],
    ]
    return urlencode([field for field in fields if field[1]])


def key(paper: Paper) -> str:
    """Return a citation key such as `vaswani2017attention`.

    It has last name, year and first significant word; otherwise `paper` and the id.
    """
    names = authors(paper)
    last = _ascii(names[0].last) if names else ""
    words = [word for word in map(_ascii, re.split(r"[\s-]+", plain(paper.title))) if word not in {"", *UNIMPORTANT}]
    if not last or not words:
        return "paper" + re.sub(r"\W", "", paper.public_id, flags=re.ASCII)
    return f"{last}{day_of(paper).year}{words[0]}"


def authors(paper: Paper) -> list[Name]:
    """Return the authors' names.

    The `:` that arXiv puts between a collaboration and its members is left out.
    """
    return [parse_author(plain(author)) for author in paper.authors if author.strip(" :")]


def day_of(paper: Paper) -> date:
    return paper.published_at.date() if paper.published_at else paper.day


def address(paper: Paper) -> str:
    """The URL of the paper at arXiv or of its DOI.

    Empty if it has neither.
    """
    return paper.arxiv_url or (f"https://doi.org/{_verbatim(paper.doi)}" if paper.doi else "")


def _ascii(words: str) -> str:
    """The ASCII letters and digits of the words, in small letters and without accents."""
    decomposed = unicodedata.normalize("NFKD", words.translate(UNDECOMPOSED))
    return re.sub(r"[^a-z0-9]", "", decomposed.lower())


def _verbatim(identifier: str) -> str:
    """An identifier, which no format escapes, without characters that could end its field."""
    return re.sub(r"[\s{}\\\x00-\x1f\x7f]", "", identifier)
