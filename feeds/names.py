"""An author's name as sources write it, in the parts that a bibliography sorts by."""

import re
from dataclasses import dataclass

PARTICLES = frozenset(
    "van von der den de del della dello degli di da das do dos du la le ter ten 't zu zur zum af av bin ibn al el "
    "st. y".split()
)
CAPITAL_PARTICLES = frozenset("Van Von Der Den De Del Della Di Da Dos Du La Le Ter Ten".split())
VIETNAMESE = frozenset("Nguyen Tran Le Pham Hoang Huynh Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Dinh Trinh".split())
SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?")
COLLECTIVE = re.compile(
    r"\b(?:collaboration|consortium|teams?|group|project|initiative|laborator(?:y|ies)|labs?|institute|university"
    r"|foundation|committee|network|community|contributors|organi[sz]ation|department|(?-i:AI))\b|^(?-i:[A-Z0-9-]{3,})$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """A person, or a group whose whole name is `last` and which `is_group`."""

    last: str
    first: str = ""
    particle: str = ""
    suffix: str = ""
    is_group: bool = False

    @property
    def family(self) -> str:
        """What the name is looked up under, with what belongs before it: `van der Maaten`."""
        return f"{self.particle} {self.last}".strip()

    @property
    def inverted(self) -> str:
        """`van der Maaten, Laurens`; `King, Jr., Martin`; a group's name as it is."""
        return ", ".join(part for part in (self.family, self.suffix, self.first) if part)


def parsed(author: str) -> Name:
    """The parts of `First von Last Jr.`, `von Last, First` or `Last, Jr., First`; an `and` left before them is none."""
    author = re.sub(r"^\s*and\s+", "", author)
    words = author.split()
    parts = [part.strip() for part in author.split(",") if part.strip()]
    if COLLECTIVE.search(author) or len(words) < 2 or not parts:
        return Name(" ".join(words), is_group=len(words) > 1 or bool(COLLECTIVE.search(author)))
    if len(parts) > 1 and not SUFFIX.fullmatch(parts[1]):
        return _with_last(parts[0].split(), parts[1], "")
    if len(parts) > 2:
        return _with_last(parts[0].split(), parts[2], parts[1])
    words = " ".join(parts).split()
    suffix = words.pop() if len(words) > 2 and SUFFIX.fullmatch(words[-1]) else ""
    start = _start_of_last(words)
    return _with_last(words[start:], " ".join(words[:start]), suffix)


def _with_last(words: list[str], first: str, suffix: str) -> Name:
    """A name whose last part, particles before it included, is known."""
    count = next(place for place, word in enumerate(words) if not _is_particle(word) or place == len(words) - 1)
    return Name(" ".join(words[count:]), first, " ".join(words[:count]), suffix)


def _start_of_last(words: list[str]) -> int:
    """Where the last name begins: at the first particle after a first name, else with the last word."""
    places = range(1, len(words) - 1)
    return next((place for place in places if _begins_last(words, place)), len(words) - 1)


def _begins_last(words: list[str], place: int) -> bool:
    """In Vietnam `Van` and `Le` are names in the middle."""
    around = {words[place - 1], words[place + 1]}
    return _is_particle(words[place]) and not (words[place][0].isupper() and around & VIETNAMESE)


def _is_particle(word: str) -> bool:
    return word in PARTICLES or word in CAPITAL_PARTICLES
