#!/usr/bin/env bash
# A LatexNodes2Text of pylatexenc remembers: the \title, \author and \date of one text are shown by \maketitle in the
# next text that the same object converts, which may be another person's.
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
shared, first, second = LatexNodes2Text(), r"\title{Words of the first}", r"\maketitle"
shared.latex_to_text(first)
alone, after = LatexNodes2Text().latex_to_text(second), shared.latex_to_text(second)
print(f"{second!r} by a new object: {alone.split(chr(10))[0]!r}")
print(f"{second!r} by one that has converted {first!r}: {after.split(chr(10))[0]!r}")
is_so = "Words of the first" in after and "Words of the first" not in alone
sys.exit(0 if is_so else "the behaviour has changed")
PYTHON
