"""The saved HTML page of Daily Papers: with its data, with cards alone, as browsers save it, and other pages."""

import html
import io
import json
from datetime import date

import pytest

from feeds.sources.formats import daily_papers_html, huggingface
from feeds.sources.formats.record import PaperRecord
from recommender.textfiles import Rejected, WrongFile

from .samples import RAW, needs_samples

PAPER = {"id": "2605.12345", "title": "Ties — & knots", "summary": "We tie.", "authors": [{"name": "Ada Lovelace"}]}
CARD = """<article><a href="{0}"><img alt=""></a><label><input><div class="leading-none">57</div></label>
<h3><a href="{0}">Ties &mdash; &amp; knots</a></h3><a href="{0}#community">3</a></article>"""


def page(**properties):
    data = html.escape(json.dumps(properties, ensure_ascii=False))
    holder = f'<div class="SVELTE_HYDRATER contents" data-target="DailyPapers" data-props="{data}"></div>'
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body><main>{holder}</main></body></html>'


def read(content):
    return list(daily_papers_html.read(io.BytesIO(content if isinstance(content, bytes) else content.encode())))


@needs_samples
def test_a_page_with_its_data_equals_the_json_of_the_day():
    content = (RAW / "hf_daily_papers_2026-05-13.json").read_bytes()
    expected = list(huggingface.read(io.BytesIO(content), date(2026, 5, 13)))
    assert len(expected) == 50
    assert read(page(periodType="day", dateString="2026-05-13", dailyPapers=json.loads(content))) == expected


def test_the_page_gives_the_day_unless_it_shows_a_week():
    [of_a_day] = read(page(periodType="day", dateString="2026-05-13", dailyPapers=[{"paper": PAPER}]))
    [of_a_week] = read(page(periodType="week", dateString="2026-W20", dailyPapers=[{"paper": PAPER}]))
    assert (of_a_day.day, of_a_week.day) == (date(2026, 5, 13), None)


def test_the_page_of_one_paper_yields_that_paper():
    [record] = read(page(paper=PAPER))
    assert (record.public_id, record.title) == ("2605.12345", "Ties — & knots")


def test_a_bad_entry_is_rejected_with_its_place_and_the_next_is_read():
    rejected, accepted = read(page(dailyPapers=[{"paper": PAPER | {"upvotes": -1}}, {"paper": PAPER}]))
    assert (type(rejected), rejected.line) == (Rejected, 1)
    assert "upvotes" in rejected.reason
    assert isinstance(accepted, PaperRecord)


@pytest.mark.parametrize("link", ["/papers/2605.12345", "https://huggingface.co/papers/2605.12345"])
def test_a_page_without_its_data_is_read_from_its_cards(link):
    rows = read(f"<main>{CARD.format(link)}</main>")
    assert rows == [PaperRecord("2605.12345", "Ties — & knots", "saved_page", source_upvotes=57)]


def test_a_card_without_a_title_is_rejected_and_one_without_a_paper_is_skipped():
    [record] = read('<article><a href="/papers/2605.12345"><img></a></article><article><a href="/blog">x</a></article>')
    assert (type(record), record.line) == (Rejected, 1)
    assert "2605.12345" in record.reason


DECLARED = page(dailyPapers=[{"paper": PAPER}])
SAVED = [
    b"\xef\xbb\xbf" + DECLARED.encode(),
    DECLARED.replace('charset="utf-8"', 'charset="iso-8859-1"').encode(),
    DECLARED.encode("utf-16"),
    DECLARED.replace('charset="utf-8"', 'charset="windows-1252"').encode("windows-1252"),
    DECLARED.replace('"', "'").replace("\n", "\r\n").encode(),
    ("<!-- saved from url=(0030)https://huggingface.co/papers -->\n" + DECLARED).encode(),
]


@pytest.mark.parametrize("content", SAVED, ids=["bom", "wrong charset", "utf-16", "windows", "quotes", "saved from"])
def test_the_title_does_not_depend_on_the_browser_that_saved_it(content):
    [record] = read(content)
    assert record.title == "Ties — & knots"


def test_a_page_whose_data_are_not_json_is_read_from_its_cards():
    rows = read('<div data-props="{oops"></div><div data-props="[]"></div>' + CARD.format("/papers/2605.12345"))
    assert [row.public_id for row in rows] == ["2605.12345"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
@pytest.mark.parametrize("mark", ["<![oops", "<![", "<![CDATA[x]]>", "<![if !IE]>"])
def test_a_page_with_an_unknown_declaration_is_read_from_its_cards(mark, encoding):
    text = f'<meta charset="{encoding}">{mark}<p>é {mark}</p>' + CARD.format("/papers/2605.12345")
    assert [row.title for row in read(text.encode(encoding))] == ["Ties — & knots"]


def test_a_number_too_long_for_an_int_rejects_its_paper_only():
    bad = json.dumps({"dailyPapers": [{"paper": PAPER | {"upvotes": 7}}, {"paper": PAPER}]}).replace(
        "7}", "9" * 5_000 + "}"
    )
    rows = read(f"<div data-props='{bad}'></div>")
    assert [type(row) for row in rows] == [Rejected, PaperRecord]


@pytest.mark.parametrize(
    "content", ["", "<html><title>Sign in</title></html>", '{"a": 1}', b"\x89PNG\r\n", b"\xff" * 50]
)
def test_another_page_is_refused(content):
    with pytest.raises(WrongFile, match="no papers"):
        read(content)


def test_a_page_that_is_too_large_is_refused():
    with pytest.raises(WrongFile, match="30,000,000"):
        read(b"<p>" + b"x" * 30_000_000)
