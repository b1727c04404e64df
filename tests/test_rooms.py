"""The import law of the three rooms, read from the syntax of every file; and a web process without LightFM."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("accounts", "recommender", "feeds")
GROUND_FLOOR = {"numpy", "scipy", "sklearn", "lightfm", "onnxruntime", "tokenizers"}
CLOCKS = ("time", "datetime", "zoneinfo", "calendar", "sched", "asyncio")
ENVIRONMENT = ("os.environ", "os.environb", "os.getenv")
EDGES = ("web", "api", "compat", "admin", "tasks", "management")
HTTP = ("rest_framework", "django.http", "django.shortcuts", "django.forms", "django.views")


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def names_used(source: str, module: str, *, is_package: bool = False) -> set[str]:
    """Every module and name that the source imports, in full, and every dotted name that it mentions."""
    found: set[str] = set()
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            path = ".".join([*base, *([node.module] if node.module else [])])
            found |= {path, *(f"{path}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
    return found


def is_in(name: str, *modules: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def imported(source: str, module: str, is_package: bool) -> set[str]:
    """What is imported, without the names that are only mentioned."""
    bare = "\n".join(ast.unparse(node) for node in ast.walk(ast.parse(source)) if is_import(node))
    return names_used(bare, module, is_package=is_package)


def is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def engine_stands_on_the_ground(module: str, source: str, is_package: bool) -> set[str]:
    """1. The engine imports arrays and the standard library only; no clock, no environment."""
    if not is_in(module, "recommender.engine"):
        return set()
    allowed = GROUND_FLOOR | (sys.stdlib_module_names - set(CLOCKS))
    names = imported(source, module, is_package)
    foreign = {n for n in names if n.split(".")[0] not in allowed and not is_in(n, "recommender.engine")}
    return foreign | {n for n in names_used(source, module) if n in ENVIRONMENT}


def arrows_point_one_way(module: str, source: str, is_package: bool) -> set[str]:
    """2. `accounts` imports no other room, `recommender` never `feeds`; the assembled site is above them all."""
    if is_in(module, "recommender.config"):
        return set()
    forbidden = {"accounts": ("recommender", "feeds"), "recommender": ("feeds",)}.get(
        module.split(".", maxsplit=1)[0], ()
    )
    return {name for name in imported(source, module, is_package) if is_in(name, *forbidden)}


def one_module_imports_lightfm(module: str, source: str, is_package: bool) -> set[str]:
    """3. Only the engine's training imports LightFM."""
    if module == "recommender.engine.training":
        return set()
    return {name for name in imported(source, module, is_package) if is_in(name, "lightfm")}


def nobody_imports_the_site(module: str, source: str, is_package: bool) -> set[str]:
    """4. Nothing imports `recommender.config`."""
    if is_in(module, "recommender.config"):
        return set()
    return {name for name in imported(source, module, is_package) if is_in(name, "recommender.config")}


def edges_never_meet(module: str, source: str, is_package: bool) -> set[str]:
    """5. Pages, API, other services' APIs, tasks, admin and commands never import each other."""
    room, _, rest = module.partition(".")
    edge = rest.split(".")[0]
    if room != "feeds" or edge not in EDGES:
        return set()
    others = [f"feeds.{other}" for other in EDGES if other != edge]
    return {name for name in imported(source, module, is_package) if is_in(name, *others)}


def only_feeds_speaks_http(module: str, source: str, is_package: bool) -> set[str]:
    """6. `accounts` and `recommender` know nothing of requests, answers and forms; the assembled site may."""
    if is_in(module, "feeds", "recommender.config"):
        return set()
    return {name for name in imported(source, module, is_package) if is_in(name, *HTTP)}


def http_knows_no_subject(module: str, source: str, is_package: bool) -> set[str]:
    """7. `feeds.http` imports of ours accounts, the tables of papers, their ids and spans of days, and no more."""
    if not is_in(module, "feeds.http"):
        return set()
    allowed = ("accounts", "recommender.models", "recommender.paper_ids", "recommender.spans", "feeds.http")
    ours = {name for name in imported(source, module, is_package) if is_in(name, *ROOMS)}
    packages = {"recommender", "feeds"}  # `from recommender import spans` names its package too
    return {name for name in ours - packages if not is_in(name, *allowed)}


def formats_know_no_django(module: str, source: str, is_package: bool) -> set[str]:
    """8. What turns bytes into records needs no Django, and nothing of `feeds` outside its own folder."""
    if not is_in(module, "feeds.sources.formats"):
        return set()
    names = imported(source, module, is_package)
    outside = {name for name in names if is_in(name, "feeds") and not is_in(name, "feeds.sources.formats")}
    return outside | {name for name in names if is_in(name, "django", "rest_framework")}


def tables_import_no_folder(module: str, source: str, is_package: bool) -> set[str]:
    """9. The tables of a room import nothing else of it, so that every folder may import them."""
    room, _, rest = module.partition(".")
    if not is_in(rest, "models"):
        return set()
    mine = imported(source, module, is_package) - {room}
    return {name for name in mine if is_in(name, room) and not is_in(name, f"{room}.models")}


Rule = Callable[[str, str, bool], set[str]]
RULES: list[Rule] = [
    engine_stands_on_the_ground,
    arrows_point_one_way,
    one_module_imports_lightfm,
    nobody_imports_the_site,
    edges_never_meet,
    only_feeds_speaks_http,
    http_knows_no_subject,
    formats_know_no_django,
    tables_import_no_folder,
]
PLANTED = [
    (engine_stands_on_the_ground, "recommender.engine.model", "import django.db"),
    (engine_stands_on_the_ground, "recommender.engine.model", "from celery import shared_task"),
    (engine_stands_on_the_ground, "recommender.engine.model", "import rest_framework"),
    (engine_stands_on_the_ground, "recommender.engine.model", "from ..models import Paper"),
    (engine_stands_on_the_ground, "recommender.engine.model", "from .. import models"),
    (engine_stands_on_the_ground, "recommender.engine.model", "from accounts.models import User"),
    (engine_stands_on_the_ground, "recommender.engine.model", "def late():\n    import time"),
    (engine_stands_on_the_ground, "recommender.engine.model", "from datetime import date"),
    (engine_stands_on_the_ground, "recommender.engine.model", "import os\nos.environ['X']"),
    (engine_stands_on_the_ground, "recommender.engine.model", "from os import getenv"),
    (arrows_point_one_way, "accounts.deletion", "from recommender.models import Paper"),
    (arrows_point_one_way, "accounts.deletion", "def late():\n    import feeds.web.days"),
    (arrows_point_one_way, "recommender.ranking.rank", "from feeds import entries"),
    (one_module_imports_lightfm, "recommender.engine.fit", "from lightfm import LightFM"),
    (one_module_imports_lightfm, "feeds.web.days", "import lightfm.evaluation"),
    (nobody_imports_the_site, "feeds.night", "from recommender.config import settings"),
    (nobody_imports_the_site, "recommender.models", "from .config.settings import LEASE"),
    (nobody_imports_the_site, "recommender.models", "from . import config"),
    (edges_never_meet, "feeds.web.days", "from feeds.api.feed import Feed"),
    (edges_never_meet, "feeds.api.feed", "from feeds.web import days"),
    (edges_never_meet, "feeds.compat.huggingface.views", "from feeds.api import papers"),
    (edges_never_meet, "feeds.tasks", "from feeds.management.commands.night import Command"),
    (edges_never_meet, "feeds.management.commands.night", "from ...tasks import tick"),
    (edges_never_meet, "feeds.admin", "import feeds.web.settings"),
    (only_feeds_speaks_http, "accounts.deletion", "from django.http import HttpRequest"),
    (only_feeds_speaks_http, "recommender.votes", "def late():\n    from rest_framework import serializers"),
    (only_feeds_speaks_http, "recommender.ranking.rank", "from django.shortcuts import get_object_or_404"),
    (only_feeds_speaks_http, "accounts.models", "from django import forms"),
    (http_knows_no_subject, "feeds.http.problems", "from recommender import votes"),
    (http_knows_no_subject, "feeds.http.problems", "from feeds.web import days"),
    (http_knows_no_subject, "feeds.http.json", "from recommender.ranking.rank import rank"),
    (formats_know_no_django, "feeds.sources.formats.xml", "from django.conf import settings"),
    (formats_know_no_django, "feeds.sources.formats.xml", "from feeds.sources.merge import TRUSTED"),
    (tables_import_no_folder, "feeds.models.digest", "from feeds.digest.tokens import opened"),
    (tables_import_no_folder, "recommender.models.votes", "from recommender.votes import cast"),
    (tables_import_no_folder, "recommender.models.votes", "from recommender import vote_rings"),
    (tables_import_no_folder, "recommender.models.papers", "from recommender.paper_ids import OWN_PREFIX"),
]


def folder_circles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """The groups of folders that import each other, directly or through other folders."""

    def reachable(folder: str) -> set[str]:
        reached, waiting = set(), list(graph.get(folder, ()))
        while waiting:
            here = waiting.pop()
            if here not in reached:
                reached.add(here)
                waiting.extend(graph.get(here, ()))
        return reached

    reached_from = {folder: reachable(folder) for folder in graph}
    return {
        frozenset(other for other in graph if other in reached_from[folder] and folder in reached_from[other])
        for folder in graph
        if folder in reached_from[folder]
    }


def folder_graph(rooms: tuple[str, ...]) -> dict[str, set[str]]:
    """For each folder of the rooms the other folders that its modules import; migrations are left out."""
    modules = {module_of(file): file for file in files() if "migrations" not in file.parts}
    folders = {
        module: module if file.name == "__init__.py" else module.rpartition(".")[0] for module, file in modules.items()
    }
    graph: dict[str, set[str]] = {folder: set() for module, folder in folders.items() if is_in(module, *rooms)}
    for module, file in modules.items():
        if not is_in(module, *rooms):
            continue
        names = imported(file.read_text(encoding="utf-8"), module, file.name == "__init__.py")
        # `from .. import votes` names the package and the module: the module is what is meant
        packages = {name.rpartition(".")[0] for name in names if name in modules}
        graph[folders[module]] |= {folders[name] for name in names - packages if name in modules} - {folders[module]}
    return graph


def files() -> list[Path]:
    return [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]


def broken(rule: Rule, sources: Iterable[Path]) -> dict[str, set[str]]:
    found = {
        module_of(file): rule(module_of(file), file.read_text(encoding="utf-8"), file.name == "__init__.py")
        for file in sources
    }
    return {module: names for module, names in found.items() if names}


def test_the_engine_stands_on_arrays_and_the_standard_library():
    assert broken(engine_stands_on_the_ground, files()) == {}


def test_arrows_between_rooms_point_one_way():
    assert broken(arrows_point_one_way, files()) == {}


def test_only_the_training_imports_lightfm():
    assert broken(one_module_imports_lightfm, files()) == {}
    assert "lightfm" in names_used((ROOT / "recommender/engine/training.py").read_text(), "recommender.engine.training")


def test_nobody_imports_the_assembled_site():
    assert broken(nobody_imports_the_site, files()) == {}


def test_pages_api_tasks_admin_and_commands_do_not_import_each_other():
    assert broken(edges_never_meet, files()) == {}


def test_only_feeds_speaks_http():
    assert broken(only_feeds_speaks_http, files()) == {}


def test_the_http_machinery_knows_no_subject():
    assert broken(http_knows_no_subject, files()) == {}


def test_formats_know_no_django():
    assert broken(formats_know_no_django, files()) == {}


def test_tables_import_no_folder():
    assert broken(tables_import_no_folder, files()) == {}


def test_folders_of_accounts_and_recommender_do_not_import_each_other_in_a_circle():
    graph = folder_graph(("accounts", "recommender"))
    assert {"recommender", "recommender.models", "recommender.serving"} <= graph["recommender.ranking"]
    assert folder_circles(graph) == set()


def test_a_circle_of_folders_is_found():
    assert folder_circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {frozenset("abc")}
    assert folder_circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == set()


def test_every_rule_has_files_to_look_at():
    """A rule over a folder that is gone would find nothing for ever."""
    modules = {module_of(file) for file in files()}
    for folder in (
        "feeds.http",
        "feeds.sources.formats",
        "feeds.models",
        "recommender.models",
        *map("feeds.{}".format, EDGES),
    ):
        assert any(is_in(module, folder) for module in modules), folder


@pytest.mark.parametrize(("rule", "module", "source"), PLANTED)
def test_a_planted_forbidden_import_is_found(rule, module, source):
    assert rule(module, source, False)


@pytest.mark.parametrize("rule", RULES)
def test_the_way_things_should_be_is_not_complained_about(rule):
    assert not rule("recommender.engine.model", "import numpy as np\nimport os\nfrom . import data\nos.rename", False)
    assert not rule("feeds.web.days", "from recommender.ranking.rank import rank\nfrom feeds import entries", False)
    assert not rule("feeds.http.converters", "from recommender import paper_ids\nfrom . import json", False)
    assert not rule("feeds.models.digest", "from django.db import models\nfrom .sources import Fetch", False)
    assert not rule("recommender.config.urls", "from feeds import urls\nfrom . import environment", False)


def test_every_room_was_looked_at():
    assert {module_of(file).split(".")[0] for file in files()} == set(ROOMS)
    assert len(files()) > 50


PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
from tests.recommender import planted
from recommender import votes as voting
town = planted.into_database(planted.world())
planted.publish(planted.train_on_the_tables())
"""
SERVE = """
import sys
from recommender.config.wsgi import application
from django.test import Client
from accounts.models import User
client = Client(SERVER_NAME="localhost")
reader = User.objects.order_by("pk").first()
client.force_login(reader, backend="allauth.account.auth_backends.AuthenticationBackend")
page = client.get("/")
assert page.status_code == 200, page.status_code
feed = client.get("/api/v1/me/feed/")
assert feed.status_code == 200 and feed.json()["mode"] == "hybrid", feed.content[:500]
assert "Why here" in page.content.decode()
heavy = [name for name in ("lightfm", "sklearn") if name in sys.modules]
assert not heavy, heavy
print("served")
"""


@pytest.mark.processes
def test_the_web_process_never_loads_lightfm(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "PAPERBOY_DATA_DIR": str(tmp_path),
        "PAPERBOY_DEBUG": "true",  # static files as they lie in the tree
        "DJANGO_SETTINGS_MODULE": "recommender.config.settings",
    }
    for script in (PREPARE, SERVE):
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("served")
