"""Pages of OAI-PMH: real ones, tokens, errors, deleted records, and responses to other requests."""

import gzip
import io

import pytest

from feeds.sources.formats import arxiv_oai
from feeds.sources.formats.arxiv_oai import OaiError
from feeds.sources.formats.record import PaperRecord
from recommender.textfiles import Rejected, WrongFile

from .samples import RAW, needs_samples, until_it_breaks

RECORD = """<record><header{}><identifier>oai:arXiv.org:2607.21557</identifier></header>
<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2607.21557</id><created>2026-07-20</created>
<title>Ties</title><categories>cs.LG</categories><abstract>We tie.</abstract></arXiv></metadata></record>"""
DELETED = '<record><header status="deleted"><identifier>oai:arXiv.org:2607.00001</identifier></header></record>'


def page_of(inside, verb="ListRecords"):
    content = f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><{verb}>{inside}</{verb}></OAI-PMH>'
    return arxiv_oai.read(io.BytesIO(content.encode()))


@needs_samples
def test_a_page_of_a_thousand_records_is_read_completely_and_names_the_next():
    with gzip.open(RAW / "arxiv_oai_arxivraw_listrecords_2014.xml.gz") as stream:
        page = arxiv_oai.read(stream)
        rows = list(page.rows)
    assert len(rows) == len({record.public_id for record in rows}) == 1000
    assert page.resumption_token == "496549|47001"
    assert page.error is None


@needs_samples
@pytest.mark.parametrize("half", ["hep-ex", "hep-th"])
def test_a_short_list_is_complete(half):
    with (RAW / f"arxiv_oai_arxiv_listrecords_{half}_2017.xml").open("rb") as stream:
        page = arxiv_oai.read(stream)
        assert len(list(page.rows)) == 3
    assert page.resumption_token == ""


@needs_samples
def test_a_format_without_categories_is_refused_with_the_formats_to_request():
    with (RAW / "arxiv_oai_dc_record.xml").open("rb") as stream, pytest.raises(WrongFile) as refused:
        list(arxiv_oai.read(stream).rows)
    assert "oai:arXiv.org:1711.05739 is in the format 'oai_dc'" in str(refused.value)
    assert "metadataPrefix=arXivRaw" in str(refused.value)


def test_one_record_is_read_like_a_list():
    [record] = page_of(RECORD.format(""), "GetRecord").rows
    assert record.public_id == "2607.21557"


@pytest.mark.parametrize("token", ["<resumptionToken/>", '<resumptionToken cursor="0"> </resumptionToken>', ""])
def test_an_empty_token_means_that_the_list_is_complete(token):
    page = page_of(RECORD.format("") + token)
    assert len(list(page.rows)) == 1
    assert page.resumption_token == ""


def test_a_token_names_the_next_page():
    page = page_of(RECORD.format("") + "<resumptionToken expirationDate='2026-07-22'> 12|34 </resumptionToken>")
    assert len(list(page.rows)) == 1
    assert page.resumption_token == "12|34"


def test_a_deleted_record_is_a_rejection_and_the_next_is_read():
    deleted, accepted = page_of(DELETED + RECORD.format("")).rows
    assert isinstance(deleted, Rejected)
    assert deleted.reason == "oai:arXiv.org:2607.00001: arXiv has deleted this record"
    assert isinstance(accepted, PaperRecord)


@pytest.mark.parametrize("code", ["badResumptionToken", "noRecordsMatch", "cannotDisseminateFormat"])
def test_an_error_is_returned_with_its_code(code):
    content = (
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="{code}">It\n expired</error></OAI-PMH>'
    )
    page = arxiv_oai.read(io.BytesIO(content.encode()))
    assert list(page.rows) == []
    assert page.error == OaiError(code, "It expired")


def test_a_record_without_metadata_is_rejected_by_its_identifier():
    [record] = page_of("<record><header><identifier>oai:arXiv.org:2607.1</identifier></header></record>").rows
    assert record.reason == "oai:arXiv.org:2607.1: metadata: missing"


@pytest.mark.parametrize("verb", ["Identify", "ListSets", "ListIdentifiers", "ListMetadataFormats"])
def test_an_answer_to_another_request_is_refused(verb):
    with pytest.raises(WrongFile, match=verb):
        list(page_of("<x/>", verb).rows)


def test_a_truncated_page_yields_its_complete_records_and_no_token():
    content = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>' + RECORD.format("") * 2
    page = arxiv_oai.read(io.BytesIO(content.encode()[:-30]))
    rows, error = until_it_breaks(page.rows)
    assert len(rows) == 1
    assert error is not None
    assert page.resumption_token == ""


def test_an_html_page_is_refused_with_its_first_words():
    with pytest.raises(WrongFile, match="Retry after 60 seconds"):
        list(arxiv_oai.read(io.BytesIO(b"<html><h1>Retry after 60 seconds</h1></html>")).rows)
