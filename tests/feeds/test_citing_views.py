"""Citations to download, and what the paper's page says to reference managers."""

import json
import re
from html import unescape

import pytest

from .planting import DAY, paper


@pytest.mark.parametrize(
    ("form", "media_type", "start"),
    [
        ("bib", "application/x-bibtex", "@misc{"),
        ("ris", "application/x-research-info-systems", "TY  - "),
        ("json", "application/vnd.citationstyles.csl+json", "["),
    ],
)
@pytest.mark.parametrize("public_id", ["2607.00001", "hep-th/9901001"])
def test_each_format_is_a_file(anonymous, public_id, form, media_type, start):
    paper(public_id)
    answer = anonymous.get(f"/papers/{public_id}/cite.{form}")
    assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{public_id.replace("/", "-")}.{form}"'
    assert answer.content.decode().startswith(start)


@pytest.mark.parametrize("address", ["2607.00001/cite.txt", "2607.00002/cite.bib", "2607.00001/cite."])
def test_another_format_or_an_unknown_paper_is_not_found(anonymous, address):
    paper("2607.00001")
    assert anonymous.get(f"/papers/{address}").status_code == 404


def test_a_citation_is_only_read(anonymous):
    paper("2607.00001")
    assert anonymous.post("/papers/2607.00001/cite.bib").status_code == 405


def metadata(page):
    """The content of every `<meta>` by its name, in order."""
    tags = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page)
    return {name: [unescape(content) for other, content in tags if other == name] for name, _ in tags}


def test_the_page_carries_citation_tags(anonymous):
    paper("2607.00001", title="On $x^2$", authors=["Ada Lovelace", "Bob"], doi="10.1/x", abstract="Short.")
    page = anonymous.get("/papers/2607.00001/").content.decode()
    found = metadata(page)
    assert found["citation_title"] == found["og:title"] == ["On x²"]
    assert found["citation_author"] == ["Ada Lovelace", "Bob"]
    assert found["citation_publication_date"] == ["2026/07/21"]
    assert (found["citation_arxiv_id"], found["citation_doi"]) == (["2607.00001"], ["10.1/x"])
    assert found["citation_pdf_url"] == ["https://arxiv.org/pdf/2607.00001"]
    assert found["og:url"] == found["citation_abstract_html_url"] == ["http://testserver/papers/2607.00001/"]
    assert '<link rel="canonical" href="http://testserver/papers/2607.00001/">' in page


def test_the_page_has_the_citation_to_copy(anonymous):
    paper("2607.00001", title="On <b>", authors=["Ada Lovelace"])
    page = anonymous.get("/papers/2607.00001/").content.decode()
    assert "Ada Lovelace (2026). On &lt;b&gt;. arXiv:2607.00001." in page
    assert "data-copy>@misc{lovelace2026b," in page
    assert 'class="Z3988" title="ctx_ver=Z39.88-2004&amp;' in page


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> $\\text{</math><script>}$ \\textbf{<svg onload=x>}'


@pytest.mark.parametrize("address", ["/papers/2607.00001/", f"/day/{DAY}/"])
def test_hostile_text_is_words(anonymous, address):
    paper(
        "2607.00001", title=HOSTILE, abstract=HOSTILE, authors=[HOSTILE, '"onload="x'], journal_ref=HOSTILE, doi='"><x'
    )
    page = anonymous.get(address).content.decode()
    assert not re.search(r"<script>|<img|<svg onload|<x\b", page)
    assert not re.search(r'<meta[^>]*">[^\n<]', page)


def test_a_day_has_a_canonical_address_and_says_what_it_is(anonymous):
    paper("2607.00001", title="On $x^2$")
    page = anonymous.get(f"/day/{DAY}/").content.decode()
    assert f'<link rel="canonical" href="http://testserver/day/{DAY}/">' in page
    assert metadata(page)["og:title"] == ["Research papers of Tuesday 21 July 2026"]
    assert metadata(page)["og:description"] == ["On x²"]


def test_a_day_without_papers_points_to_the_one_that_it_shows(anonymous):
    paper("2607.00001")
    assert f'href="http://testserver/day/{DAY}/">' in anonymous.get("/day/2026-07-25/").content.decode()


def test_thousands_of_authors_fold_away(anonymous):
    paper("2607.00001", authors=[f"Author {number}" for number in range(3000)])
    page = anonymous.get("/papers/2607.00001/").content.decode()
    assert "<summary>All 3,000 authors</summary>" in page
    assert page.count("Author 2999") == 2  # a `citation_author` tag, and the list


def test_json_is_json_whatever_the_title_holds(anonymous):
    paper("2607.00001", title='"C:\\q </script>\x01 é')
    [item] = json.loads(anonymous.get("/papers/2607.00001/cite.json").content)
    assert item["title"] == '"C:\\q </script> é'
