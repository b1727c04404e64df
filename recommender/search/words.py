"""Words for search, as in the indexes of both databases.

They are without accents and case, by their stem.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer

# Letters that Unicode does not decompose, and their replacements; both databases have the same list.
UNACCENTED = {
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe",
    "Œ": "OE",
}  # fmt: skip
_UNACCENTED = str.maketrans(UNACCENTED)
_MARK = re.compile("[\u0300-\u036f]")
ENDINGS = ("ing", "ed", "es", "er", "ation", "ization", "ity", "ness", "ment", "ive", "ical", "able", "ly")
WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")


def words_in(text: str) -> tuple[str, ...]:
    """Runs of letters and digits of a text, composed (NFC).

    Order and case are those of the text.
    """
    return tuple(WORD.findall(unicodedata.normalize("NFC", text).translate(_UNACCENTED)))


def fold(word: str) -> str:
    """The word in lower case without accents: `Schrödinger` -> `schrodinger`."""
    return _MARK.sub("", unicodedata.normalize("NFKD", word)).translate(_UNACCENTED).lower()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The Porter stem of a folded word, as in both indexes."""
    return str(
        snowballstemmer.stemmer("porter").stemWord(word)
    )  # a new stemmer each time: stemmers are not thread-safe


def completions(word: str) -> list[str]:
    """Words that this may be the start of: `learnin` -> `learning`.

    Only words whose stem is shorter than the start.
    """
    return sorted(
        {
            word[:-length] + ending
            for ending in ENDINGS
            for length in range(1, len(ending))
            if word.endswith(ending[:length]) and len(word) > length
        }
    )


def name_words(words: Sequence[str], *, is_start: bool = False) -> list[str]:
    """Words of a name with the mark of the indexes.

    The start of a word has no mark.
    """
    marked = [f"{word}0" for word in words]
    return [*marked[:-1], words[-1]] if is_start else marked


def category_word(code: str) -> str:
    """A category as its word in the indexes: `cs.LG` -> `0cs1lg0`."""
    return f"0{code.lower().replace('.', '1').replace('-', '2')}0"
