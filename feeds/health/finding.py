"""A finding of the doctor, with its state and remedy."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    `remedy` is empty if nothing is to be done.
    """

    name: str
    state: Severity
    words: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}


def ok(name: str, words: str) -> Finding:
    return Finding(name, Severity.OK, words)


def warn(name: str, words: str, remedy: str) -> Finding:
    return Finding(name, Severity.WARN, words, remedy)


def bad(name: str, words: str, remedy: str) -> Finding:
    return Finding(name, Severity.BAD, words, remedy)
