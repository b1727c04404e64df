"""TeX's accents and braces -> letters, for names and for what people keep in BibTeX; formulas stay as they are."""

import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

LONGEST = 10_000
_CONVERTER = LatexNodes2Text(math_mode="verbatim", keep_comments=True)
_IS_TEX = re.compile(r"[\\{}~]")
_PERCENT = re.compile(r"(?<!\\)%")


@lru_cache(maxsize=10_000)
def letters(text: str) -> str:
    r"""`Rold\'an`, `Rold{\'a}n` and `Rold\'{a}n` -> `Roldán`; a text that is too long or too nested stays as it is."""
    if not _IS_TEX.search(text) or len(text) > LONGEST:
        return text
    try:
        plain = _CONVERTER.latex_to_text(_PERCENT.sub(r"\%", text), tolerant_parsing=True)
    except RecursionError:
        return text
    return " ".join(plain.replace("\xad", "").split()) or text
