"""The data folder is readable by its owner alone, also one that an earlier version left open."""

import os
import stat
import subprocess
import sys

from recommender.config.private_files import make_private
from tests.feeds.instance import Instance

FILL = """
import os
os.umask(0o022)
import django
django.setup()
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.mail import send_mail
from django.core.management import call_command
from feeds.http.counters import count_in_file
from recommender.config.celery import app
for command in ("migrate", "createcachetable"):
    call_command(command, verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
send_mail("Reset", "a link", None, ["ada@example.org"])
storages["models"].save("model.zip", ContentFile(b"weights"))
count_in_file("a reader", 0.0)
app.send_task("feeds.tick")
"""


def open_to_others(folder):
    """What is in the folder, or is it, and has any access for group or others."""
    paths = [folder, *folder.rglob("*")]
    return [str(path) for path in paths if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_nothing_in_the_data_folder_can_be_read_by_others(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    instance = Instance(folder)
    subprocess.run([sys.executable, "-c", FILL], env=instance.env, check=True, timeout=300)
    assert (folder / "secret_key").exists()
    assert list((folder / "mail").iterdir())
    assert open_to_others(folder) == []


def test_a_folder_that_was_open_is_closed_with_all_that_is_in_it(tmp_path):
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    (folder / "mail").mkdir(parents=True)
    (folder / "mail" / "reset.log").write_text("a link")
    (folder / "tool").write_text("#!/bin/sh")
    (folder / "tool").chmod(0o755)
    elsewhere.write_text("not ours")
    elsewhere.chmod(0o644)
    (folder / "link").symlink_to(elsewhere)
    before = os.umask(0o022)
    try:
        for path in (folder, folder / "mail"):
            path.chmod(0o755)
        make_private(folder)
        (folder / "later").touch()
    finally:
        os.umask(before)
    assert open_to_others(folder) == []
    assert stat.S_IMODE((folder / "tool").stat().st_mode) == 0o700
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
