"""Convert TeX accents and braces to Unicode, for author names and BibTeX.

Formulas stay as they are.
"""

import logging
import re
from functools import lru_cache

from pylatexenc import latex2text, latexwalker
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec
from pylatexenc.latexwalker import LatexWalker
from pylatexenc.macrospec import std_macro

LONGEST = 10_000
_IS_TEX = re.compile(r"[\\{}~]")
_PERCENT = re.compile(r"(?<!\\)%")


# pylatexenc writes \href from its two arguments, but parses it as a command without any.
_ARGUMENTS = latexwalker.get_default_latex_context_db()
_ARGUMENTS.add_context_category("ours", prepend=True, macros=[std_macro("href", False, 2)])
_MEANINGS = latex2text.get_default_latex_context_db()
_MEANINGS.add_context_category(
    "ours",
    prepend=True,
    macros=[
        # Without words, \href shows nothing, as the address then follows as a group.
        MacroTextSpec(
            "href", lambda node, l2tobj: l2tobj.nodelist_to_text(node.nodeargd.argnlist[-1:]) if node.nodeargd else ""
        ),
        # \maketitle and \today would depend on the moment, \includegraphics would show a placeholder.
        *(MacroTextSpec(name, "") for name in ("maketitle", "today", "includegraphics")),
    ],
)

logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it logs each command that lacks its arguments


@lru_cache(maxsize=10_000)
def tex_to_text(text: str) -> str:
    r"""`Rold\'an`, `Rold{\'a}n` and `Rold\'{a}n` -> `Roldán`; `\href{address}{words}` -> `words`.

    A text that is too long, too deeply nested or not LaTeX at all stays as it is.
    """
    if not _IS_TEX.search(text) or len(text) > LONGEST:
        return text
    latex = _PERCENT.sub(r"\%", text)
    # A new converter each time: one that is used again remembers a \title for the next \maketitle.
    converter = LatexNodes2Text(latex_context=_MEANINGS, math_mode="verbatim", keep_comments=True)
    try:
        nodes, _, _ = LatexWalker(latex, latex_context=_ARGUMENTS, tolerant_parsing=True).get_latex_nodes()
        plain = str(converter.nodelist_to_text(nodes))
    except Exception:  # noqa: BLE001 - RecursionError, IndexError, TypeError and ValueError were seen
        return text
    if "%s" in plain and "%s" not in text:  # pylatexenc's own template, for a command that lacks an argument
        return text
    return " ".join(plain.replace("\xad", "").split()) or text
