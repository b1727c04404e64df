#!/usr/bin/env bash
# requests 2.34.2: stream=True does not stream a redirect, not even with allow_redirects=False.
# stream=True promises that the body is read only on demand. requests prepares the next request nevertheless, to offer
# it as response.next, and reads the whole body of the redirect into memory before it returns: no limit that the caller
# sets on the size of a streamed body holds for it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2
"$folder/venv/bin/python" - <<'PY'
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import requests


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path.strip("/")))
        self.send_header("Location", "/200")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(bytes(100_000))

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
Thread(target=server.serve_forever, daemon=True).start()
print("requests", requests.__version__)
read = {}
for status in (200, 302):
    url = f"http://127.0.0.1:{server.server_address[1]}/{status}"
    with requests.get(url, stream=True, allow_redirects=False) as response:
        read[status] = response.raw.tell()
        print(f"status {response.status_code}: {read[status]:,} bytes of the body read before anybody asked for it")
if read != {200: 0, 302: 100_000}:
    sys.exit("changed: the body of a redirect is streamed too")
PY
