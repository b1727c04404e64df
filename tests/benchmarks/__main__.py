"""`python -m tests.benchmarks [--quick]`: serving, voting, search, night and import at two sizes ten times apart.

Each is shown beside a bare equivalent (`bare`) that takes its turn in the same run, as a ratio to it, and the ratios of
the two sizes to each other: 1.0 is a cost above the bare one that does not grow. The towns are those of `scale`, a
hundredth and a tenth of a million papers; with `--quick` a thousandth and a hundredth. PostgreSQL, Redis and a web
server of two processes are started for it. The night is one training, in a hurry; an import is one of real papers.
"""

import gzip
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from itertools import islice
from statistics import median

import psycopg

from . import bare
from .inventing import DATA
from .load import Visitors, web_server
from .scale import Site, servers, site_of
from .town import machine, seconds, table

SIZES, QUICK = (0.01, 0.1), (0.001, 0.01)
IMPORTED, QUICKLY_IMPORTED = (4_000, 40_000), (300, 3_000)
KINDS = {"serving": "feed, after a vote", "voting": "vote", "search": "search"}
TURNS, WARM = 100, 10

Pair = tuple[float, float]  # seconds of ours and of the bare equivalent


def requests(sites: Sequence[Site]) -> dict[str, list[Pair]]:
    """For each kind a pair of medians at each size."""
    with ExitStack() as stack:
        each = []
        for site in sites:
            prepared = json.loads(site.run("-m", "tests.benchmarks.inside", "prepare"))
            port, _ = stack.enter_context(web_server(site.env, site.folder / "log"))
            each.append((Visitors(port, prepared).kinds(), bare.Bare(site.database).kinds()))
        found = {}
        for name, kind in KINDS.items():
            taken = [
                ([ours[kind](turn) for ours, _ in each], [theirs[kind](turn) for _, theirs in each])
                for turn in range(-WARM, TURNS)
            ][WARM:]
            mine, rivals = (list(map(median, zip(*side, strict=True))) for side in zip(*taken, strict=True))
            found[name] = list(zip(mine, rivals, strict=True))
        return found


def night(site: Site) -> Pair:
    return seconds(partial(site.run, "-m", "tests.benchmarks.inside", "learn")), bare.learn(site.database)


def importing(site: Site, server: str, papers: int) -> Pair:
    """The first papers of the file into a database of their own."""
    name = f"imported_{papers}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    own = Site(site.folder, f"{server.rpartition('/')[0]}/{name}", site.redis)
    own.run("manage.py", "migrate", "-v", "0")
    file = site.folder / f"{name}.jsonl.gz"
    with gzip.open(DATA) as lines, gzip.open(file, "wb") as out:
        out.writelines(islice(lines, papers))
    took = seconds(partial(own.run, "manage.py", "import_papers", str(file)))
    with psycopg.connect(own.database) as connection:
        count = connection.execute("SELECT count(*) FROM recommender_paper").fetchall()[0][0]
    if count != papers:
        raise SystemExit(f"{count:,} of {papers:,} papers were imported from {file.name}")
    return took, bare.bring_in(own.database, file, papers)


def row(name: str, pairs: Sequence[Pair]) -> list[str]:
    ratios = [ours / other for ours, other in pairs]
    cells = [
        cell
        for (ours, other), ratio in zip(pairs, ratios, strict=True)
        for cell in (_ms(ours), _ms(other), f"{ratio:.1f}")
    ]
    return [name, *cells, f"{pairs[1][0] / pairs[0][0]:.1f}", f"{ratios[1] / ratios[0]:.2f}"]


def _ms(took: float) -> str:
    return f"{1000 * took:,.1f}"


def main(*, quick: bool) -> None:
    shares, imported = (QUICK, QUICKLY_IMPORTED) if quick else (SIZES, IMPORTED)
    with servers(None) as (folder, postgres, redis):
        sites = [site_of(share, folder, postgres, redis) for share in shares]
        rows = [row(name, pairs) for name, pairs in requests(sites).items()]
        rows.append(row("night: a training", [night(site) for site in sites]))
        rows.append(
            row("import", [importing(site, postgres, count) for site, count in zip(sites, imported, strict=True)])
        )
    sizes = [f"{round(1_000_000 * share):,} papers" for share in shares]
    columns = [column for size in sizes for column in (f"{size}, ms", "bare, ms", "ratio")]
    print(f"{TURNS} requests of each kind; imported: {imported[0]:,} and {imported[1]:,} papers; {machine()}\n")
    print(table(["", *columns, "large / small", "of the ratios"], rows))


if __name__ == "__main__":
    main(quick=sys.argv[1:] == ["--quick"])
