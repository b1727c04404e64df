#!/usr/bin/env bash
# granian 2.8.9: when one of two workers dies, the server ends the healthy one too and exits.
# Other preforking servers (gunicorn, uWSGI, Apache) start the dead worker again. granian does so only with
# --respawn-failed-workers, which is off by default.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q granian==2.8.9
cd "$folder"
cat > app.py <<'PY'
def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
PY
"$folder/venv/bin/granian" --version
"$folder/venv/bin/python" - <<'PY'
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--port", str(port)]
log = Path("log")
with log.open("w") as output:
    server = subprocess.Popen([*command, "--no-ws", "app:application"], stdout=output, stderr=output)
deadline = time.monotonic() + 60
while log.read_text().count("Started worker-") < 2 and time.monotonic() < deadline:
    time.sleep(0.1)
workers = [int(line.rsplit(" ", 1)[1]) for line in log.read_text().splitlines() if "Spawning worker-" in line]
print(f"server {server.pid} with workers {workers}; killing {workers[0]}")
os.kill(workers[0], signal.SIGKILL)
try:
    code = server.wait(60)
except subprocess.TimeoutExpired:
    server.terminate()
    sys.exit("changed: the server goes on after the death of one worker")
print(log.read_text())
print(f"seen: the server ended with code {code}, and took the healthy worker {workers[1]} with it")
PY
