"""What the same work takes without Paperboy around it: statements and library calls that do the least there is."""

import gzip
import json
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from sklearn.feature_extraction.text import TfidfVectorizer

from .load import QUESTIONS, SEED
from .town import seconds


class Bare:
    """One connection to the database of a site, and bare statements on it that are asked for by their turn."""

    def __init__(self, database: str) -> None:
        self._connection = psycopg.connect(database)
        self._chance = Random(SEED)
        self._run(
            "CREATE TABLE IF NOT EXISTS bare_vote (reader int, paper int, value int, PRIMARY KEY (reader, paper))"
        )
        self._day = self._run("SELECT max(day) FROM recommender_paper")[0][0]

    def kinds(self) -> dict[str, Callable[[int], float]]:
        """The kind of request -> what does its n-th bare equivalent and gives its seconds."""
        return {
            "feed, after a vote": lambda turn: self._timed(
                "SELECT title, abstract, authors FROM recommender_paper WHERE day = %s LIMIT 25", [self._day]
            ),
            "vote": lambda turn: self._timed(
                "INSERT INTO bare_vote VALUES (%s, %s, 1) ON CONFLICT (reader, paper) DO UPDATE SET value = 1",
                [turn, self._chance.randrange(500)],
            ),
            "search": lambda turn: self._timed(
                """SELECT title, abstract FROM recommender_paper
                WHERE search_words @@ plainto_tsquery('paperboy_words', %s) ORDER BY day DESC LIMIT 25""",
                [QUESTIONS[turn % len(QUESTIONS)].rpartition(":")[2]],
            ),
        }

    def _timed(self, statement: str, values: Sequence[Any]) -> float:
        return seconds(lambda: self._run(statement, values))

    def _run(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        found = self._connection.execute(statement.encode(), values)
        rows = found.fetchall() if found.description else []
        self._connection.commit()
        return rows


def learn(database: str) -> float:
    """Seconds of reading every text and vote by two statements and of scikit-learn's TF-IDF over the texts."""

    def work() -> None:
        with psycopg.connect(database) as connection:
            texts = connection.execute("SELECT title || ' ' || abstract FROM recommender_paper").fetchall()
            assert connection.execute("SELECT reader_id, paper_id, value FROM recommender_vote").fetchall()
        TfidfVectorizer(sublinear_tf=True).fit_transform([text for (text,) in texts])

    return seconds(work)


def bring_in(database: str, file: Path, papers: int) -> float:
    """Seconds of reading the first papers of a file and of a COPY of their titles and abstracts."""

    def work() -> None:
        with psycopg.connect(database) as connection, gzip.open(file, "rt", encoding="utf-8") as lines:
            connection.execute("CREATE TABLE bare_paper (id text PRIMARY KEY, title text, abstract text)")
            with connection.cursor().copy("COPY bare_paper FROM STDIN") as stream:
                for row in map(json.loads, islice(lines, papers)):
                    stream.write_row((row["arxiv_id"], row["title"], row["abstract"]))

    return seconds(work)
