"""Public ids of papers in one canonical form.

arXiv ids, old and new, and our own ids for other papers.
"""

import base64
import hashlib
import re
import unicodedata

OWN_PREFIX = "pb."
_ARXIV = re.compile(
    r"(?:arxiv:)?(?:(?P<new>\d{4}\.\d{4,5})|(?P<archive>[a-z][a-z-]+)(?:\.[a-z]{2})?/(?P<number>\d{7}))(?:v[1-9]\d*)?",
    re.IGNORECASE | re.ASCII,
)
# Matches at the start only, with bounded repetitions: some texts are megabytes.
_LINK = re.compile(
    r"(?:arxiv:)?(?:(?:https?://)?(?:[\w-]{1,63}\.){0,5}(?:(?:arxiv|alphaxiv)\.org/"
    r"(?:abs|pdf|html|format|ps|e-print|src|tb|overview)|(?:huggingface|hf)\.co/papers)/"
    r"|(?:https?://(?:dx\.)?doi\.org/|doi:\s{0,9})?10\.48550/arxiv\.)",
    re.IGNORECASE | re.ASCII,
)
_TAIL = re.compile(r"(?:\.pdf|\.ps|\.html)?/?(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
_OWN = re.compile(rf"{re.escape(OWN_PREFIX)}[a-z2-7]{{12}}")

# An id in a URL: anything that `canonical` accepts, and near misses that deserve a 404.
PATTERN = r"(?:[A-Za-z:.\-]+/[0-9]{7}(?:v[0-9]+)?|[A-Za-z0-9.:_\-]{1,64})"


def arxiv_id(text: str) -> str | None:
    """The canonical arXiv id: no version, no `arXiv:`, no subject class.

    Returns None for anything else. `2607.21557v2` -> `2607.21557`; `math.GT/0309136` -> `math/0309136`.
    """
    match = _ARXIV.fullmatch(text.strip())
    if not match:
        return None
    return match["new"] or f"{match['archive'].lower()}/{match['number']}"


def arxiv_id_in_link(text: str) -> str | None:
    """Find the arXiv id in a link, a DOI, or by itself.

    Links to arXiv, alphaXiv and Hugging Face, and arXiv DOIs, are understood. `https://arxiv.org/pdf/2607.21557v2.pdf`
    and `10.48550/arXiv.2607.21557` -> `2607.21557`.
    """
    bare = text.strip()
    link = _LINK.match(bare)
    match = _ARXIV.match(bare, link.end() if link else 0)
    return arxiv_id(match[0]) if match and _TAIL.fullmatch(bare, match.end()) else None


def canonical(text: str) -> str | None:
    """The public id for this text, or None.

    The text may be an arXiv id in any form, or one of our own ids.
    """
    own = text.strip().lower()
    return arxiv_id(text) or (own if _OWN.fullmatch(own) else None)


def own_id(*parts: str) -> str:
    """A stable id for a paper without an arXiv id.

    It is made from its title, or from a data set and a number there. Letters and digits count; case, accents, spacing
    and punctuation do not.
    """
    plain = (unicodedata.normalize("NFKD", part).casefold() for part in parts)
    letters = "|".join("".join(character for character in part if character.isalnum()) for part in plain)
    digest = hashlib.sha256(letters.encode()).digest()
    return OWN_PREFIX + base64.b32encode(digest)[:12].decode().lower()
