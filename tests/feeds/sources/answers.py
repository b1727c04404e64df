"""Small responses of arXiv and Hugging Face: feeds, query results, a repository with pages, lists of a day."""

import json
import re
from collections.abc import Sequence
from datetime import date

from tests.feeds.outside import Asked, Reply

RAW = "http://arxiv.org/OAI/arXivRaw/"


def in_both(public_id: str) -> str:
    """The categories of a paper, the primary one first: cs.LG for an odd id, cs.CL for an even one."""
    return "cs.LG cs.CL" if int(public_id[-1]) % 2 else "cs.CL cs.LG"


def feed(day: date, *ids: str, categories: str = "", event: str = "new") -> bytes:
    """The RSS feed of a day; its papers are new unless `event` says otherwise, in `in_both` categories by default."""
    items = "".join(
        f"""<item><title>Paper {paper_id}</title><link>https://arxiv.org/abs/{paper_id}</link>
<description>arXiv:{paper_id}v1 Announce Type: {event}
Abstract: On {paper_id}.</description><guid isPermaLink="false">oai:arXiv.org:{paper_id}v1</guid>
{_codes(categories or in_both(paper_id))}<pubDate>{day:%a, %d %b %Y} 00:00:00 -0400</pubDate>
<arxiv:announce_type>{event}</arxiv:announce_type><dc:creator>Ada Byron</dc:creator></item>"""
        for paper_id in ids
    )
    return f"""<?xml version="1.0"?><rss xmlns:arxiv="http://arxiv.org/schemas/atom" version="2.0"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>arXiv</title>{items}</channel></rss>""".encode()


def _codes(categories: str) -> str:
    return "".join(f"<category>{code}</category>" for code in categories.split())


def together(*feeds: bytes) -> bytes:
    """One feed with the items of several."""
    items = b"".join(item for one in feeds for item in re.findall(b"<item>.*?</item>", one, re.DOTALL))
    return feeds[0].partition(b"<item>")[0].removesuffix(b"</channel></rss>") + items + b"</channel></rss>"


def query(*ids: str) -> bytes:
    """The query API's response with these papers of Monday, 20 July 2026, noon in New York: listed on the 21st."""
    entries = "".join(
        f"""<entry><id>http://arxiv.org/abs/{paper_id}v1</id><title>Paper {paper_id}</title>
<summary>On {paper_id}.</summary><published>2026-07-20T16:00:00Z</published><updated>2026-07-20T16:00:00Z</updated>
<author><name>Ada Byron</name></author><category term="cs.LG"/></entry>"""
        for paper_id in ids
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


def papers_of_a_day(*ids: str, upvotes: int = 1) -> bytes:
    """Hugging Face's list of a day."""
    entries = [
        {"paper": {"id": paper_id, "title": f"Paper {paper_id}", "summary": f"On {paper_id}.", "upvotes": upvotes}}
        for paper_id in ids
    ]
    return json.dumps(entries).encode()


def record(paper_id: str, categories: str = "", submitted: str = "Mon, 20 Jul 2026 16:00:00 GMT") -> str:
    """One of arXiv's records in the format arXivRaw, changed on 21 July 2026."""
    return f"""<record><header><identifier>oai:arXiv.org:{paper_id}</identifier>
<datestamp>2026-07-21</datestamp></header><metadata><arXivRaw xmlns="{RAW}"><id>{paper_id}</id>
<version version="v1"><date>{submitted}</date><size>9kb</size></version>
<title>Paper {paper_id}</title><authors>Ada Byron</authors><categories>{categories or in_both(paper_id)}</categories>
<abstract>On {paper_id}.</abstract></arXivRaw></metadata></record>"""


def oai(*inside: str) -> bytes:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{"".join(inside)}</OAI-PMH>'.encode()


def error(code: str, text: str = "") -> bytes:
    return oai(f'<error code="{code}">{text}</error>')


class Repository:
    """OAI-PMH over a list of records: sets, spans of days, pages and tokens, as arXiv has them."""

    def __init__(self, records: Sequence[str], page: int) -> None:
        self.records, self.page = records, page
        self.expired: set[str] = set()

    def __call__(self, request: Asked) -> Reply:
        token = request.params.get("resumptionToken")
        if token in self.expired:
            self.expired.remove(token)
            return Reply(error("badResumptionToken", "it has expired"))
        position = token or "|".join(request.params.get(name, "") for name in ("set", "from", "until")) + "|0"
        return Reply(self._page(*position.split("|")))

    def _page(self, oai_set: str, first: str, until: str, start: str) -> bytes:
        matching = [record for record in self.records if _matches(record, oai_set, first, until)]
        if not matching:
            return error("noRecordsMatch")
        end = int(start) + self.page
        token = "|".join((oai_set, first, until, str(end))) if end < len(matching) else ""
        listed = [*matching[int(start) : end], f"<resumptionToken>{token}</resumptionToken>"]
        return oai("<ListRecords>", *listed, "</ListRecords>")


def _matches(record: str, oai_set: str, first: str, until: str) -> bool:
    archive = oai_set.rpartition(":")[2]
    archives = {code.partition(".")[0] for code in _in(record, "categories").split()}
    return archive in archives and first <= _in(record, "datestamp") <= (until or "9")


def _in(record: str, name: str) -> str:
    match = re.search(f"<{name}>(.*?)</{name}>", record)
    return match[1] if match else ""
