"""Text as LaTeX source for a BibTeX field.

Braces are always in pairs, formulas are kept, everything else is escaped.
"""

import re
from collections.abc import Iterator

from .dollars import is_balanced
from .mathml import repaired
from .reader import Formula, Piece, Styled, read

ESCAPED = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "\u00a0": "~", "\u202f": r"\,",
})  # fmt: skip
COMMANDS = {
    "b": "textbf", "i": "textit", "em": "emph", "code": "texttt", "sup": "textsuperscript", "sub": "textsubscript",
    "u": "underline", "caps": "textsc",
}  # fmt: skip
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def in_latex(text: str) -> str:
    """The text as LaTeX source, in one line."""
    return "".join(_sources(read(_one_line(text)), protect=False))


def protected(text: str) -> str:
    """The same, with braces around words with inner capitals.

    BibTeX styles would drop the capitals of words such as `BERT` and `DeepSeek-R1`.
    """
    return "".join(_sources(read(_one_line(text)), protect=True))


def braced(text: str) -> str:
    """The text as one name.

    BibTeX does not split it into first and last name.
    """
    return f"{{{in_latex(text)}}}"


def _one_line(text: str) -> str:
    return " ".join(re.split(r"[ \t\r\n]+", text)).strip()


def _sources(pieces: tuple[Piece, ...], *, protect: bool) -> Iterator[str]:
    for piece in pieces:
        match piece:
            case Formula():
                yield _formula(piece)
            case Styled():
                yield f"\\{COMMANDS[piece.style]}{{{''.join(_sources(piece.pieces, protect=protect))}}}"
            case str():
                yield _with_braces(piece) if protect else piece.translate(ESCAPED)


def _formula(formula: Formula) -> str:
    """The formula in dollars.

    If a brace has no partner it is text, since BibTeX counts braces after a `\\` too.
    """
    latex = repaired(formula.latex)
    is_safe = is_balanced(latex.replace("\\", "")) and "$" not in latex
    return f"${latex}$" if is_safe else formula.source.translate(ESCAPED)


def _with_braces(text: str) -> str:
    """The text escaped, with braces around words with inner capitals."""
    parts, place = [], 0
    for word in WORD.finditer(text):
        parts.append(text[place : word.start()].translate(ESCAPED))
        has_capital = any(letter.isupper() for part in word[0].split("-") for letter in part[1:])
        parts.append(f"{{{word[0]}}}" if has_capital else word[0])
        place = word.end()
    return "".join([*parts, text[place:].translate(ESCAPED)])
