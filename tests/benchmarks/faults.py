"""`python -m tests.benchmarks.faults [NAME ...]`: one thing after the other breaks while readers read and vote.

A site of 1,000 papers, 100 readers and 10,000 votes on PostgreSQL and Redis: two web servers with folders of their own,
a worker with a clock, four clients, and for each fault a night that runs meanwhile. All that ends is started again, as
units with `Restart=always` are; a metronome asks every second for the next missing step of the night, in place of the
clock's minute. After each fault: the clients' votes against the tables, and whether the night is whole. The model
folder of the disk that gets full is a small tmpfs, which only root can mount.
"""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import redis

from .breakable import LEASE_SECONDS, Town, town
from .town import machine, table
from .witnesses import CLIENTS, Book, Client, audit, errors_of, longest_gap, modes_of, recovered_after, votes_there

FIRST_NIGHT = date(2027, 1, 1)  # and later ones, none of which has been
KILLS, SEED = 20, 20261123
DOWN_SECONDS = 15.0
NIGHT_SECONDS = 480.0  # a step that failed pauses for five minutes
DAY_SECONDS = 86_400
STEPS = 5  # of a night
STATE = "SELECT step, state, attempts FROM recommender_nightstep WHERE day = '{}' ORDER BY started_at"
WRONG_CLOCK = "SELECT count(*) FROM recommender_nightstep WHERE day = '{}' AND finished_at > now() + interval '1 hour'"
MODELS = "SELECT state, count(*) FROM recommender_trainedmodel WHERE day = '{}' GROUP BY state"
BROKEN = """SELECT count(*) FROM recommender_ranking WHERE length(scores) = 0 OR length(paper_pks) NOT IN
    (9 + length(scores) / 2, 9 + length(scores), 9 + 2 * length(scores), 2 * length(scores))"""  # see `pack_pks`
SERVED = """SELECT m.id FROM recommender_trainedmodel m JOIN recommender_nightstep n ON n.summary->>'model' = m.version
    WHERE n.day = '{}' AND n.step = 'rank'"""
UNRANKED = """SELECT count(*) FROM accounts_user u WHERE is_active AND EXISTS (SELECT 1 FROM recommender_vote v
    WHERE v.reader_id = u.id) AND NOT EXISTS (SELECT 1 FROM recommender_ranking r WHERE r.reader_id = u.id AND
    r.model_id = %s)"""
Fault = Callable[[Town], float]  # breaks and mends; returns when it was mended


def redis_lost_and_empty(site: Town) -> float:
    return _without_redis(site, keep=False)


def redis_lost_and_kept(site: Town) -> float:
    return _without_redis(site, keep=True)


def postgres_restarted(site: Town) -> float:
    site.postgres.stop(signal.SIGINT)
    site.postgres.start()
    return time.monotonic()


def postgres_killed(site: Town) -> float:
    """Its keeper starts it again; it may take more than one try, until what is left of it has ended."""
    os.kill(site.postgres.pid, signal.SIGKILL)
    return time.monotonic()


def worker_killed(site: Town) -> float:
    """At random moments; a night that is over meanwhile is followed by another, so that every kill meets one."""
    chance, day = random.Random(SEED), date.fromisoformat(site.day_file.read_text())
    for _ in range(KILLS):
        if _is_over(site, day):
            day += timedelta(days=1)
            site.night_of(str(day))
        time.sleep(chance.uniform(2.0, 14.0))
        site.worker.kill()
    return time.monotonic()


def disk_full(site: Town) -> float:
    """When the night that runs is over, and before another one begins."""
    models, day = site.models_of("worker"), date.fromisoformat(site.day_file.read_text())
    _wait(lambda: _is_over(site, day), NIGHT_SECONDS, f"the night of {day}")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(models)], check=True)
    try:
        _fill(models / "full")
        site.night_of(str(day + timedelta(days=1)))
        _wait(lambda: ("train", "failed") in _states(site), 90, "the night to fail")
        print("disk full: the ledger says", _error(site), flush=True)
        (models / "full").unlink()
        mended = time.monotonic()
        _wait(lambda: _is_over(site, date.fromisoformat(site.day_file.read_text())), NIGHT_SECONDS, "the night")
        return mended
    finally:
        subprocess.run(["umount", "-l", str(models)], check=True)


def model_corrupted(site: Town) -> float:
    """On one web machine while it serves, and then its server starts with what is on the disk."""
    (version,) = site.query("SELECT version FROM recommender_trainedmodel WHERE state = 'promoted' "
                            "ORDER BY promoted_at DESC LIMIT 1")[0]  # fmt: skip
    folder = site.models_of("web-1") / str(version)
    _wait(folder.exists, 30, "the model on the first web machine")
    _flip(folder / "embeddings.npy")
    os.truncate(folder / "terms.json", 100)
    time.sleep(5)
    site.webs[0].kill()
    return time.monotonic()


def clock_stepped(site: Town) -> float:
    """A day ahead for long enough that the clock's own ticks start a night of tomorrow, and back."""
    site.metronome.stop()
    site.put_clock(DAY_SECONDS)
    time.sleep(100)
    ahead = site.query("SELECT count(*) FROM recommender_nightstep WHERE started_at > now() + interval '12 hours'")[0]
    site.put_clock(0)
    put_back, before = time.monotonic(), time.time()
    print(f"clock: {ahead[0]} steps were started a day ahead", flush=True)
    _wait(lambda: before <= _last_tick(site) < before + DAY_SECONDS / 2, 200, "a tick by the right clock")
    print(f"clock: ticks by the right time {time.monotonic() - put_back:.0f} s after it was put back", flush=True)
    site.metronome.start()
    return put_back


def two_beats(site: Town) -> float:
    site.second.start()
    time.sleep(75)
    site.second.stop()
    return time.monotonic()


def web_killed(site: Town) -> float:
    """One process of the first web server, and then the whole server."""
    os.kill(site.webs[0].children()[0], signal.SIGKILL)
    time.sleep(10)
    os.kill(site.webs[0].pid, signal.SIGKILL)
    return time.monotonic()


FAULTS: dict[str, Fault] = {
    "redis-empty": redis_lost_and_empty,
    "redis-kept": redis_lost_and_kept,
    "postgres-restarted": postgres_restarted,
    "postgres-killed": postgres_killed,
    "web-killed": web_killed,
    "model-corrupted": model_corrupted,
    "two-beats": two_beats,
    "clock-stepped": clock_stepped,
    "worker-killed": worker_killed,
    "disk-full": disk_full,
}


def _without_redis(site: Town, *, keep: bool) -> float:
    """Stopped for `DOWN_SECONDS`, with what it holds written down before, or thrown away."""
    server = redis.Redis.from_url(site.machines["worker"].redis)
    server.save()
    site.redis.stop(signal.SIGKILL)
    if not keep:
        (site.day_file.parent / "redis" / "dump.rdb").unlink()
    time.sleep(DOWN_SECONDS)
    site.redis.start()
    return time.monotonic()


def _fill(file: Path) -> None:
    """As long as there is space."""
    try:
        file.write_bytes(bytes(1 << 30))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))


def _last_tick(site: Town) -> float:
    """When the clock was last heard, by the log of the worker; its lines begin with the time."""
    lines = (site.machines["worker"].folder / "log").read_bytes().splitlines()
    told = [line for line in lines[-4000:] if b"Sending due task start-what-is-missing" in line]
    return _moment(told[-1]) if told else 0.0


def _moment(line: bytes) -> float:
    """Such as `2026-11-23T23:14:37.725889Z` or `[2026-11-23 23:14:37,725: ...`."""
    text = line.decode().lstrip("[")[:19].replace("T", " ")
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def _states(site: Town) -> list[tuple[object, object]]:
    return [(step, state) for step, state, _ in site.query(STATE.format(site.day_file.read_text()))]


def _error(site: Town) -> object:
    return site.query("SELECT error FROM recommender_nightstep WHERE state = 'failed' ORDER BY started_at DESC")[0][0]


def _is_over(site: Town, day: date) -> bool:
    """Each step; one that was done by a clock that was wrong is done again, also before another that is done."""
    states = [state for _, state, _ in site.query(STATE.format(day))]
    return states == ["done"] * STEPS and site.query(WRONG_CLOCK.format(day)) == [(0,)]


def _wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.2)


def whole(site: Town, day: date) -> str:
    """What is wrong with a night that is over; "whole" for nothing."""
    steps = site.query(STATE.format(day))
    models = dict(site.query(MODELS.format(day)))
    found = [f"{step} {state}" for step, state, _ in steps if state != "done"]
    found += [] if len(steps) == STEPS else [f"{len(steps)} rows for {STEPS} steps"]
    found += [] if list(models.values()) == [1] and "candidate" not in models else [f"models {models}"]
    found += [f"{count} rankings are broken" for ((count,),) in [site.query(BROKEN)] if count]
    if served := site.query(SERVED.format(day)):
        found += [f"{count} readers without a ranking" for ((count,),) in [site.query(UNRANKED % served[0])] if count]
    else:
        found.append("ranked with no model")
    again = sum(int(str(attempts)) - 1 for _, _, attempts in steps)
    return ("; ".join(found) or "whole") + (f", {again} starts more than {STEPS}" if again else "")


def suffer(name: str, site: Town, book: Book, day: date) -> list[str]:
    """One fault from a quiet start until its night is over: a row of the table."""
    began = time.monotonic()
    site.night_of(str(day))
    _wait(lambda: bool(_states(site)), 60, "the night to begin")
    mended = FAULTS[name](site)
    day = date.fromisoformat(site.day_file.read_text())
    _wait(lambda: _is_over(site, day), NIGHT_SECONDS, f"the night of {day}")
    night = time.monotonic() - mended
    time.sleep(5)
    end = time.monotonic()
    seen = book.between(began, end)
    lost, double, torn = audit(site, book)
    gap, web = longest_gap(seen, began, end), recovered_after(seen, mended)
    return [
        name, f"{len(seen):,}", errors_of(seen), modes_of(seen), f"{gap:.1f}", f"{max(0.0, web):.1f}", f"{night:.0f}",
        f"{lost} / {double} / {torn}", whole(site, day),
    ]  # fmt: skip


def run(names: list[str], site: Town) -> list[list[str]]:
    prepared = json.loads(site.machines["web-1"].run("-m", "tests.benchmarks.load", "--prepare"))
    book, stop, rows = Book(), threading.Event(), []
    known = votes_there(site, {reader["pk"] for reader in prepared["readers"]})
    book.sure = {(reader, paper): value for reader, paper, value in known}
    clients = [Client(number, site, prepared, book, stop) for number in range(CLIENTS)]
    for one in (*clients, site.metronome):
        one.start()
    for number, name in enumerate(names):
        rows.append(suffer(name, site, book, FIRST_NIGHT + timedelta(days=100 * number)))
        print(f"{time.strftime('%H:%M:%S')} {rows[-1]}", flush=True)
    stop.set()
    for one in clients:
        one.join()
    return rows


def main(names: list[str]) -> None:
    if unknown := set(names) - set(FAULTS):
        raise SystemExit(f"{min(unknown)!r} is no fault here; there are {', '.join(FAULTS)}")
    with tempfile.TemporaryDirectory(prefix="paperboy-faults-") as folder, town(Path(folder)) as site:
        rows = run(names or list(FAULTS), site)
    print(f"{CLIENTS} clients, leases of {LEASE_SECONDS} s, {KILLS} kills; {machine()}\n")
    header = ["fault", "requests", "not answered well", "modes", "longest gap, s", "web recovered, s", "night over, s",
              "votes lost / double / torn", "night"]  # fmt: skip
    print(table(header, rows))


if __name__ == "__main__":
    main(sys.argv[1:])
