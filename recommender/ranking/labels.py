"""Name what a paper is about by words and phrases of its own title and abstract."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recommender.engine.features import words_of

LONGEST = 4  # words of a phrase
READ = 20_000  # characters of an abstract
REPEATED = 2  # occurrences from which on a word or a phrase is one of the paper's subjects; a title's words are, too
_APART = re.compile(r"\\[A-Za-z]+\*?|\$[^$]{0,200}\$|https?://\S+|[^\w\s'-]+")  # LaTeX, links, punctuation
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_NAMING = re.compile(r".*[^\W\d_].*[^\W\d_].*|[234]d")  # two letters at least, not "7b" or "5-0"
_ANY_PAPER = frozenset(
    """abilitie ability accuracy accurate achieve achieving across address advance advanced analysis approach aspect
    available based benchmark better beyond build building capabilitie capability capable case challenge clear
    codebase com competitive complex component comprehensive consistent consistently contribution critical crucial
    current data dataset demonstrate design develop different direct diverse effective effectively effectivenes
    effectiveness efficient enable enabling enhance evaluate evaluation example existing experiment experimental
    extensive fast few field finding first five foundational four framework frozen full fully furthermore future gain
    gap general generalist github goal high high-quality highlight highly however huggingface hundred impact improve
    improved improvement including increasingly insight introduce introduction issue key known large large-scale
    leading learn leverage leveraging limitation limited line llm longer made main make mechanism method metric
    model moreover many multiple native new need notable novel number offer open open-source opportunitie opportunity
    outperform overall page part particularly perform performance performing pipeline potential present prior
    problem produce producing project promising provide publicly quality range rapid rapidly rate real real-world
    recent recently recipe release released remarkable report require requiring research respectively result rich
    robust scale scenario score second series set setting several significant significantly simple single small
    solution solve state-of-the-art strategie strategy strong studie study subset substantial substantially superior
    support system systematic task technical technique thing three time toward towards train trained training
    unified unifying unique url using utility various version way weight well wide work""".split()
)
# At the end of a phrase these may name a subject: "world models".
_HEADS = frozenset(("benchmark", "data", "dataset", "model", "survey", "system", "task", "training"))
Words = tuple[str, ...]


@dataclass(frozen=True)
class _Phrase:
    """Some words in a row: how they are compared, and how the paper writes them."""

    words: Words
    spelling: str

    @property
    def is_of_a_subject(self) -> bool:
        """Whether it can name a subject: "diffusion models" can, "models", "new diffusion" and "5-0" cannot."""
        first, last = self.words[0], self.words[-1]
        is_head = last in _HEADS and first != last
        return first not in _ANY_PAPER and (is_head or last not in _ANY_PAPER) and bool(_NAMING.fullmatch(first))


def labels(title: str, abstract: str, words: Sequence[str], most: int = 2) -> list[str]:
    """Up to `most` names of what the paper is about, in its own spelling.

    words  words of the paper as `words_of` gives them, those to name it by first

    Each name has one of these words. Phrases that stand twice come first, then words of the title, then words that
    stand twice. What may be said of any paper names nothing, so that a paper may have no name.
    """
    of_title = list(_phrases(title))
    phrases = [*of_title, *_phrases(abstract)]
    counts = Counter(phrase.words for phrase in phrases if phrase.is_of_a_subject)
    repeated = [key for key, count in counts.items() if count >= REPEATED]
    alone = [(word,) for word in words if (word,) in counts]
    title_words = {phrase.words for phrase in of_title}
    keys = [key for word in words if (key := _main_phrase(word, repeated, counts))]
    keys += [key for key in alone if key in title_words] + [key for key in alone if key in repeated]
    spelling = {phrase.words: phrase.spelling for phrase in reversed(phrases)}
    names: list[str] = []
    named: set[str] = set()
    for key in keys:
        if len(names) < most and named.isdisjoint(key):
            names.append(spelling[key])
            named.update(key)
    return names


def _main_phrase(word: str, repeated: Sequence[Words], counts: Mapping[Words, int]) -> Words | None:
    """The most frequent of the repeated phrases with this word, the longest among equals."""
    with_word = [key for key in repeated if len(key) > 1 and word in key]
    return max(with_word, key=lambda key: (counts[key], len(key), key)) if with_word else None


def _phrases(text: str) -> Iterator[_Phrase]:
    """Every word of the text, and every phrase of up to `LONGEST` words between stop words and punctuation."""
    for part in _APART.split(text[:READ]):
        run: list[tuple[str, str]] = []
        for spelling in _WORD.findall(part):
            [*word] = words_of(spelling)
            run = [*run, (word[0], _in_a_sentence(spelling))][-LONGEST:] if len(word) == 1 else []
            for start in range(len(run)):
                words, spellings = zip(*run[start:], strict=True)
                yield _Phrase(words, " ".join(spellings))


def _in_a_sentence(word: str) -> str:
    """The word in small letters, its parts with later capitals excepted: names and abbreviations."""
    return "-".join(part if part[1:] != part[1:].lower() else part.lower() for part in word.split("-"))
