"""Public ids of papers: arXiv ids old and new in one canonical form, and our own for papers without one."""

import base64
import hashlib
import re
import unicodedata

OWN_PREFIX = "pb."
_ARXIV = re.compile(
    r"(?:arxiv:)?(?:(?P<new>\d{4}\.\d{4,5})|(?P<archive>[a-z][a-z-]+)(?:\.[a-z]{2})?/(?P<number>\d{7}))(?:v[1-9]\d*)?",
    re.IGNORECASE | re.ASCII,
)
# Only the beginning of a text is looked at, and of that no more than a host name may have: some texts are megabytes.
_LINK = re.compile(
    r"(?:arxiv:)?(?:(?:https?://)?(?:[\w-]{1,63}\.){0,5}(?:(?:arxiv|alphaxiv)\.org/"
    r"(?:abs|pdf|html|format|ps|e-print|src|tb|overview)|(?:huggingface|hf)\.co/papers)/"
    r"|(?:https?://(?:dx\.)?doi\.org/|doi:\s{0,9})?10\.48550/arxiv\.)",
    re.IGNORECASE | re.ASCII,
)
_TAIL = re.compile(r"(?:\.pdf|\.ps|\.html)?/?(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
_OWN = re.compile(rf"{re.escape(OWN_PREFIX)}[a-z2-7]{{12}}")

# What an address may hold in place of an id: anything that `canonical` takes, and near misses that deserve a 404.
PATTERN = r"(?:[A-Za-z:.\-]+/[0-9]{7}(?:v[0-9]+)?|[A-Za-z0-9.:_\-]{1,64})"


def arxiv_id(text: str) -> str | None:
    """The canonical arXiv id: no version, no `arXiv:`, no subject class; None for anything else.

    `2607.21557v2` -> `2607.21557`; `math.GT/0309136` -> `math/0309136`.
    """
    found = _ARXIV.fullmatch(text.strip())
    if not found:
        return None
    return found["new"] or f"{found['archive'].lower()}/{found['number']}"


def arxiv_id_in_link(text: str) -> str | None:
    """The arXiv id that an address at arXiv, alphaXiv or Hugging Face, a DOI of arXiv's or an id itself names.

    `https://arxiv.org/pdf/2607.21557v2.pdf` and `10.48550/arXiv.2607.21557` -> `2607.21557`.
    """
    bare = text.strip()
    link = _LINK.match(bare)
    found = _ARXIV.match(bare, link.end() if link else 0)
    return arxiv_id(found[0]) if found and _TAIL.fullmatch(bare, found.end()) else None


def canonical(text: str) -> str | None:
    """The public id that this text means: an arXiv id in any of its forms, or one of our own."""
    own = text.strip().lower()
    return arxiv_id(text) or (own if _OWN.fullmatch(own) else None)


def own_id(*parts: str) -> str:
    """A stable id for a paper without an arXiv id, from what names it: its title, or a data set and a number there.

    Letters and digits count; case, accents, spacing and punctuation do not.
    """
    plain = (unicodedata.normalize("NFKD", part).casefold() for part in parts)
    letters = "|".join("".join(character for character in part if character.isalnum()) for part in plain)
    digest = hashlib.sha256(letters.encode()).digest()
    return OWN_PREFIX + base64.b32encode(digest)[:12].decode().lower()
