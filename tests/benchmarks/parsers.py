"""`python -m tests.benchmarks.parsers [CHARACTERS] [NAME ...]`: CPU time of the parsers against the length of a text.

For each input that a reader or an operator may bring, the time at CHARACTERS (2,000 unless said otherwise), and how
many times that the time is at 2, 4, 8 and 16 times the length: 16 in the last column is linear, 256 is quadratic. NAME
picks the rows whose name has it. The inputs are those that are made to be slow; a part of them is no library at all.
"""

import gc
import io
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import process_time
from xml.sax.saxutils import escape

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()

from feeds import markdown  # noqa: E402
from feeds.latex import plain, reader  # noqa: E402
from feeds.sources import duplicates  # noqa: E402
from feeds.sources.formats import arxiv_rss, bibtex, csl, daily_papers_html, id_list, ris, tex  # noqa: E402
from feeds.sources.formats.names import names_of  # noqa: E402
from feeds.sources.formats.withdrawn import is_withdrawn  # noqa: E402
from feeds.transfer import library  # noqa: E402
from recommender.paper_ids import arxiv_id_in_link  # noqa: E402
from recommender.search import highlight, query  # noqa: E402
from recommender.textfiles import WrongFile, one_line  # noqa: E402

from .town import machine, table  # noqa: E402

TIMES = (1, 2, 4, 8, 16)
LEAST_SECONDS = 0.05  # of one measurement, which is repeated until it has them

Make = Callable[[int], str]
Run = Callable[[str], object]


def lines(read: Callable[[Iterable[str]], Iterable[object]]) -> Run:
    return lambda text: list(read(io.StringIO(text)))


def whole_library(text: str) -> None:
    """Or as much of it as may be brought at once."""
    with suppress(WrongFile):
        library.read(text)


def repeated(unit: str) -> Make:
    return lambda size: unit * (size // len(unit))


def field(name: str, unit: str, end: str = "") -> Make:
    """One entry of BibTeX, with the unit repeated in one field."""
    return lambda size: f'@misc{{k, title={{T}}, {name}="{repeated(unit)(size)}{end}"}}\n'


def reference(tag: str, unit: str, end: str = "") -> Make:
    """One reference of RIS, with the unit repeated in one field."""
    return lambda size: f"TY  - JOUR\nTI  - T\n{tag}  - x{repeated(unit)(size)}{end}\nER  - \n"


def abbreviations(size: int) -> str:
    """Half of the characters in `@string`, half in entries of which each uses one."""
    half = range(size // 60)
    strings = "".join(f'@string{{s{number} = "Journal"}}\n' for number in half)
    return strings + "".join(f"@misc{{k{number}, title={{T}}, journal=s{number}}}\n" for number in half)


def dots_after_arxiv(size: int) -> str:
    return f'@misc{{k, title={{T}}, url="arxiv:{"." * size}-"}}\n'


def page(text: str) -> None:
    """A saved page of Daily Papers, which has no papers."""
    with suppress(WrongFile):
        list(daily_papers_html.read(io.BytesIO(text.encode())))


def feed_with_author(unit: str) -> Make:
    """An RSS feed of one paper, with the unit repeated in its author line."""
    return lambda size: (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item>'
        "<title>T</title><link>https://arxiv.org/abs/2607.21557</link>"
        f"<dc:creator>{escape(repeated(unit)(size))}</dc:creator></item></channel></rss>"
    )


PARSERS: dict[str, tuple[Make, Run]] = {
    "library: a word of dots": (repeated("a."), whole_library),
    "library: ids": (repeated("2607.21557 "), whole_library),
    "library: blank lines": (repeated("\n"), whole_library),
    "ids: brackets": (repeated("["), id_list.words),
    "BibTeX: abbreviations": (abbreviations, lines(bibtex.read)),
    "BibTeX: parts joined": (lambda size: f"@misc{{k, title={'{T} # ' * (size // 6)}{{T}}}}\n", lines(bibtex.read)),
    "BibTeX: entries": (repeated("@misc{k, title={T}}\n"), lines(bibtex.read)),
    "BibTeX: an address of dots": (field("url", "a."), lines(bibtex.read)),
    "BibTeX: authors": (field("author", "Roe, Jo and "), lines(bibtex.read)),
    "BibTeX: braces in a name": (field("author", "}"), lines(bibtex.read)),
    "BibTeX: accents in a title": (
        lambda size: "@misc{k, title={x" + "\u0301\u0323" * (size // 2) + "}}\n",
        lines(bibtex.read),
    ),
    "BibTeX: marks before withdr": (field("note", ".", "withdr"), lines(bibtex.read)),
    "BibTeX: never closed": (repeated("@misc{k, title={T\n"), lines(bibtex.read)),
    "RIS: a field of many lines": (reference("AB", "\nb"), lines(ris.read)),
    "RIS: blanks in a keyword": (reference("KW", " ", "b"), lines(ris.read)),
    "BibTeX: dots after arxiv:": (dots_after_arxiv, lines(bibtex.read)),
    "CSL-JSON: an address of dots": (
        lambda size: f'[{{"title": "T", "URL": "{repeated("a.")(size)}"}}]',
        lambda text: list(csl.read(io.BytesIO(text.encode()))),
    ),
    "BibTeX: fields": (
        lambda size: "@misc{k, title={T}, " + "".join(f"f{place}=x, " for place in range(size // 8)) + "}\n",
        lines(bibtex.read),
    ),
    "BibTeX: quotes in a field": (field("note", '"'), lines(bibtex.read)),
    "BibTeX: brackets in a field": (field("note", "{"), lines(bibtex.read)),
    "BibTeX: entries within an entry": (field("note", "@misc{"), lines(bibtex.read)),
    "BibTeX: equals signs in a field": (field("note", "a="), lines(bibtex.read)),
    "RIS: records never ended": (repeated("TY  - JOUR\n"), lines(ris.read)),
    "CSL-JSON: brackets": (repeated("["), whole_library),
    "RSS: brackets in an author": (feed_with_author("<"), lambda text: list(arxiv_rss.read(io.BytesIO(text.encode())))),
    "page: elements never closed": (repeated("<div>"), page),
    "page: tags never closed": (repeated("<a "), page),
    "page: comments never closed": (repeated("<!--"), page),
    "page: ends without beginning": (repeated("</div>"), page),
    "page: opening brackets": (repeated("<"), page),
    "page: references": (repeated("&#"), page),
    "arXiv id: a long word": (repeated("a"), arxiv_id_in_link),
    "arXiv id: prefixes": (repeated("arxiv:"), arxiv_id_in_link),
    "arXiv id: addresses": (repeated("https://arxiv.org/abs/"), arxiv_id_in_link),
    "search: a long word": (repeated("a"), query.parse),
    "search: fields": (repeated("author:"), query.parse),
    "search: quotes": (repeated('"'), query.parse),
    "search: words in a text": (repeated("deep "), lambda text: highlight.snippet(text, query.parse("deep deep deep"))),
    "search: formulas never closed": (repeated("\\("), lambda text: highlight.highlight(text, query.parse("deep"))),
    "Markdown: brackets": (repeated("["), markdown.escaped),
    "Markdown: stars": (repeated("*_"), markdown.escaped),
    "withdrawn: this this": (
        lambda size: ". " + repeated("this ")(size) + "withdrawn",
        lambda text: is_withdrawn(text, text),
    ),
    "withdrawn: a long word": (
        lambda size: repeated(". ly")(size) + "withdrawn",
        lambda text: is_withdrawn(text, text),
    ),
    "keys: a long title": (repeated("a an "), lambda text: duplicates.keys(text, text)),
    "names: brackets": (repeated("("), names_of),
    "names: suffixes": (lambda size: "Jo Roe" + repeated(", II")(size), names_of),
    "LaTeX: formulas never closed": (repeated(r"\("), reader.read),
    "LaTeX: groups never closed": (repeated(r"\textbf{"), reader.read),
    "LaTeX: braces": (repeated("{}"), reader.read),
    "LaTeX: dollars": (repeated("$x "), reader.read),
    "LaTeX: accents": (repeated(r"\'e"), reader.read),
    "keys: accents": (repeated("\u0301\u0323"), lambda text: duplicates.keys(one_line(text), "")),
}


def seconds(run: Run, text: str) -> float:
    """CPU time of one run, nothing kept from an earlier one."""
    gc.collect()
    runs, begun = 0, process_time()
    while (spent := process_time() - begun) < LEAST_SECONDS or not runs:
        tex.tex_to_text.cache_clear()
        plain.line.cache_clear()
        run(text)
        runs += 1
    return spent / runs


def row(name: str, size: int) -> list[str]:
    make, run = PARSERS[name]
    spent = [seconds(run, make(size * times)) for times in TIMES]
    return [name, f"{1000 * spent[0]:.2f}", *(f"{later / spent[0]:.1f}" for later in spent[1:])]


def main(size: int, names: list[str]) -> None:
    chosen = [name for name in PARSERS if not names or any(part in name for part in names)]
    rows = [row(name, size) for name in chosen]
    print(f"CPU time against length; {machine()}\n")
    print(table(["", f"{size:,} characters, ms", *(f"{times} times" for times in TIMES[1:])], rows))


if __name__ == "__main__":
    is_size = len(sys.argv) > 1 and sys.argv[1].isdecimal()
    main(int(sys.argv[1]) if is_size else 2_000, sys.argv[2:] if is_size else sys.argv[1:])
