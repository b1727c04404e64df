#!/usr/bin/env bash
# granian 2.8.9 with --respawn-failed-workers: "Worker crash loop detected, exiting" comes only when a worker dies
# within 5.5 seconds after it was started again. An application that takes longer to fail, as one with heavy imports
# on a slow machine does, is started again for ever: the server runs, and nothing ever listens on its port.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q granian==2.8.9
cd "$folder"
cat > app.py <<'PY'
import os
import time

time.sleep(float(os.environ["SECONDS_TO_FAIL"]))
raise RuntimeError("the application cannot start")
PY
"$folder/venv/bin/granian" --version
"$folder/venv/bin/python" - <<'PY'
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

LIMIT = 120.0


def fails_after(seconds: float, respawns: int) -> tuple[int | None, int]:
    """The exit code of the server, None if it still runs, once it has exited or started workers so often again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--port", str(port)]
    log = Path(f"log-{seconds}")
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, "--no-ws", "--respawn-failed-workers", "app:application"],
            stdout=output, stderr=output, env=os.environ | {"SECONDS_TO_FAIL": str(seconds)},
        )
    deadline = time.monotonic() + LIMIT
    while server.poll() is None and time.monotonic() < deadline:
        if log.read_text().count("Respawning") >= respawns:
            break
        time.sleep(0.1)
    code, count = server.poll(), log.read_text().count("Respawning")
    server.terminate()
    server.wait(30)
    return code, count


quick, slow = fails_after(0.5, 4), fails_after(6.0, 4)
print(f"fails after 0.5 s: exit code {quick[0]} after {quick[1]} respawns")
print(f"fails after 6 s:   exit code {slow[0]} after {slow[1]} respawns")
if quick[0] is None:
    sys.exit("changed: a quick crash loop does not end the server any more")
if slow[0] is not None:
    sys.exit("changed: a slow crash loop ends the server")
print("seen: the quick crash loop ends the server, the slow one goes on")
PY
