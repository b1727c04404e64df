"""Words as the search sees them: without accents and case, by their stem; the indexes of both databases do the same."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer

# Letters that Unicode does not take apart, and what they are found by; both databases have the same list.
UNACCENTED = {
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe",
    "Œ": "OE",
}  # fmt: skip
_UNACCENTED = str.maketrans(UNACCENTED)
_MARK = re.compile("[\u0300-\u036f]")
ENDINGS = ("ing", "ed", "es", "er", "ation", "ization", "ity", "ness", "ment", "ive", "ical", "able", "ly")
WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")


def words_in(text: str) -> tuple[str, ...]:
    """Runs of letters and digits, in the order and case in which they were written, letters put together."""
    return tuple(WORD.findall(unicodedata.normalize("NFC", text).translate(_UNACCENTED)))


def fold(word: str) -> str:
    """Small letters without accents: `Schrödinger` -> `schrodinger`."""
    return _MARK.sub("", unicodedata.normalize("NFKD", word)).translate(_UNACCENTED).lower()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The Porter stem of a folded word, as both indexes keep it."""
    return str(snowballstemmer.stemmer("porter").stemWord(word))  # a stemmer of its own: it is not safe among threads


def completions(word: str) -> list[str]:
    """Words that this may be the start of although their stem is shorter: `learnin` -> `learning`."""
    return sorted(
        {
            word[:-begun] + ending
            for ending in ENDINGS
            for begun in range(1, len(ending))
            if word.endswith(ending[:begun]) and len(word) > begun
        }
    )


def name_words(words: Sequence[str], *, is_start: bool = False) -> list[str]:
    """Words of a name as the indexes mark them; the start of a word has no mark yet."""
    marked = [f"{word}0" for word in words]
    return [*marked[:-1], words[-1]] if is_start else marked


def category_word(code: str) -> str:
    """A category as the one word that it is in the indexes: `cs.LG` -> `0cs1lg0`."""
    return f"0{code.lower().replace('.', '1').replace('-', '2')}0"
