"""Text as LaTeX source for a BibTeX field: always balanced, formulas kept, everything else escaped."""

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
    """The same with braces about words such as `BERT` and `DeepSeek-R1`, whose capitals a style would take away."""
    return "".join(_sources(read(_one_line(text)), protect=True))


def braced(text: str) -> str:
    """A name that is not to be taken apart."""
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
    """The formula in dollars; as text if a brace has no partner: BibTeX counts them all, those after a `\\` too."""
    latex = repaired(formula.latex)
    whole = is_balanced(latex.replace("\\", "")) and "$" not in latex
    return f"${latex}$" if whole else formula.source.translate(ESCAPED)


def _with_braces(text: str) -> str:
    """Escaped text, words with a capital after their first letter in braces."""
    parts, place = [], 0
    for word in WORD.finditer(text):
        parts.append(text[place : word.start()].translate(ESCAPED))
        parts.append(f"{{{word[0]}}}" if _has_inner_capital(word[0]) else word[0])
        place = word.end()
    return "".join([*parts, text[place:].translate(ESCAPED)])


def _has_inner_capital(word: str) -> bool:
    return any(letter.isupper() for part in word.split("-") for letter in part[1:])
