"""`manage.py up [--demo] [--host H] [--port N]`: prepare and run everything: web server and worker."""

import os
import socket
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feeds import supervisor
from feeds.demo.demo import LOGINS, demo_token, is_loaded, load
from recommender.models import TrainedModel
from recommender.night.ledger import due


class Command(BaseCommand):
    help = "Prepare tables and static files, then run web server and worker until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the sample papers and simulated readers")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        _check_port(host, port)
        if options["demo"]:
            os.environ.setdefault("PAPERBOY_SOURCES", "")  # the demo has a fixed sample of papers
        self.prepare()
        self.fetch_encoder()
        if options["demo"]:
            self.load_demo()
        address = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"  # noqa: S104
        os.environ.setdefault("PAPERBOY_SITE_URL", address)
        paths = [str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)  # for the child processes, whatever the working directory
        self.greet(address, demo=options["demo"])
        children = [
            supervisor.Child("web server", supervisor.web(host, port), (host, port)),
            supervisor.Child("worker", supervisor.worker()),
        ]
        code = supervisor.supervise(children, self.stderr.write)
        self.stdout.write("Stopped.")
        if code:
            raise CommandError("a process kept failing; see its output above")

    def prepare(self) -> None:
        self.stdout.write("Preparing tables and static files ...")
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        for file in Path(settings.METRICS_DIR).glob("*.db"):  # counters of ended processes
            file.unlink(missing_ok=True)

    def fetch_encoder(self) -> None:
        """Fetch the encoder if it is one that is fetched by name and is not here yet."""
        folder = settings.ENCODER
        if folder is None or folder.parent != settings.ENCODERS_DIR or folder.exists():
            return
        self.stdout.write("Fetching the sentence encoder, once (PAPERBOY_ENCODER=off goes without) ...")
        # in a separate process, so that this one does not load the encoder
        command = [sys.executable, sys.argv[0], "encoder", "fetch"]
        if subprocess.run(command, check=False).returncode:  # noqa: S603
            self.stdout.write("Continuing without it: papers are compared by their words alone.")

    def load_demo(self) -> None:
        if not is_loaded():
            self.stdout.write("Loading the demo: sample papers, simulated readers and votes ...")
            load(timezone.now().date())
        if not TrainedModel.objects.serving_order().exists():
            self.stdout.write("Training the first model ...")
            day = due(timezone.now(), settings.NIGHT_HOUR).isoformat()
            # in a separate process, so that this one does not load the training libraries
            subprocess.run([sys.executable, sys.argv[0], "night", "--day", day, "--again"], check=True)  # noqa: S603

    def greet(self, address: str, *, demo: bool) -> None:
        self.stdout.write(self.style.SUCCESS(f"\nPaperboy is at {address}  (Ctrl-C stops it)"))
        if folder := getattr(settings, "EMAIL_FILE_PATH", None):
            self.stdout.write(f"Mails are written to {folder}")
        if demo:
            token = demo_token(Path(settings.DATA_DIR) / "demo-token")
            for login in LOGINS:
                self.stdout.write(f"Demo login:  {login.email}  password {login.password}")
            self.stdout.write(f"Demo token (of {LOGINS[0].email}):  {token}")
            self.stdout.write(f'Try:  curl -H "Authorization: Bearer {token}" {address}/api/v1/me/feed/\n')
        self.stdout.flush()  # so that a log or a pipe shows it before the server stops


def _check_port(host: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise CommandError(f"--port {port}: use a number from 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"port {port} on {host} is not free ({error.strerror}); choose another with --port"
            ) from error
