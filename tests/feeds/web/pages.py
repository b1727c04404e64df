"""Helpers that read a page: its HTML, its metadata, the papers that it lists, its messages."""

import re
from html import unescape

HTMX = {"HTTP_HX_REQUEST": "true"}


def html(response):
    assert response.status_code == 200
    return response.content.decode()


def paper_ids(response):
    assert response.status_code == 200
    return [entry.paper.public_id for entry in response.context["entries"]]


def message_texts(response):
    return [str(message) for message in response.context["messages"]]


def metadata(page):
    """The content of every `<meta>` by its name, in order."""
    tags = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page)
    return {name: [unescape(content) for other, content in tags if other == name] for name, _ in tags}
