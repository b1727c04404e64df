"""Doctor's checks that need nothing running: settings, static files, the data folder, the encoder and metrics."""

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

from recommender.encoder.current import NoEncoder, current_encoder

from .finding import Finding, bad, ok, warn

MEGABYTE = 1_000_000
LOW, VERY_LOW = 2000 * MEGABYTE, 200 * MEGABYTE  # a model has some hundred megabytes and is written beside older ones
MAX_FILES = 500
_SITE_URL_REMEDY = "set PAPERBOY_SITE_URL=https://...; this setting follows from it"
REMEDIES = dict.fromkeys(["security.W004", "security.W008", "security.W012", "security.W016"], _SITE_URL_REMEDY) | {
    "security.W018": "set PAPERBOY_DEBUG=false",
}


def django_checks(*, deploy: bool) -> Iterator[Finding]:
    """Django's own checks; with `deploy`, those for a deployment too."""
    messages = run_checks(include_deployment_checks=deploy)
    for message in messages:
        finding = bad if message.level >= ERROR or deploy else warn
        words = " ".join(str(message.msg).split())
        remedy = message.hint or REMEDIES.get(str(message.id), "see Django's page of system checks")
        yield finding("settings", f"{message.id}: {words}", remedy)
    if not messages:
        yield ok("settings", f"Django's checks{' for a deployment' if deploy else ''} find nothing")


def public_site() -> Iterator[Finding]:
    """What a public site also needs, alone and with several machines."""
    host = urlsplit(settings.SITE_URL).hostname
    if not settings.HTTPS:
        yield bad("https", f"the address of the site is {settings.SITE_URL}", "set PAPERBOY_SITE_URL=https://...")
    if "*" in settings.ALLOWED_HOSTS or host not in settings.ALLOWED_HOSTS:
        words = f"the site is {host}, but it answers to {', '.join(settings.ALLOWED_HOSTS)}"
        yield bad("hosts", words, "set PAPERBOY_ALLOWED_HOSTS to the host names of the site, or remove it")
    if not settings.CONTACT:
        yield warn("contact", "the sources do not know whom to contact", "set PAPERBOY_CONTACT")
    if not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend"):
        yield bad("mail", "no mails are sent, so nobody can sign up", "set EMAIL_URL=smtp://...")
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield warn("database", "SQLite supports one machine and one writer", "set DATABASE_URL=postgresql://...")
        return
    if not settings.REDIS_URL:
        words = "without Redis each machine has its own queue"
        yield bad("broker", words, "set REDIS_URL=redis://... on all machines")
    if not os.environ.get("PAPERBOY_SECRET_KEY"):
        words = "the secret key is a file of this machine, so other machines reject what it signs"
        yield warn("secret key", words, "set PAPERBOY_SECRET_KEY to the same value on all machines")


def data_folder() -> Iterator[Finding]:
    """Whether the data folder is writable and has free space."""
    path = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(b"written")
            probe.flush()
    except OSError as error:
        remedy = "give the folder to the user that runs Paperboy, or set PAPERBOY_DATA_DIR"
        yield bad("folder", f"{path} is not writable: {error.strerror}", remedy)
    else:
        yield disk_space(shutil.disk_usage(path).free, path)
        if path.stat().st_mode & 0o077:
            yield warn("folder", f"other users of this machine can read {path}", f"chmod -R go= {path}")


def disk_space(free_bytes: int, path: Path) -> Finding:
    words = f"{path} has {free_bytes / MEGABYTE:,.0f} MB free"
    remedy = "free some space, or move PAPERBOY_DATA_DIR to a larger disk"
    if free_bytes < VERY_LOW:
        return bad("folder", words, remedy)
    return warn("folder", words, remedy) if free_bytes < LOW else ok("folder", words)


def static_files() -> Iterator[Finding]:
    """Whether every style sheet and script is where the web server looks for it."""
    names = {name for finder in get_finders() for name, _ in finder.list(["CVS", ".*", "*~"])}
    if isinstance(staticfiles_storage, ManifestFilesMixin):
        manifest, _ = staticfiles_storage.load_manifest()  # from disk: this process may have loaded an older one
        missing = {name for name in names if staticfiles_storage.hash_key(name) not in manifest}
    else:
        missing = {name for name in names if not staticfiles_storage.exists(name)}
    if missing:
        words = f"{len(missing)} of {len(names)} static files are not collected, such as {min(missing)}"
        yield bad("static files", words, "manage.py collectstatic --noinput, then restart the web server")
    else:
        yield ok("static files", f"all {len(names)} are collected")


def encoder() -> Iterator[Finding]:
    """Whether the sentence encoder is here and intact."""
    current = current_encoder()
    if not isinstance(current, NoEncoder):
        yield ok("encoder", f"{current.name} is intact and has {current.dimension} dimensions")
    elif current.remedy:
        finding = bad if current.is_damaged else warn
        yield finding("encoder", f"papers are compared by words alone: {current.reason}", current.remedy)
    else:
        yield ok("encoder", f"papers are compared by words alone: {current.reason}")


def metrics() -> Iterator[Finding]:
    """Whether Prometheus can read the metrics."""
    if not settings.METRICS:
        yield ok("metrics", "switched off")
        return
    files = len(list(Path(settings.METRICS_DIR).glob("*.db")))
    if settings.BEHIND_PROXY and not settings.METRICS_TOKEN:
        yield warn("metrics", "behind a proxy nobody may read /metrics", "set PAPERBOY_METRICS_TOKEN")
    elif files > MAX_FILES:
        remedy = f"stop all processes, then empty {settings.METRICS_DIR}"
        yield warn("metrics", f"{files} files of mostly ended processes make them slow", remedy)
    else:
        yield ok("metrics", f"switched on; {files} files of processes")
