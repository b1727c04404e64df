#!/usr/bin/env bash
# pylatexenc knows what \href{address}{words} means and raises an IndexError on every one: its table of meanings has
# the command with two arguments, its table of commands does not have it, so no argument is read.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pylatexenc==2.11

"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from pylatexenc.latex2text import LatexNodes2Text

print("pylatexenc", version("pylatexenc"))
changed = False
for latex, expected in (
    (r"see \url{https://example.org}", "see <https://example.org>"),
    (r"see \href{https://example.org}{our page}", IndexError),
):
    try:
        seen = LatexNodes2Text().latex_to_text(latex, tolerant_parsing=True)
    except IndexError as error:
        print(f"{latex!r} raises IndexError: {error}")
        seen = IndexError
    else:
        print(f"{latex!r} -> {seen!r}")
    changed |= seen != expected
sys.exit("the behaviour has changed" if changed else 0)
PYTHON
