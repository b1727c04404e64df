"""The page of a paper: its text, its citations, and what it tells reference managers."""

import json
import re

import pytest

from recommender.paper_ids import own_id
from tests.feeds.planting import DAY, paper, papers

from .pages import html, metadata


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
def test_an_unknown_format_or_paper_is_a_404(anonymous, address):
    paper("2607.00001")
    assert anonymous.get(f"/papers/{address}").status_code == 404


def test_a_citation_refuses_post(anonymous):
    paper("2607.00001")
    assert anonymous.post("/papers/2607.00001/cite.bib").status_code == 405


def test_the_page_carries_citation_tags(anonymous):
    paper("2607.00001", title="On $x^2$", authors=["Ada Lovelace", "Bob"], doi="10.1/x", abstract="Short.")
    page = anonymous.get("/papers/2607.00001/").content.decode()
    tags = metadata(page)
    assert tags["citation_title"] == tags["og:title"] == ["On x²"]
    assert tags["citation_author"] == ["Ada Lovelace", "Bob"]
    assert tags["citation_publication_date"] == ["2026/07/21"]
    assert (tags["citation_arxiv_id"], tags["citation_doi"]) == (["2607.00001"], ["10.1/x"])
    assert tags["citation_pdf_url"] == ["https://arxiv.org/pdf/2607.00001"]
    assert tags["og:url"] == tags["citation_abstract_html_url"] == ["http://testserver/papers/2607.00001/"]
    assert '<link rel="canonical" href="http://testserver/papers/2607.00001/">' in page


def test_the_page_has_the_citation_to_copy(anonymous):
    paper("2607.00001", title="On <b>", authors=["Ada Lovelace"])
    page = anonymous.get("/papers/2607.00001/").content.decode()
    assert "Ada Lovelace (2026). On &lt;b&gt;. arXiv:2607.00001." in page
    assert "data-copy>@misc{lovelace2026b," in page
    assert 'class="Z3988" title="ctx_ver=Z39.88-2004&amp;' in page


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> $\\text{</math><script>}$ \\textbf{<svg onload=x>}'


@pytest.mark.parametrize("address", ["/papers/2607.00001/", f"/day/{DAY}/"])
def test_hostile_text_is_escaped(anonymous, address):
    paper(
        "2607.00001", title=HOSTILE, abstract=HOSTILE, authors=[HOSTILE, '"onload="x'], journal_ref=HOSTILE, doi='"><x'
    )
    page = anonymous.get(address).content.decode()
    assert not re.search(r"<script>|<img|<svg onload|<x\b", page)
    assert not re.search(r'<meta[^>]*">[^\n<]', page)


def test_thousands_of_authors_are_collapsed(anonymous):
    paper("2607.00001", authors=[f"Author {number}" for number in range(3000)])
    page = anonymous.get("/papers/2607.00001/").content.decode()
    assert "<summary>All 3,000 authors</summary>" in page
    assert page.count("Author 2999") == 2  # a `citation_author` tag, and the list


def test_csl_json_is_valid_for_any_title(anonymous):
    paper("2607.00001", title='"C:\\q </script>\x01 é')
    [item] = json.loads(anonymous.get("/papers/2607.00001/cite.json").content)
    assert item["title"] == '"C:\\q </script> é'


@pytest.mark.parametrize(
    ("stored", "form"),
    [
        ("2607.21557", "2607.21557v2"),
        ("2607.21557", "arXiv:2607.21557"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("hep-th/9901001", "hep-th%2F9901001v1"),
        (own_id("Ties"), own_id("Ties")),
    ],
)
def test_any_form_of_an_id_opens_its_paper(anonymous, stored, form):
    paper(stored, title="Ties that bind")
    page = html(anonymous.get(f"/papers/{form}/"))
    assert "Ties that bind" in page
    assert f'<link rel="canonical" href="http://testserver/papers/{stored}/">' in page


@pytest.mark.parametrize("public_id", ["2607.99999", "hep-th/0000000", "%00", "%ff", "x" * 65, "a/b/c"])
def test_an_unknown_paper_is_a_404(anonymous, public_id):
    assert anonymous.get(f"/papers/{public_id}/").status_code == 404


def test_text_from_sources_is_escaped(anonymous):
    paper(
        "2607.00001", title="<script>alert(1)</script>", abstract="<b>", authors=["<i>"], project_url="javascript:x()"
    )
    for address in ("/", "/papers/2607.00001/"):
        page = html(anonymous.get(address))
        assert "<script>alert" not in page
        assert "javascript:" not in page


@pytest.mark.parametrize("address", ["/", "/day/2026-07-21/", "/papers/2607.00001/", "/models/", "/status/"])
def test_pages_answer_head_and_refuse_post(anonymous, address):
    papers(1)
    response = anonymous.head(address)
    assert (response.status_code, response.content) == (200, b"")
    assert anonymous.post(address).status_code == 405
