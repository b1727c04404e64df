#!/usr/bin/env bash
# granian 2.8.9 and Django 5.2.19: a request body without Content-Length arrives whole, but Django reads it as empty.
# granian hands over the bytes, ends the input and sets `wsgi.input_terminated`, so a plain WSGI application reads them.
# Django looks at CONTENT_LENGTH alone. With HTTP/1.1 the request has at least Transfer-Encoding: chunked; HTTP/2, which
# granian speaks by default, has neither header, so that nothing tells the application of the body.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q granian==2.8.9 django==5.2.19 'httpx[http2]==0.28.1'
cd "$folder"
cat > app.py <<'PY'
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

NAMES = ("CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "wsgi.input_terminated")


def view(request):
    facts = {name: request.META.get(name) for name in NAMES}
    return JsonResponse(facts | {"django": len(request.body), "wsgi": len(request.META["wsgi.input"].read())})


urlpatterns = [path("", view)]
settings.configure(ROOT_URLCONF="app", ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="only for this example")
application = get_wsgi_application()
PY
"$folder/venv/bin/granian" --version
"$folder/venv/bin/python" - <<'PY'
import socket
import subprocess
import sys
import time

import django
import httpx

print("Django", django.__version__)
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    address = probe.getsockname()
command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--port", str(address[1]), "app:application"]
server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
seen = {}
try:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, 1).close()
            break
        except OSError:
            time.sleep(0.1)
    for name, versions in (("HTTP/1.1", {}), ("HTTP/2", {"http1": False, "http2": True})):
        with httpx.Client(**versions) as client:
            body = {"with a length": b"7 bytes", "without a length": iter([b"7 by", b"tes"])}
            for kind, content in body.items():
                seen[name, kind] = client.post(f"http://127.0.0.1:{address[1]}/", content=content).json()
                print(f"{name} {kind}: {seen[name, kind]}")
finally:
    server.terminate()
    server.wait(60)
for (name, kind), facts in seen.items():
    read = (facts["django"], facts["wsgi"])
    if read != ((7, 0) if kind == "with a length" else (0, 7)):
        sys.exit(f"changed: {name} {kind}: Django read {read[0]} bytes and left {read[1]}")
if seen["HTTP/2", "without a length"]["HTTP_TRANSFER_ENCODING"] is not None:
    sys.exit("changed: over HTTP/2 a header tells of the body")
print("seen: Django read 0 of 7 bytes of each body without a length")
PY
