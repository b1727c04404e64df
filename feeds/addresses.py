"""Paper ids in URLs, old ones with a slash included."""

from recommender.identifiers import PATTERN, canonical


class PaperIdConverter:
    """`<paper_id:public_id>`: any form of the id comes in, the canonical one reaches the view."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return canonical(value) or value

    def to_url(self, value: str) -> str:
        return str(value)
