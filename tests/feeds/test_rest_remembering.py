"""Pages kept by their tags: made once, at most so many, and never under a tag that is no longer theirs."""

from feeds.api import ranking_etags
from feeds.api.ranking_etags import remembered


def made(tag, page, tag_after=None):
    return remembered(tag, lambda: page, lambda: tag_after or tag)


def test_a_page_is_made_once():
    assert made("once", {"page": 1}) == {"page": 1}
    assert made("once", {"page": 2}) == {"page": 1}


def test_a_page_that_changed_while_it_was_made_is_not_kept():
    made("meanwhile", {"page": 1}, tag_after="another")
    assert made("meanwhile", {"page": 2}) == {"page": 2}


def test_the_pages_asked_for_last_are_kept(monkeypatch):
    monkeypatch.setattr(ranking_etags, "MOST", 2)
    for tag in ("a", "b", "a", "c"):
        made(tag, {"first": tag})
    assert [made(tag, {"second": tag}) for tag in ("a", "c", "b")] == [{"first": "a"}, {"first": "c"}, {"second": "b"}]
