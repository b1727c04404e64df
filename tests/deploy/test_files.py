"""Container, compose and systemd files: every command in them is one that there is, every setting one that is read."""

import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from feeds import supervisor
from recommender.encoder.known import DEFAULT, KNOWN

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / ".deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CONTAINER = (DEPLOY / "Containerfile").read_text()
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "paperboy"}
NOT_OURS = {"PAPERBOY_DATA_DIR", "POSTGRES_PASSWORD"}


class Unit(ConfigParser):
    """A systemd unit; a key may stand in it more than once."""

    def __init__(self, file):
        super().__init__(strict=False, interpolation=None)
        self.optionxform = str
        self.lines = file.read_text()
        self.read_string(self.lines)

    def commands(self):
        return [shlex.split(line) for line in re.findall(r"^ExecStart(?:Pre)?=(.*)$", self.lines, re.MULTILINE)]


def commands():
    """Every command line of every file, as words."""
    found = [command for unit in UNITS for command in Unit(unit).commands()]
    written = [service["command"] for service in OURS.values() if "command" in service]
    written.append(yaml.safe_load(re.search(r"^CMD (.*)$", CONTAINER, re.MULTILINE)[1]))
    for words in written:
        scripts = words[2].split("&&") if words[:2] == ["sh", "-c"] else [shlex.join(words)]
        found += [shlex.split(script.strip().removeprefix("exec ")) for script in scripts]
    return found


def without_address(words):
    """The words that follow `granian`, without its host and port, which each place chooses."""
    (program,) = (place for place, word in enumerate(words) if Path(word).name == "granian")
    options = words[program + 1 :]
    for option in ("--host", "--port"):
        if option in options:
            place = options.index(option)
            options = options[:place] + options[place + 2 :]
    return options


def queues_of(words):
    """A worker without -Q serves all."""
    every = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    return set(words[words.index("-Q") + 1].split(",")) if "-Q" in words else every


@pytest.mark.parametrize("words", commands(), ids=shlex.join)
def test_a_command_is_one_that_there_is(words):
    program, *rest = words
    if Path(program).name == "python":
        assert rest[0] == "manage.py"
        assert rest[1] in get_commands()
    elif Path(program).name == "celery":
        assert rest[:2] == ["-A", "recommender.config"]
        assert rest[2] in ("worker", "beat")
    else:
        assert Path(program).name == "granian"
        assert without_address(words) == without_address(supervisor.web("127.0.0.1", 8000))


def test_the_guide_starts_the_web_server_as_up_does():
    page = (ROOT / "feeds/guide_pages/operating.md").read_text().replace("\\\n", "")
    started = re.findall(r"^granian .*$", page, re.MULTILINE)
    assert len(started) == 1
    assert without_address(shlex.split(started[0])) == without_address(supervisor.web("127.0.0.1", 8000))


def test_two_files_start_the_web_server():
    """A third one belongs to what is compared, and so does a file from which the command has gone."""
    assert len([words for words in commands() if Path(words[0]).name == "granian"]) == 2


@pytest.mark.parametrize("words", [w for w in commands() if "worker" in w], ids=shlex.join)
def test_a_worker_serves_queues_that_there_are(words):
    assert queues_of(words) <= {queue.name for queue in settings.CELERY_TASK_QUEUES}


def test_the_workers_of_the_compose_file_serve_every_queue():
    workers = [service["command"] for service in OURS.values() if "worker" in service.get("command", [])]
    assert set().union(*map(queues_of, workers)) == {queue.name for queue in settings.CELERY_TASK_QUEUES}


def test_exactly_one_service_keeps_the_clock():
    clocks = [name for name, service in OURS.items() if {"beat", "-B"} & set(service.get("command", []))]
    assert clocks == ["beat"]


def test_every_service_waits_for_services_that_there_are():
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])


def test_every_setting_is_one_that_is_read():
    read = "".join((ROOT / "recommender" / "config" / name).read_text() for name in ("settings.py", "environment.py"))
    named = {name for service in OURS.values() for name in service["environment"]}
    named |= set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text())) - NOT_OURS
    assert {name for name in named if f'"{name}"' not in read} == set()


def test_what_the_image_copies_is_there():
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINER, re.MULTILINE)
    assert copied
    assert all((ROOT / name).exists() for line in copied for name in line.split())


def test_the_image_runs_as_nobody_special_and_installs_what_pyproject_knows():
    assert re.findall(r"^USER (\w+)$", CONTAINER, re.MULTILINE) == ["paperboy"]
    extras = re.search(r"'\.\[([\w,]+)\]'", CONTAINER)[1].split(",")
    assert all(re.search(rf"^{extra} = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE) for extra in extras)


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_stops_its_processes_in_time_and_starts_them_again(file):
    service = Unit(file)["Service"]
    assert (service["User"], service["Restart"], service["KillMode"]) == ("paperboy", "always", "mixed")
    assert int(service["TimeoutStopSec"]) >= supervisor.GRACE_SECONDS


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_systemd_understands_a_unit(file, tmp_path):
    """With programs of its own in the place of those that are not installed here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / file.name
    unit.write_text(re.sub(r"/srv/paperboy/\.venv/bin/\w+", "/bin/true", file.read_text()))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if file.name in line] == []


def test_the_image_has_the_default_encoder_where_its_processes_look_for_it():
    assert "PAPERBOY_DATA_DIR=/opt/data /opt/paperboy/bin/python manage.py encoder fetch" in CONTAINER
    assert "COPY --from=build /opt/data/encoders /opt/encoders" in CONTAINER
    assert f"PAPERBOY_ENCODER=/opt/encoders/{KNOWN[DEFAULT].folder} " in CONTAINER
