"""What the doctor looks at before anything runs: settings, static files, and the folder that holds the rest."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.checks import ERROR, run_checks

from .finding import Finding, bad, ok, warn

MEGABYTE = 1_000_000
LOW, VERY_LOW = 2000 * MEGABYTE, 200 * MEGABYTE  # a model is some hundred megabytes, and is written beside others
MAX_FILES = 500
_BY_ADDRESS = "set PAPERBOY_SITE_URL=https://...; this follows from it"
REMEDIES = dict.fromkeys(["security.W004", "security.W008", "security.W012", "security.W016"], _BY_ADDRESS) | {
    "security.W018": "set PAPERBOY_DEBUG=false",
    "security.W009": "set PAPERBOY_SECRET_KEY to 50 random characters",
}


def django_checks(*, deploy: bool) -> Iterator[Finding]:
    """Django's own, with those for a deployment if that is what this is."""
    found = run_checks(include_deployment_checks=deploy)
    for message in found:
        tell = bad if message.level >= ERROR or deploy else warn
        words = " ".join(str(message.msg).split())
        remedy = message.hint or REMEDIES.get(str(message.id), "see Django's page of system checks")
        yield tell("settings", f"{message.id}: {words}", remedy)
    if not found:
        yield ok("settings", f"Django's checks{' for a deployment' if deploy else ''} find nothing")


def public_site() -> Iterator[Finding]:
    """What a site that strangers use must have besides."""
    host = urlsplit(settings.SITE_URL).hostname
    if not settings.HTTPS:
        yield bad("https", f"the address of the site is {settings.SITE_URL}", "set PAPERBOY_SITE_URL=https://...")
    if "*" in settings.ALLOWED_HOSTS or host not in settings.ALLOWED_HOSTS:
        words = f"the site is {host}, and answers to {', '.join(settings.ALLOWED_HOSTS)}"
        yield bad("hosts", words, "set PAPERBOY_ALLOWED_HOSTS to the names under which it is reached, or leave it out")
    if not settings.CONTACT:
        yield warn("contact", "the sources do not know whom to write to", "set PAPERBOY_CONTACT")
    if not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend"):
        yield bad("mail", "mails are not sent, so that nobody can sign up", "set EMAIL_URL=smtp://...")
    yield from _shared()


def _shared() -> Iterator[Finding]:
    """What several machines must have in common."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield warn(
            "database", "SQLite serves one machine, and one writer at a time", "set DATABASE_URL=postgresql://..."
        )
        return
    if not settings.REDIS_URL:
        words = "without Redis each machine has a queue of its own"
        yield bad("broker", words, "set REDIS_URL=redis://... on all machines")
    if not os.environ.get("PAPERBOY_SECRET_KEY"):
        words = "the secret key is a file of this machine, and what one machine signs the others refuse"
        yield warn("secret key", words, "set PAPERBOY_SECRET_KEY to the same on all machines")


def data_folder() -> Iterator[Finding]:
    """Whether the data folder can be written to, and has room."""
    place = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"written")
            probe.flush()
    except OSError as error:
        remedy = "give the folder to the user who runs Paperboy, or set PAPERBOY_DATA_DIR"
        yield bad("data_folder", f"{place} cannot be written to: {error.strerror}", remedy)
    else:
        yield disk_space(shutil.disk_usage(place).free, place)


def disk_space(free_bytes: int, place: Path) -> Finding:
    words = f"{place} has {free_bytes / MEGABYTE:,.0f} MB free"
    remedy = "make room, or move PAPERBOY_DATA_DIR to a larger disk"
    if free_bytes < VERY_LOW:
        return bad("data_folder", words, remedy)
    return warn("data_folder", words, remedy) if free_bytes < LOW else ok("data_folder", words)


def static_files() -> Iterator[Finding]:
    """Whether every style sheet and script is where the web server looks for it."""
    names = {name for finder in get_finders() for name, _ in finder.list(["CVS", ".*", "*~"])}
    if isinstance(staticfiles_storage, ManifestFilesMixin):
        missing = {name for name in names if staticfiles_storage.hash_key(name) not in _collected()}
    else:
        missing = {name for name in names if not staticfiles_storage.exists(name)}
    if missing:
        words = f"{len(missing)} of {len(names)} static files are not collected, such as {min(missing)}"
        yield bad("static files", words, "manage.py collectstatic --noinput, then start the web server again")
    else:
        yield ok("static files", f"all {len(names)} are collected")


def _collected() -> dict[str, str]:
    """What the manifest on disk has now; this process may have read an older one."""
    assert isinstance(staticfiles_storage, ManifestFilesMixin)
    read, _ = staticfiles_storage.load_manifest()
    return dict(read)


def metrics() -> Iterator[Finding]:
    """Whether Prometheus gets what was promised to it."""
    if not settings.METRICS:
        yield ok("metrics", "switched off")
        return
    files = len(list(Path(settings.METRICS_DIR).glob("*.db")))
    if settings.BEHIND_PROXY and not settings.METRICS_TOKEN:
        yield warn("metrics", "behind a proxy nobody may read /metrics", "set PAPERBOY_METRICS_TOKEN")
    elif files > MAX_FILES:
        remedy = f"while nothing runs, empty {settings.METRICS_DIR}"
        yield warn("metrics", f"{files} files of processes, most of them gone, make them slow", remedy)
    else:
        yield ok("metrics", f"switched on; {files} files of processes")
